#include <cerrno>
#include <memory>
#include <utility>

#include <poll.h>
#include <unistd.h>

#include "base/command_stream.h"
#include "base/units.h"
#include "cli/app.h"
#include "cli/backup_sources.h"
#include "cli/dump_options.h"
#include "cli/job_runner.h"
#include "cli/outcome_report.h"
#include "config/load.h"
#include "daemon/dump_plan.h"
#include "daemon/job_plan.h"

namespace cofre::cli {
namespace {

constexpr int kStdinPollMs = 200;

bool is_objects_compression(const std::string& text) {
    return text == "none" || text == "zstd" || text == "gzip";
}

Result<config::JobConfig> job_of(const App& app, const BackupOptions& options) {
    config::JobConfig job;
    job.name = options.name;
    job.sources = options.sources;
    job.include = options.include;
    job.exclude = options.exclude;
    job.iexclude = options.iexclude;
    COFRE_TRY(read_exclude_files(app, options.exclude_files, job.exclude));
    COFRE_TRY(read_exclude_files(app, options.iexclude_files, job.iexclude));
    if (!options.exclude_larger_than.empty()) {
        COFRE_ASSIGN(job.exclude_larger_than, parse_size(options.exclude_larger_than));
    }
    job.one_file_system = options.one_file_system;
    const std::string& compression = options.to.compression;
    COFRE_ASSIGN(job.compression, objects::parse_compression(compression.empty() ? "none" : compression));
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

/// What would be lost without a word.
Status refuse_repository_options(const BackupOptions& options) {
    const bool is_asked = options.use_stdin || options.stdin_from_command || !options.files_from.empty() ||
                          !options.files_from_raw.empty() || !options.files_from_verbatim.empty() ||
                          options.exclude_caches || !options.exclude_if_present.empty() || !options.tags.empty() ||
                          !options.parent.empty() || !options.time.empty() || !options.host.empty();
    if (!is_asked) return {};
    return Error(ErrorCode::kInvalidArgument,
                 "an option is given that plain objects do not know (--stdin, --files-from, --exclude-caches, "
                 "--exclude-if-present, --tag, --parent, --time, --host)");
}

Status refuse_objects_options(const BackupOptions& options) {
    if (!options.delete_after_upload && !options.share_prefix && !is_objects_compression(options.to.compression)) {
        return {};
    }
    return Error(ErrorCode::kInvalidArgument,
                 "an option is given that a repository does not know (--delete-after-upload, --share-prefix, "
                 "--compression none, zstd or gzip)")
        .with_hint("for plain objects add --layout objects");
}

bool names_files(const BackupOptions& options) {
    return !options.files_from.empty() || !options.files_from_raw.empty() || !options.files_from_verbatim.empty();
}

/// Standard input, polled so that a stop is heard.
Result<std::size_t> read_stdin(const CallContext& ctx, std::span<std::byte> room) {
    for (;;) {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "read standard input");
        pollfd ready{STDIN_FILENO, POLLIN, 0};
        const int count = ::poll(&ready, 1, kStdinPollMs);
        if (count == 0 || (count < 0 && errno == EINTR)) continue;
        const ssize_t n = ::read(STDIN_FILENO, room.data(), room.size());
        if (n >= 0) return static_cast<std::size_t>(n);
        if (errno != EINTR) return Error::from_errno(errno, "read standard input");
    }
}

Result<JobReport> back_up_to_objects(const App& app, const BackupOptions& options, config::TargetConfig target,
                                     std::vector<backup::OpenDump> dumps) {
    COFRE_TRY(refuse_repository_options(options));
    target.layout = config::Layout::kObjects;
    COFRE_ASSIGN(const auto job, job_of(app, options));
    COFRE_ASSIGN(auto plan, daemon::plan_of_job(job, target));
    plan.dry_run = options.dry_run;
    plan.share_prefix = options.share_prefix;
    return run_job(app, std::move(plan), target, default_state_folder(), std::move(dumps));
}

Result<JobReport> back_up_to_repository(const App& app, const BackupOptions& options, OpenPlace place,
                                        std::vector<backup::OpenDump> dumps) {
    COFRE_TRY(refuse_objects_options(options));
    RepositoryBackup request{.job = options.name};
    request.force = options.force;
    request.parent = options.parent;
    COFRE_ASSIGN(request.plan, tree_plan(app, options, place.target));
    std::unique_ptr<CommandStream> command;
    if (options.use_stdin || options.stdin_from_command) {
        if (options.use_stdin && (options.stdin_from_command || !options.sources.empty() || !dumps.empty())) {
            return Error(ErrorCode::kInvalidArgument, "--stdin goes with neither sources nor --stdin-from-command");
        }
        if (options.stdin_from_command && options.sources.empty()) {
            return Error(ErrorCode::kInvalidArgument, "--stdin-from-command: no command is given")
                .with_hint("write it last: --stdin-from-command -- pg_dump mydb");
        }
        request.stream.file_name = options.stdin_filename;
        request.stream.identity = request.plan.identity;
        request.stream.dry_run = options.dry_run;
        request.stream.pack_bytes = request.plan.pack_bytes;
        request.stream.read = [&app](std::span<std::byte> room) { return read_stdin(app.ctx, room); };
        if (options.stdin_from_command) {
            // Begins when the repository is open: a wrong password starts no dump.
            request.stream.read = [&app, &command, &options](std::span<std::byte> room) {
                if (!command) command = std::make_unique<CommandStream>(app.ctx, Command{.argv = options.sources});
                return command->read(room);
            };
        }
    } else if (!options.sources.empty() || dumps.empty() || names_files(options)) {
        COFRE_ASSIGN(request.plan.targets, backup_targets(options));
    }
    request.dumps = std::move(dumps);
    return run_repository_job(app, std::move(place), options.to, std::move(request));
}

/// The databases among the sources, begun; `options.sources` keeps the rest.
Result<std::vector<backup::OpenDump>> begin_url_dumps(const App& app, BackupOptions& options) {
    if (options.stdin_from_command) return std::vector<backup::OpenDump>();
    std::vector<config::DatabaseConfig> databases;
    for (const auto& source : options.sources) {
        if (!dump::is_database_url(source)) continue;
        auto database = daemon::database_of_url(source);
        COFRE_TRY(apply_dump_options(app, options.dump, database));
        databases.push_back(std::move(database));
    }
    std::erase_if(options.sources, [](const auto& source) { return dump::is_database_url(source); });
    return daemon::begin_dumps(app.ctx, databases, options.name, app.clock.wall_now());
}

Result<JobReport> back_up_sources(const App& app, BackupOptions options) {
    COFRE_ASSIGN(auto resolved, resolve_place(app, options.to.place, ""));
    // Before the store is asked for anything.
    COFRE_ASSIGN(auto dumps, begin_url_dumps(app, options));
    const bool is_nothing = options.sources.empty() && dumps.empty() && !names_files(options) && !options.use_stdin;
    if (is_nothing && !options.stdin_from_command) {
        return Error(ErrorCode::kInvalidArgument, "nothing to back up: no source is given");
    }
    if (resolved.target.layout == config::Layout::kObjects) {
        return back_up_to_objects(app, options, resolved.target, std::move(dumps));
    }
    const auto target = resolved.target;
    COFRE_ASSIGN(auto place, open_resolved(app, std::move(resolved)));
    if (place.is_objects()) return back_up_to_objects(app, options, target, std::move(dumps));
    return back_up_to_repository(app, options, std::move(place), std::move(dumps));
}

}  // namespace

int run_command(const App& app, const BackupOptions& options) {
    const auto report = back_up_sources(app, options);
    if (!report) return fail(app, report.error());
    show_report(app.console, *report);
    app.console.print_json(report_json(*report));
    return finish_run(app, {*report}, options.output_json);
}

}  // namespace cofre::cli
