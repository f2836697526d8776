#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "backup/run_record.h"
#include "base/secret.h"
#include "base/units.h"
#include "cli/app.h"
#include "daemon/job_plan.h"
#include "dump/database_address.h"
#include "objects/object_naming.h"
#include "source/file_tree.h"

namespace cofre::cli {
namespace {

using Json = nlohmann::ordered_json;

/// All that is known of one job, each part with what went wrong in asking.
struct JobStatus {
    const config::JobConfig* job = nullptr;
    const config::TargetConfig* target = nullptr;
    std::vector<std::string> source_problems;
    std::optional<Error> target_problem;
    std::optional<objects::SnapshotRef> latest;
    std::optional<objects::ManifestHeader> header;
    backup::RunRecord record;

    bool is_healthy() const {
        return source_problems.empty() && !target_problem && (!record.last_run || record.last_run->exit_status == 0) &&
               (!record.last_proof || record.last_proof->good);
    }
};

Status look_at_target(const App& app, JobStatus& status) {
    COFRE_ASSIGN(const auto open, daemon::open_target(*status.target, daemon::Absent::kFail));
    COFRE_TRY(open.store->check_access(app.ctx));
    auto latest = objects::find_snapshot(*open.store, app.ctx, open.prefix, "latest", status.job->name);
    if (!latest && latest.error().code() == ErrorCode::kNotFound) return {};
    if (!latest) return std::move(latest).error();
    COFRE_ASSIGN(status.header, objects::read_header(*open.store, app.ctx, latest->key));
    status.latest = *std::move(latest);
    return {};
}

JobStatus look_at_job(const App& app, const config::Config& config, const config::JobConfig& job, bool offline) {
    JobStatus status{.job = &job, .target = config.find_target(job.to)};
    for (const auto& source : job.sources) {
        if (dump::is_database_url(source)) continue;  // `doctor` and the run itself connect.
        const auto tree = source::FileTree::open(source);
        if (!tree) status.source_problems.push_back(tree.error().message());
    }
    if (auto record = backup::load_run_record(config.state_dir, job.name)) status.record = *std::move(record);
    if (!offline) {
        Status looked = look_at_target(app, status);
        if (!looked) status.target_problem = std::move(looked).error();
    }
    return status;
}

std::string age(const App& app, WallTime time) {
    const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(app.clock.wall_now() - time);
    return format_duration(std::max(passed, std::chrono::milliseconds(0))) + " ago";
}

void row(const Console& console, std::string_view name, Tone tone, std::string_view mark, const std::string& text) {
    console.print(fmt::format("  {:<10} {} {}", name, console.paint(tone, mark), text));
}

void show_snapshot(const App& app, const JobStatus& status, bool offline) {
    const auto& console = app.console;
    if (status.target_problem) {
        row(console, "target", Tone::kBad, "✗", redact(status.target_problem->message()));
        if (!status.target_problem->hint().empty()) row(console, "", Tone::kPlain, " ", status.target_problem->hint());
        return;
    }
    row(console, "target", offline ? Tone::kFaint : Tone::kGood, offline ? "?" : "✓",
        redact(status.target->url) + (offline ? " (not asked)" : ""));
    if (offline) return;
    if (!status.header) {
        row(console, "snapshot", Tone::kWarning, "!", "none yet: run `cofre run " + status.job->name + "`");
        return;
    }
    const auto& header = *status.header;
    row(console, "snapshot", header.exit_status == 0 ? Tone::kGood : Tone::kWarning,
        header.exit_status == 0 ? "✓" : "!",
        fmt::format("{} {}, {} files, {}", header.id, age(app, header.finished_at), format_count(header.summary.files),
                    format_bytes(header.summary.bytes)));
}

void show_record(const App& app, const JobStatus& status) {
    const auto& console = app.console;
    if (const auto& run = status.record.last_run) {
        const bool good = run->exit_status == 0;
        row(console, "last run", good ? Tone::kGood : Tone::kBad, good ? "✓" : "✗",
            fmt::format("{}, exit status {}{}", age(app, run->started_at), run->exit_status,
                        run->message.empty() ? "" : ": " + redact(run->message)));
    } else {
        row(console, "last run", Tone::kFaint, "-", "never on this host");
    }
    if (const auto& proof = status.record.last_proof) {
        row(console, "proof", proof->good ? Tone::kGood : Tone::kBad, proof->good ? "✓" : "✗",
            fmt::format("{} of snapshot {} {}: {} files {}",
                        proof->level == "restore" ? "a restore"
                        : proof->level == "list"  ? "every object"
                                                  : "every byte",
                        proof->snapshot_id, age(app, proof->proven_at), format_count(proof->files),
                        proof->good ? "good" : "good, others DAMAGED"));
    } else {
        row(console, "proof", Tone::kWarning, "!", "never verified: run `cofre verify " + status.job->name + "`");
    }
}

void show_status(const App& app, const JobStatus& status, bool offline) {
    const auto& console = app.console;
    console.print(console.paint(Tone::kHeading, "job " + status.job->name));
    for (const auto& problem : status.source_problems)
        row(console, "source", Tone::kBad, "✗", problem);
    if (status.source_problems.empty()) {
        std::string all;
        for (const auto& source : status.job->sources)
            all += (all.empty() ? "" : ", ") + redact(source);
        for (const auto& name : status.job->databases)
            all += (all.empty() ? "" : ", ") + ("database " + name);
        row(console, "source", Tone::kGood, "✓", all);
    }
    show_snapshot(app, status, offline);
    show_record(app, status);
}

Json run_json(const backup::RunRecord::Run& run) {
    return {{"started_at", format_rfc3339(run.started_at)},
            {"duration_seconds", static_cast<double>(run.elapsed_ms) / 1000},
            {"exit_status", run.exit_status},
            {"snapshot_id", run.snapshot_id},
            {"message", redact(run.message)},
            {"files", run.files},
            {"bytes", run.bytes},
            {"error_count", run.problems}};
}

Json status_json(const JobStatus& status) {
    Json out = {{"job", status.job->name},
                {"target", redact(status.target->url)},
                {"healthy", status.is_healthy()},
                {"source_problems", status.source_problems}};
    if (status.target_problem) {
        out["target_problem"] = {{"message", redact(status.target_problem->message())},
                                 {"hint", status.target_problem->hint()}};
    }
    if (status.header) {
        out["latest_snapshot"] = {{"id", status.header->id},
                                  {"time", format_rfc3339(status.header->finished_at)},
                                  {"files", status.header->summary.files},
                                  {"bytes", status.header->summary.bytes},
                                  {"exit_status", status.header->exit_status}};
    }
    if (status.record.last_run) out["last_run"] = run_json(*status.record.last_run);
    if (status.record.last_good_run) out["last_good_run"] = run_json(*status.record.last_good_run);
    if (const auto& proof = status.record.last_proof) {
        out["last_proof"] = {{"proven_at", format_rfc3339(proof->proven_at)},
                             {"level", proof->level},
                             {"snapshot_id", proof->snapshot_id},
                             {"good", proof->good},
                             {"files", proof->files}};
    }
    return out;
}

}  // namespace

int run_command(const App& app, const StatusOptions& options) {
    const auto config = load_configuration(app);
    if (!config) return fail(app, config.error());
    app.console.print("configuration " + config->path.native());
    Json jobs = Json::array();
    bool healthy = true;
    for (const auto& job : config->jobs) {
        const bool wanted =
            options.jobs.empty() || std::find(options.jobs.begin(), options.jobs.end(), job.name) != options.jobs.end();
        if (!wanted) continue;
        const auto status = look_at_job(app, *config, job, options.offline);
        healthy = healthy && status.is_healthy();
        show_status(app, status, options.offline);
        jobs.push_back(status_json(status));
    }
    const Json out = {{"configuration", config->path.native()}, {"healthy", healthy}, {"jobs", std::move(jobs)}};
    app.console.print_json(out.dump(2, ' ', false, Json::error_handler_t::replace));
    return healthy ? kExitDone : kExitFatal;
}

}  // namespace cofre::cli
