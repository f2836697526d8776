#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/units.h"
#include "base/utf8.h"
#include "cli/app.h"
#include "cli/object_copy.h"
#include "cli/progress_display.h"
#include "cli/s3_location.h"

namespace cofre::cli {
namespace {

std::string base_name(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

/// "prefix" as a folder: what is copied below it needs a '/' between.
std::string as_folder(std::string prefix) {
    if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
    return prefix;
}

Status upload(const App& app, const CopyJob& job, const S3CpOptions& options, const Location& from, const Location& to,
              CopyTotals& totals) {
    if (options.recursive) return upload_folder(app.ctx, job, from.path, as_folder(to.path), totals);
    const bool names_folder = to.path.empty() || to.path.ends_with('/');
    if (from.is_stream && names_folder) {
        return Error(ErrorCode::kInvalidArgument, "s3 cp - " + to.text + ": the object needs a name");
    }
    COFRE_ASSIGN(const auto key, store::ObjectKey::parse(names_folder ? to.path + base_name(from.path) : to.path));
    if (from.is_stream) return upload_stream(app.ctx, job, STDIN_FILENO, key, totals);
    return upload_one(app.ctx, job, from.path, key, totals);
}

Status download(const App& app, const CopyJob& job, const S3CpOptions& options, const Location& from,
                const Location& to, CopyTotals& totals) {
    if (options.recursive) return download_prefix(app.ctx, job, as_folder(from.path), to.path, totals);
    COFRE_ASSIGN(const auto key, store::ObjectKey::parse(from.path));
    if (to.is_stream) return download_stream_to(app.ctx, job, key, STDOUT_FILENO, totals);
    std::error_code ignored;
    const bool names_folder = to.path.ends_with('/') || std::filesystem::is_directory(to.path, ignored);
    return download_one(app.ctx, job, key, names_folder ? as_folder(to.path) + base_name(from.path) : to.path, totals);
}

Status copy_inside(const App& app, const CopyJob& job, const S3CpOptions& options, const Location& from,
                   const Location& to, CopyTotals& totals) {
    if (from.bucket != to.bucket || options.recursive) {
        return Error(ErrorCode::kUnsupported, "s3 cp between stores copies one object within one bucket")
            .with_hint("copy to a local folder first, or pipe: cofre s3 cp FROM - | cofre s3 cp - TO");
    }
    COFRE_ASSIGN(const auto source, store::ObjectKey::parse(from.path));
    const bool names_folder = to.path.empty() || to.path.ends_with('/');
    COFRE_ASSIGN(const auto target, store::ObjectKey::parse(names_folder ? to.path + base_name(from.path) : to.path));
    if (!job.dry_run && options.version_id.empty()) COFRE_TRY(job.store.copy(app.ctx, source, target));
    if (!job.dry_run && !options.version_id.empty()) {
        COFRE_TRY(job.s3->object_admin().copy_version(app.ctx, source, options.version_id, target));
    }
    ++totals.objects;
    return {};
}

/// Options that would otherwise be ignored without a word.
Status check_choice(const S3CpOptions& options, const Location& from, const Location& to) {
    const bool both = from.bucket && to.bucket;
    if (!options.version_id.empty() && (!from.bucket || options.recursive)) {
        return Error(ErrorCode::kInvalidArgument, "--version-id names one object that is read from a bucket");
    }
    if (!options.if_match.empty() && (both || options.recursive)) {
        return Error(ErrorCode::kInvalidArgument, "--if-match is for one upload or one download");
    }
    const bool of_new = options.if_absent || !options.metadata.empty() || !options.content_type.empty();
    if (of_new && from.bucket) {
        return Error(ErrorCode::kInvalidArgument, "--if-absent, --metadata and --content-type are for uploads");
    }
    return {};
}

Result<CopyTotals> copy(const App& app, const S3CpOptions& options) {
    COFRE_ASSIGN(const auto from, parse_location(options.from));
    COFRE_ASSIGN(const auto to, parse_location(options.to));
    if (!from.bucket && !to.bucket) {
        return Error(ErrorCode::kInvalidArgument,
                     "s3 cp: neither " + from.text + " nor " + to.text + " is an s3:// URL")
            .with_hint("copy local files with cp(1)");
    }
    if (to.is_stream && app.console.json()) {
        return Error(ErrorCode::kInvalidArgument, "s3 cp: standard output cannot take both the object and --json");
    }
    COFRE_ASSIGN(const auto open, open_bucket(app, from.bucket ? *from.bucket : *to.bucket, options.endpoint));
    backup::Progress progress;
    COFRE_TRY(check_choice(options, from, to));
    CopyJob job{.store = *open.store,
                .concurrency = options.concurrency > 0 ? options.concurrency : kObjectsAtOnce,
                .dry_run = options.dry_run,
                .progress = progress,
                .choice = {.version_id = options.version_id, .if_match = from.bucket ? options.if_match : ""},
                .s3 = open.s3};
    COFRE_ASSIGN(job.put.metadata, parse_pairs(options.metadata, "--metadata"));
    if (!options.content_type.empty()) job.put.content_type = options.content_type;
    job.put.if_absent = options.if_absent;
    if (!from.bucket) job.put.if_match = options.if_match;
    CopyTotals totals;
    const ProgressDisplay display(app.console, progress, app.clock, "copying");
    if (from.bucket && to.bucket) {
        COFRE_TRY(copy_inside(app, job, options, from, to, totals));
    } else if (from.bucket) {
        COFRE_TRY(download(app, job, options, from, to, totals));
    } else {
        COFRE_TRY(upload(app, job, options, from, to, totals));
    }
    return totals;
}

}  // namespace

int run_command(const App& app, const S3CpOptions& options) {
    const auto totals = copy(app, options);
    if (!totals) return fail(app, totals.error());
    for (const auto& problem : totals->problems) {
        app.console.error(Error(ErrorCode::kInternal, escape_for_display(problem.path) + ": " + problem.message));
    }
    app.console.note(fmt::format("{} {} objects, {}{}", options.dry_run ? "would copy" : "copied",
                                 format_count(totals->objects), format_bytes(totals->bytes),
                                 totals->problems.empty() ? "" : fmt::format(", {} failed", totals->problems.size())));
    app.console.print_json(nlohmann::ordered_json({{"objects", totals->objects},
                                                   {"bytes", totals->bytes},
                                                   {"failed", totals->problems.size()},
                                                   {"dry_run", options.dry_run}})
                               .dump());
    if (totals->problems.empty()) return kExitDone;
    return totals->objects == 0 ? kExitFatal : kExitPartial;
}

}  // namespace cofre::cli
