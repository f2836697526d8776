#include "cli/prune_report.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/step_reporter.h"

namespace cofre::cli {
namespace {

using PruneJson = nlohmann::ordered_json;

std::string sum_line(std::string_view label, const repo::BlobSum& sum) {
    return fmt::format("{:<24}{:>12} blobs / {}", label, format_count(sum.blobs), format_bytes(sum.bytes));
}
std::string pack_line(std::string_view label, std::size_t packs) {
    return fmt::format("{:<24}{:>12} packs", label, format_count(packs));
}

repo::BlobSum add_sums(const repo::BlobSum& a, const repo::BlobSum& b) {
    return {a.blobs + b.blobs, a.bytes + b.bytes};
}

void show_plan(const App& app, const repo::PrunePlan& plan) {
    const auto& totals = plan.totals;
    const auto pruned = add_sums(totals.remove, totals.repack_removes);
    const auto all = add_sums(totals.used, totals.unused);
    const repo::BlobSum left{all.blobs - pruned.blobs, all.bytes - pruned.bytes};
    const auto unused_left = totals.unused.bytes - pruned.bytes;
    const auto& console = app.console;
    console.note(sum_line("used:", totals.used));
    if (totals.duplicate.blobs != 0) console.note(sum_line("  of it twice there:", totals.duplicate));
    console.note(sum_line("unused:", totals.unused));
    console.note(sum_line("total:", all));
    console.note(sum_line("to repack:", totals.repack));
    console.note(sum_line("  this removes:", totals.repack_removes));
    console.note(sum_line("to delete:", totals.remove));
    if (totals.unreferenced_bytes != 0) {
        console.note(fmt::format("{:<24}{:>12} packs / {}",
                                 "in no index:", format_count(plan.unreferenced_packs.size()),
                                 format_bytes(totals.unreferenced_bytes)));
    }
    console.note(sum_line("total prune:", pruned));
    console.note(sum_line("remaining:", left));
    console.note(fmt::format(
        "unused after prune: {} ({:.2f}% of what remains)", format_bytes(unused_left),
        left.bytes == 0 ? 0.0 : 100.0 * static_cast<double>(unused_left) / static_cast<double>(left.bytes)));
    console.note(pack_line("to keep:", totals.packs_kept));
    console.note(pack_line("to repack:", plan.repacks.size()));
    console.note(pack_line("to delete:", plan.unused_packs.size() + plan.unreferenced_packs.size()));
    if (!plan.missing_packs.empty()) {
        console.note(fmt::format("{} packs that nobody needs are missing: they leave the index",
                                 format_count(plan.missing_packs.size())));
    }
}

PruneJson sum_json(const repo::BlobSum& sum) {
    return {{"blobs", sum.blobs}, {"bytes", sum.bytes}};
}

PruneJson result_json(const repo::PruneResult& result, bool dry_run) {
    const auto& plan = result.plan;
    const auto& totals = plan.totals;
    return {{"message_type", "prune"},
            {"dry_run", dry_run},
            {"snapshots", totals.snapshots},
            {"used", sum_json(totals.used)},
            {"duplicate", sum_json(totals.duplicate)},
            {"unused", sum_json(totals.unused)},
            {"repack", sum_json(totals.repack)},
            {"repack_removes", sum_json(totals.repack_removes)},
            {"remove", sum_json(totals.remove)},
            {"unreferenced_bytes", totals.unreferenced_bytes},
            {"packs_to_keep", totals.packs_kept},
            {"packs_to_repack", plan.repacks.size()},
            {"packs_to_delete", plan.unused_packs.size() + plan.unreferenced_packs.size()},
            {"packs_written", result.packs_written},
            {"bytes_written", result.bytes_written},
            {"packs_removed", result.packs_removed},
            {"planned_again", result.was_planned_again}};
}

}  // namespace

Result<repo::PruneRules> prune_rules(const PruneRuleOptions& options, std::uint64_t pack_bytes) {
    repo::PruneRules rules;
    auto limit = repo::parse_unused_limit(options.max_unused);
    if (!limit) return std::move(limit).error().context("--max-unused");
    rules.max_unused = *limit;
    if (!options.max_repack_size.empty()) {
        auto bytes = parse_size(options.max_repack_size);
        if (!bytes) return std::move(bytes).error().context("--max-repack-size");
        rules.max_repack_bytes = *bytes;
    }
    rules.repack_small = options.repack_small;
    rules.repack_uncompressed = options.repack_uncompressed;
    rules.repack_cacheable_only = options.repack_cacheable_only;
    rules.pack_bytes = pack_bytes;
    if (rules.repack_uncompressed && rules.repack_cacheable_only) {
        return Error(ErrorCode::kInvalidArgument,
                     "--repack-uncompressed and --repack-cacheable-only exclude each other");
    }
    return rules;
}

Status prune_and_report(const App& app, repo::Repository& repository, std::uint64_t pack_bytes,
                        const PruneRequest& request) {
    repo::PruneOptions options;
    COFRE_ASSIGN(options.rules, prune_rules(request.rules, pack_bytes));
    if (options.rules.repack_uncompressed && repository.config().version < 2) {
        return Error(ErrorCode::kInvalidArgument, "--repack-uncompressed needs a repository of version 2");
    }
    options.rules.forgotten = request.forgotten;
    options.dry_run = request.dry_run;
    // A local disk has this machine's clock, whatever is made of it for a test.
    if (repository.store().describe().starts_with("file://")) options.max_clock_skew = {};
    if (!request.repo.retry_lock.empty()) {
        auto wait = parse_duration(request.repo.retry_lock);
        if (!wait) return std::move(wait).error().context("--retry-lock");
        options.retry_lock = *wait;
    }
    StepReporter steps(app);
    options.on_step = steps.on_step();
    options.on_plan = [&](const repo::PrunePlan& plan) {
        steps.finish();
        show_plan(app, plan);
    };
    auto result = repo::prune(app.ctx, repository, options);
    steps.finish();
    if (!result) return std::move(result).error().context("prune");
    app.console.print_json(result_json(*result, request.dry_run).dump());
    if (request.dry_run) {
        app.console.note("nothing was changed (--dry-run)");
    } else {
        app.console.note(fmt::format("wrote {} packs, {}; removed {}", format_count(result->packs_written),
                                     format_bytes(result->bytes_written), format_count(result->packs_removed)));
    }
    return {};
}

}  // namespace cofre::cli
