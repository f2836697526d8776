#include <utility>

#include "backup/restore_run.h"
#include "cli/app.h"
#include "cli/outcome_report.h"
#include "cli/progress_display.h"
#include "cli/tree_commands.h"
#include "daemon/job_plan.h"

namespace cofre::cli {
namespace {

constexpr int kFilesAtOnceFromS3 = 32;
constexpr int kFilesAtOnceFromDisk = 8;

/// What only repositories know must not be ignored in silence.
Status check_objects_options(const RestoreOptions& options) {
    const bool has_other_patterns = !options.iinclude.empty() || !options.iexclude.empty() ||
                                    !options.include_files.empty() || !options.exclude_files.empty() ||
                                    !options.iinclude_files.empty() || !options.iexclude_files.empty();
    if (!options.remove_others && !options.verify && !options.sparse && !has_other_patterns) return {};
    return Error(ErrorCode::kUnsupported,
                 "restore: --delete, --verify, --sparse, --iinclude, --iexclude and pattern files are for repositories")
        .with_hint("each file of this layout is compared with its SHA-256 anyway");
}

Result<backup::RestorePlan> plan_of(const RestoreOptions& options, const daemon::OpenTarget& open) {
    backup::RestorePlan plan;
    const auto colon = options.snapshot.find(':');
    plan.snapshot = options.snapshot.substr(0, colon);
    if (colon != std::string::npos) {
        plan.subpath = options.snapshot.substr(colon + 1);
        while (plan.subpath.starts_with('/'))
            plan.subpath.erase(0, 1);
        while (plan.subpath.ends_with('/'))
            plan.subpath.pop_back();
    }
    plan.job = options.job;
    plan.prefix = open.prefix;
    plan.target = options.target;
    plan.include = options.include;
    plan.exclude = options.exclude;
    COFRE_ASSIGN(plan.overwrite, backup::parse_overwrite(options.overwrite));
    plan.suid = options.suid;
    plan.dry_run = options.dry_run;
    plan.concurrency = options.concurrency > 0 ? options.concurrency
                       : open.s3 != nullptr    ? kFilesAtOnceFromS3
                                               : kFilesAtOnceFromDisk;
    plan.temp_folder = daemon::temp_folder();
    return plan;
}

Result<int> restore_objects(const App& app, const daemon::OpenTarget& open, const RestoreOptions& options) {
    COFRE_TRY(check_objects_options(options));
    COFRE_ASSIGN(const auto plan, plan_of(options, open));
    backup::Progress progress;
    Result<backup::RestoreOutcome> outcome = Error(ErrorCode::kInternal, "not run");
    {
        const ProgressDisplay display(app.console, progress, app.clock, "restoring");
        outcome = backup::run_restore(app.ctx, plan, *open.store, app.clock, progress);
    }
    if (!outcome) return std::move(outcome).error();
    show_restore(app.console, *outcome, options.target.native(), options.dry_run);
    app.console.print_json(restore_json(*outcome, options.dry_run));
    if (outcome->is_complete()) return static_cast<int>(kExitDone);
    const bool is_nothing = outcome->files + outcome->links + outcome->kept_files == 0;
    return static_cast<int>(is_nothing ? kExitFatal : kExitPartial);
}

Result<int> restore(const App& app, const RestoreOptions& options) {
    if (options.into.url.empty() && options.target.empty()) {
        return Error(ErrorCode::kInvalidArgument, "restore: neither --target nor --into is given")
            .with_hint("--target FOLDER for files, --into URL for a database");
    }
    if (!options.into.url.empty()) return restore_databases(app, options);
    COFRE_ASSIGN(auto place, open_place(app, options.from.place, options.job));
    const bool is_objects = place.is_objects() || (place.layout == config::Layout::kAuto && !options.job.empty());
    if (is_objects) return restore_objects(app, place.open, options);
    return restore_trees(app, std::move(place), options);
}

}  // namespace

int run_command(const App& app, const RestoreOptions& options) {
    const auto status = restore(app, options);
    return status ? *status : fail(app, status.error());
}

}  // namespace cofre::cli
