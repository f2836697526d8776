#include "cli/outcome_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/secret.h"
#include "base/time_format.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/exit_status.h"

namespace cofre::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kShownProblems = 10;

std::string dump(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json problems_json(const std::vector<backup::FileProblem>& problems) {
    Json list = Json::array();
    for (const auto& problem : problems) {
        Json item = {{"path", escape_for_display(problem.path)}, {"message", redact(problem.message)}};
        if (!is_utf8(problem.path)) item["path_base64"] = base64_encode(as_bytes(problem.path));
        list.push_back(std::move(item));
    }
    return list;
}

/// Of a repository's ids people read the beginning.
std::string shown_id(const std::string& id) {
    constexpr std::size_t kRepositoryId = 64;
    return id.size() == kRepositoryId ? id.substr(0, 8) : id;
}

std::uint64_t per_second(std::uint64_t bytes, std::chrono::milliseconds elapsed) {
    const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed.count(), 1));
    return bytes * 1000 / ms;
}

void show_problems(const Console& console, std::uint64_t count, const std::vector<backup::FileProblem>& problems) {
    if (count == 0) return;
    std::string text = fmt::format("{} problem{}:", format_count(count), count == 1 ? "" : "s");
    for (std::size_t i = 0; i < std::min(problems.size(), kShownProblems); ++i) {
        text += fmt::format("\n    {}: {}", escape_for_display(problems[i].path), redact(problems[i].message));
    }
    if (count > kShownProblems) text += fmt::format("\n    … and {} more", format_count(count - kShownProblems));
    console.warning(text);  // Also with --quiet: this is what cron should mail.
}

/// The fields of `restic backup --json`.
void add_snapshot_summary(const backup::BackupOutcome& outcome, Json& out) {
    const auto& s = *outcome.repository;
    out.update({{"files_new", s.files_new},
                {"files_changed", s.files_changed},
                {"files_unmodified", s.files_unmodified},
                {"dirs_new", s.dirs_new},
                {"dirs_changed", s.dirs_changed},
                {"dirs_unmodified", s.dirs_unmodified},
                {"data_blobs", s.data_blobs},
                {"tree_blobs", s.tree_blobs},
                {"data_added", s.data_added},
                {"data_added_packed", s.data_added_packed},
                {"total_files_processed", s.total_files_processed},
                {"total_bytes_processed", s.total_bytes_processed},
                {"total_duration", out["duration_seconds"]}});
    out.erase("manifest_key");
}

void show_snapshot_summary(const Console& console, const backup::BackupOutcome& outcome, bool dry_run) {
    const auto& s = *outcome.repository;
    console.note(fmt::format("  {} files, {} in {}: {} new, {} changed, {} unmodified",
                             format_count(s.total_files_processed), format_bytes(s.total_bytes_processed),
                             format_duration(outcome.elapsed), format_count(s.files_new), format_count(s.files_changed),
                             format_count(s.files_unmodified)));
    console.note(fmt::format("  {} {} in {} new data and {} new tree blobs{}", dry_run ? "would add" : "added",
                             format_bytes(s.data_added), format_count(s.data_blobs), format_count(s.tree_blobs),
                             dry_run ? "" : ", stored as " + format_bytes(s.data_added_packed)));
}

Json outcome_json(const backup::BackupOutcome& outcome) {
    const auto& s = outcome.summary;
    Json out = {{"snapshot_id", outcome.snapshot_id},
                {"manifest_key", escape_for_display(outcome.manifest_key)},
                {"started_at", format_rfc3339(outcome.started_at)},
                {"duration_seconds", static_cast<double>(outcome.elapsed.count()) / 1000},
                {"total_files", s.files},
                {"total_bytes", s.bytes},
                {"uploaded_files", s.uploaded_files},
                {"uploaded_bytes", s.uploaded_bytes},
                {"unchanged_files", outcome.unchanged_files},
                {"skipped_special", s.skipped_special},
                {"deleted_files", outcome.deleted_files},
                {"deleted_folders", outcome.deleted_folders},
                {"bytes_per_second", per_second(s.uploaded_bytes, outcome.elapsed)},
                {"error_count", outcome.problem_count},
                {"errors", problems_json(outcome.problems)},
                {"warnings", Json::array()}};
    for (const auto& warning : outcome.warnings)
        out["warnings"].push_back(redact(warning));
    if (outcome.repository) add_snapshot_summary(outcome, out);
    return out;
}

Json report_object(const JobReport& report) {
    Json out = {{"message_type", "summary"},
                {"job", report.job},
                {"target", redact(report.target)},
                {"dry_run", report.dry_run},
                {"exit_status", report.exit_status()}};
    if (report.outcome) out.update(outcome_json(*report.outcome));
    if (report.error) {
        out["error"] = {{"message", redact(report.error->message())}, {"hint", redact(report.error->hint())}};
    }
    return out;
}

void show_objects_summary(const Console& console, const JobReport& report) {
    const auto& outcome = *report.outcome;
    const auto& s = outcome.summary;
    console.note(fmt::format("  {} files, {} in {}: {} {} ({}), {} unchanged", format_count(s.files),
                             format_bytes(s.bytes), format_duration(outcome.elapsed), format_count(s.uploaded_files),
                             report.dry_run ? "would be sent" : "sent", format_bytes(s.uploaded_bytes),
                             format_count(outcome.unchanged_files)));
    if (report.dry_run || s.uploaded_bytes == 0) return;
    console.note(
        fmt::format("  {}/s to {}", format_bytes(per_second(s.uploaded_bytes, outcome.elapsed)), report.target));
}

}  // namespace

int JobReport::exit_status() const {
    if (error) return exit_status_of(*error);
    const bool has_snapshot = outcome->repository && !outcome->snapshot_id.empty();
    const bool nothing = outcome->summary.files == 0 && !outcome->is_complete() && !has_snapshot;
    if (nothing) return kExitFatal;
    return outcome->is_complete() ? kExitDone : kExitPartial;
}

void show_report(const Console& console, const JobReport& report) {
    if (report.error) {
        console.error(*report.error);
        return;
    }
    const auto& outcome = *report.outcome;
    if (report.exit_status() == kExitFatal) {
        console.error(Error(ErrorCode::kInternal,
                            "job " + report.job + ": nothing could be backed up; there is no new snapshot"));
    }
    const auto& s = outcome.summary;
    const Tone tone = outcome.is_complete() ? Tone::kGood : Tone::kBad;
    const int status = report.exit_status();
    const char* verdict = status == kExitDone ? "done" : status == kExitFatal ? "failed" : "partly done";
    console.note(console.paint(tone, fmt::format("{}: {}{}", report.job, verdict, report.dry_run ? " (dry run)" : "")));
    if (outcome.repository) {
        show_snapshot_summary(console, outcome, report.dry_run);
    } else {
        show_objects_summary(console, report);
    }
    if (s.skipped_special > 0) {
        console.note(fmt::format("  {} sockets, FIFOs or devices left out", format_count(s.skipped_special)));
    }
    if (outcome.deleted_files > 0) {
        console.note(fmt::format("  {} proven files and {} empty folders deleted from the source",
                                 format_count(outcome.deleted_files), format_count(outcome.deleted_folders)));
    }
    show_problems(console, outcome.problem_count, outcome.problems);
    for (const auto& warning : outcome.warnings)
        console.warning(warning);
    if (!outcome.snapshot_id.empty()) console.note("  snapshot " + outcome.snapshot_id);
}

void show_restore(const Console& console, const backup::RestoreOutcome& outcome, const std::string& target,
                  bool dry_run) {
    const Tone tone = outcome.is_complete() ? Tone::kGood : Tone::kBad;
    if (dry_run) {
        console.note("snapshot " + outcome.snapshot.id + ": dry run, nothing was written");
        return;
    }
    console.note(
        console.paint(tone, fmt::format("{} snapshot {} to {}", outcome.is_complete() ? "restored" : "partly restored",
                                        outcome.snapshot.id, escape_for_display(target))));
    console.note(fmt::format("  {} files, {} folders, {} links, {} in {} ({}/s), each compared with its SHA-256",
                             format_count(outcome.files), format_count(outcome.folders), format_count(outcome.links),
                             format_bytes(outcome.bytes), format_duration(outcome.elapsed),
                             format_bytes(per_second(outcome.bytes, outcome.elapsed))));
    if (outcome.kept_files > 0) {
        console.note(fmt::format("  {} existing files kept", format_count(outcome.kept_files)));
    }
    show_problems(console, outcome.problem_count, outcome.problems);
}

/// One line of a dump that was proven, or was not.
std::string proof_text(const backup::DumpProof& dump) {
    std::string text = escape_for_display(dump.place) + ": " + (dump.is_good() ? "" : "NOT GOOD; ") +
                       format_bytes(dump.bytes) + " read to the end by the engine's own means in " +
                       format_duration(dump.parse_time);
    if (!dump.proven_with.empty()) {
        text += fmt::format("; restored into {} in {}; {} tables, {} rows and {} samples compared", dump.proven_with,
                            format_duration(dump.restore_time), format_count(dump.tables), format_count(dump.rows),
                            format_count(dump.samples));
    }
    if (!dump.not_restored.empty()) text += "; not restored here: " + dump.not_restored;
    if (dump.assertions > 0) text += fmt::format("; {} assertions asked", dump.assertions);
    return text;
}

void show_verify(const Console& console, const backup::VerifyOutcome& outcome) {
    const bool read = outcome.level >= backup::VerifyLevel::kRead;
    const std::string what = read ? "read and compared with SHA-256" : "there, with the right size";
    if (outcome.is_good()) {
        console.note(console.paint(
            Tone::kGood, fmt::format("good: all {} files of snapshot {} ({}) are {}", format_count(outcome.files),
                                     shown_id(shown_id(outcome.snapshot.id)), format_bytes(outcome.bytes), what)));
    } else {
        console.warning(console.paint(
            Tone::kBad,
            fmt::format("DAMAGED: {} of {} files of snapshot {}", format_count(outcome.problem_count),
                        format_count(outcome.problem_count + outcome.files), shown_id(outcome.snapshot.id))));
    }
    const auto& job = outcome.snapshot.job;
    console.note(fmt::format("  {}made {}, verified in {}", job.empty() ? "" : "job " + job + ", ",
                             format_rfc3339(outcome.snapshot.finished_at), format_duration(outcome.elapsed)));
    for (const auto& dump : outcome.dumps)
        console.note("  " + proof_text(dump));
    if (outcome.drill) {
        console.note(fmt::format("  {} files restored into a folder and compared in {}",
                                 format_count(outcome.drill->files), format_duration(outcome.drill->restore_time)));
    }
    show_problems(console, outcome.problem_count, outcome.problems);
    if (outcome.snapshot.exit_status != 0) {
        console.warning(fmt::format("when it was made, {} files were missing from it",
                                    format_count(outcome.snapshot.summary.errors)));
    }
}

std::string report_json(const JobReport& report) {
    return dump(report_object(report));
}

std::string restore_json(const backup::RestoreOutcome& outcome, bool dry_run) {
    return dump({{"message_type", "summary"},
                 {"snapshot_id", outcome.snapshot.id},
                 {"dry_run", dry_run},
                 {"files_restored", outcome.files},
                 {"bytes_restored", outcome.bytes},
                 {"folders", outcome.folders},
                 {"links", outcome.links},
                 {"files_kept", outcome.kept_files},
                 {"duration_seconds", static_cast<double>(outcome.elapsed.count()) / 1000},
                 {"bytes_per_second", per_second(outcome.bytes, outcome.elapsed)},
                 {"error_count", outcome.problem_count},
                 {"errors", problems_json(outcome.problems)}});
}

std::string verify_json(const backup::VerifyOutcome& outcome) {
    Json dumps = Json::array();
    for (const auto& proof : outcome.dumps) {
        dumps.push_back({{"place", escape_for_display(proof.place)},
                         {"engine", to_string(proof.engine)},
                         {"good", proof.is_good()},
                         {"proven_with", proof.proven_with},
                         {"bytes", proof.bytes},
                         {"tables", proof.tables},
                         {"rows", proof.rows},
                         {"samples", proof.samples},
                         {"assertions", proof.assertions},
                         {"restore_seconds", static_cast<double>(proof.restore_time.count()) / 1000}});
    }
    return dump({{"message_type", "summary"},
                 {"snapshot_id", outcome.snapshot.id},
                 {"job", outcome.snapshot.job},
                 {"level", to_string(outcome.level)},
                 {"good", outcome.is_good()},
                 {"files", outcome.files},
                 {"bytes", outcome.bytes},
                 {"proven_at", format_rfc3339(outcome.proven_at)},
                 {"duration_seconds", static_cast<double>(outcome.elapsed.count()) / 1000},
                 {"dumps", std::move(dumps)},
                 {"files_restored", outcome.drill ? outcome.drill->files : 0},
                 {"error_count", outcome.problem_count},
                 {"errors", problems_json(outcome.problems)}});
}

std::string run_json(const std::vector<JobReport>& reports, int exit_status) {
    Json jobs = Json::array();
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t errors = 0;
    for (const auto& report : reports) {
        jobs.push_back(report_object(report));
        if (!report.outcome) continue;
        files += report.outcome->summary.uploaded_files;
        bytes += report.outcome->summary.uploaded_bytes;
        errors += report.outcome->problem_count;
    }
    const Json out = {{"exit_status", exit_status}, {"success", exit_status == kExitDone},
                      {"uploaded_files", files},    {"uploaded_bytes", bytes},
                      {"error_count", errors},      {"jobs", std::move(jobs)}};
    return out.dump(2, ' ', false, Json::error_handler_t::replace);
}

int combined_status(const std::vector<JobReport>& reports) {
    if (reports.size() == 1) return reports.front().exit_status();  // Also 10, 11 and 12.
    bool any_done = false;
    bool any_failed = false;
    for (const auto& report : reports) {
        const int status = report.exit_status();
        if (status == kExitInterrupted) return kExitInterrupted;
        any_done = any_done || status == kExitDone || status == kExitPartial;
        any_failed = any_failed || status != kExitDone;
    }
    if (!any_failed) return kExitDone;
    return any_done ? kExitPartial : kExitFatal;
}

}  // namespace cofre::cli
