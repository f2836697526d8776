// `proof show`: what is known about whether backups come back.
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "backup/proof_record.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/node_text.h"
#include "cli/repository_session.h"
#include "cli/snapshot_table.h"

namespace cofre::cli {
namespace {

constexpr std::size_t kShownIdDigits = 8;

std::string proof_age(const App& app, WallTime time) {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(app.clock.wall_now() - time);
    return format_duration(std::max(passed, std::chrono::milliseconds(0)));
}

/// The newest of each job and level, newest first.
std::vector<backup::ProofRecord> newest_proofs(std::vector<backup::ProofRecord> proofs, bool all) {
    std::reverse(proofs.begin(), proofs.end());
    if (all) return proofs;
    std::map<std::pair<std::string, backup::VerifyLevel>, bool> seen;
    std::erase_if(proofs,
                  [&](const auto& proof) { return !seen.emplace(std::pair(proof.job, proof.level), true).second; });
    return proofs;
}

std::string zoned_text(WallTime time) {
    return table_time(repo::Zone::local().at(time));
}

void print_proof(const Console& console, const backup::ProofRecord& proof) {
    const auto restore = proof.restore_time();
    console.print(fmt::format(
        "{:<12} {:<8}  {}  {}  {:<8} {}  {:>9} files {:>10}  {}", proof.job.empty() ? "-" : proof.job,
        proof.snapshot_id.substr(0, kShownIdDigits), zoned_text(proof.snapshot_time), zoned_text(proof.proven_at),
        to_string(proof.level),
        console.paint(proof.is_good() ? Tone::kGood : Tone::kBad, proof.is_good() ? "good" : "BAD "),
        format_count(proof.files), format_bytes(proof.bytes), restore.count() > 0 ? format_duration(restore) : ""));
    for (const auto& dump : proof.dumps) {
        std::string text = fmt::format("  {}: {}", dump.place, format_bytes(dump.bytes));
        if (!dump.proven_with.empty()) text += ", restored into " + dump.proven_with;
        if (dump.tables > 0) {
            text += fmt::format("; {} tables, {} rows, {} samples equal", format_count(dump.tables),
                                format_count(dump.rows), format_count(dump.samples));
        }
        if (dump.assertions > 0) text += fmt::format("; {} assertions", dump.assertions);
        console.print(text);
    }
    for (const auto& problem : proof.problems)
        console.print("  " + console.paint(Tone::kBad, problem));
}

/// The newest good proof whose backup was restored, or else read.
const backup::ProofRecord* best_proof(const std::vector<backup::ProofRecord>& proofs) {
    const backup::ProofRecord* best = nullptr;
    for (const auto& proof : proofs) {
        if (!proof.is_good() || proof.level < backup::VerifyLevel::kRead) continue;
        if (best == nullptr || proof.snapshot_time > best->snapshot_time) best = &proof;
    }
    return best;
}

Result<int> show_proofs(const App& app, const ProofShowOptions& options) {
    COFRE_ASSIGN(const auto place, open_place(app, options.from, options.job));
    std::vector<std::string> unreadable;
    COFRE_ASSIGN(auto proofs, backup::load_proofs(app.ctx, *place.open.store, place.open.prefix, unreadable));
    for (const auto& line : unreadable)
        app.console.warning(line);
    if (!options.job.empty()) std::erase_if(proofs, [&](const auto& proof) { return proof.job != options.job; });
    const auto* const newest_good = best_proof(proofs);
    const auto best = newest_good == nullptr ? std::nullopt : std::optional(*newest_good);
    const auto shown = newest_proofs(std::move(proofs), options.all);
    if (app.console.json()) {
        auto list = nlohmann::ordered_json::array();
        for (const auto& proof : shown)
            list.push_back(nlohmann::ordered_json::parse(backup::encode_proof(proof)));
        nlohmann::ordered_json out = {{"proofs", std::move(list)}, {"rpo_seconds", nullptr}, {"rto_seconds", nullptr}};
        if (best) {
            const auto age =
                std::chrono::duration_cast<std::chrono::seconds>(app.clock.wall_now() - best->snapshot_time);
            out["rpo_seconds"] = age.count();
            if (best->restore_time().count() > 0) {
                out["rto_seconds"] = static_cast<double>(best->restore_time().count()) / 1000;
            }
        }
        app.console.print_json(json_text(out));
        return static_cast<int>(shown.empty() ? kExitFatal : kExitDone);
    }
    if (shown.empty()) {
        return Error(ErrorCode::kNotFound, "nothing at " + place.open.description + " has been verified yet")
            .with_hint("`cofre verify --level restore` restores a snapshot and keeps the evidence");
    }
    app.console.print(
        fmt::format("{:<12} {:<8}  {:<19}  {:<19}  {:<8} {}", "JOB", "SNAPSHOT", "MADE", "PROVEN", "LEVEL", "RESULT"));
    for (const auto& proof : shown)
        print_proof(app.console, proof);
    if (!best) {
        app.console.warning("no backup is proven by reading or restoring it");
        return static_cast<int>(kExitDone);
    }
    app.console.print(fmt::format("newest proven backup: {}, {} ago{}", best->snapshot_id.substr(0, kShownIdDigits),
                                  proof_age(app, best->snapshot_time),
                                  best->restore_time().count() > 0
                                      ? "; restoring it took " + format_duration(best->restore_time())
                                      : "; it was read, not restored"));
    return static_cast<int>(kExitDone);
}

}  // namespace

int run_command(const App& app, const ProofShowOptions& options) {
    const auto status = show_proofs(app, options);
    return status ? *status : fail(app, status.error());
}

}  // namespace cofre::cli
