#include <sstream>
#include <utility>

#include "base/file.h"
#include "base/units.h"
#include "cli/app.h"
#include "cli/job_runner.h"
#include "cli/outcome_report.h"
#include "config/load.h"
#include "daemon/job_plan.h"

namespace cofre::cli {
namespace {

constexpr std::size_t kMaxExcludeFile = 16U << 20U;

/// One pattern a line; blank lines and lines that begin with '#' are skipped.
Status read_patterns(const std::filesystem::path& path, std::vector<std::string>& patterns) {
    auto text = read_small_file(path, kMaxExcludeFile);
    if (!text) return std::move(text).error().context("--exclude-file");
    std::istringstream lines(*text);
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (!line.empty() && line.front() != '#') patterns.push_back(line);
    }
    return {};
}

Result<config::JobConfig> job_of(const BackupOptions& options) {
    config::JobConfig job;
    job.name = options.name;
    job.sources = options.sources;
    job.include = options.include;
    job.exclude = options.exclude;
    job.iexclude = options.iexclude;
    for (const auto& path : options.exclude_files)
        COFRE_TRY(read_patterns(path, job.exclude));
    if (!options.exclude_larger_than.empty()) {
        COFRE_ASSIGN(job.exclude_larger_than, parse_size(options.exclude_larger_than));
    }
    job.one_file_system = options.one_file_system;
    COFRE_ASSIGN(job.compression, objects::parse_compression(options.compression));
    job.compression_level = options.compression_level;
    if (job.compression == objects::Compression::kGzip && job.compression_level > 9) {
        return Error(ErrorCode::kInvalidArgument, "--compression-level: gzip has the levels 1 to 9");
    }
    job.delete_after_upload = options.delete_after_upload;
    job.skip_unchanged = !options.force;
    job.verify = options.verify == "read"   ? config::Verify::kRead
                 : options.verify == "head" ? config::Verify::kHead
                                            : config::Verify::kAuto;
    job.concurrency = options.concurrency;
    return job;
}

/// A new target would be a repository by default; until that exists, the
/// layout must be asked for, so that nobody gets plain objects by surprise.
Status require_layout(const BackupOptions& options) {
    const bool is_place = options.to.target.find('/') != std::string::npos;
    if (!is_place || !options.to.layout.empty()) return {};
    return Error(ErrorCode::kInvalidArgument, "backup to " + options.to.target + ": the layout is not given")
        .with_hint("add --layout objects: plain objects and a manifest; the encrypted repository comes later");
}

}  // namespace

int run_command(const App& app, const BackupOptions& options) {
    if (const Status layout = require_layout(options); !layout) return fail(app, layout.error());
    const auto job = job_of(options);
    if (!job) return fail(app, job.error());
    const auto target = resolve_target(app, options.to, "");
    if (!target) return fail(app, target.error());
    auto plan = daemon::plan_of_job(*job, *target);
    if (!plan) return fail(app, plan.error());
    plan->dry_run = options.dry_run;
    plan->share_prefix = options.share_prefix;
    const auto report = run_job(app, *plan, *target, default_state_folder());
    show_report(app.console, report);
    app.console.print_json(report_json(report));
    return finish_run(app, {report}, options.output_json);
}

}  // namespace cofre::cli
