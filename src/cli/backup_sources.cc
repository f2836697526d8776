#include "cli/backup_sources.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <glob.h>
#include <unistd.h>

#include "base/file.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/repository_session.h"
#include "config/load.h"
#include "daemon/job_plan.h"

namespace cofre::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxListBytes = 256U << 20U;

/// A file, or standard input for "-".
Result<std::string> read_list(const std::string& name) {
    return read_small_file(name == "-" ? fs::path("/dev/stdin") : fs::path(name), kMaxListBytes);
}

std::vector<std::string> split_list(const std::string& text, char end) {
    std::vector<std::string> parts;
    std::size_t from = 0;
    while (from < text.size()) {
        const auto at = std::min(text.find(end, from), text.size());
        if (at > from) parts.push_back(text.substr(from, at - from));
        from = at + 1;
    }
    return parts;
}

std::string trim_line(const std::string& line) {
    constexpr std::string_view kSpace = " \t\r\n\v\f";
    const auto first = line.find_first_not_of(kSpace);
    return first == std::string::npos ? std::string() : line.substr(first, line.find_last_not_of(kSpace) + 1 - first);
}

Status expand_pattern(const std::string& pattern, std::vector<fs::path>& targets) {
    glob_t found{};
    // NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread of the backup.
    const int status = ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found);
    for (std::size_t i = 0; status == 0 && i < found.gl_pathc; ++i)
        targets.emplace_back(found.gl_pathv[i]);
    ::globfree(&found);
    if (status == 0) return {};
    return Error(status == GLOB_NOMATCH ? ErrorCode::kNotFound : ErrorCode::kPermissionDenied,
                 "--files-from: nothing matches \"" + escape_for_display(pattern) + "\"");
}

/// "2026-11-22 10:00:00" in the zone of this process, or RFC 3339.
Result<repo::ZonedTime> parse_snapshot_time(const std::string& text) {
    if (auto time = repo::parse_zoned_time(text)) return time;
    std::tm parts{};
    const char* const end = ::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
    if (end == nullptr || *end != '\0') {
        return Error(ErrorCode::kInvalidArgument, "--time " + escape_for_display(text) + ": is not a time")
            .with_hint("write \"2026-11-22 10:00:00\" or 2026-11-22T10:00:00-03:00");
    }
    parts.tm_isdst = -1;
    return repo::Zone::local().at(std::mktime(&parts), 0);
}

Status add_folder_tags(const BackupOptions& options, backup::TreeBackupPlan& plan) {
    if (options.exclude_caches) plan.exclude_if_present.push_back(source::cache_folder_tag());
    for (const auto& text : options.exclude_if_present) {
        COFRE_ASSIGN(auto tag, source::parse_folder_tag(text));
        plan.exclude_if_present.push_back(std::move(tag));
    }
    return {};
}

}  // namespace

Result<std::vector<fs::path>> backup_targets(const BackupOptions& options) {
    std::vector<fs::path> targets(options.sources.begin(), options.sources.end());
    for (const auto& name : options.files_from) {
        COFRE_ASSIGN(const auto text, read_list(name));
        for (const auto& line : split_list(text, '\n')) {
            const std::string pattern = trim_line(line);
            if (!pattern.empty() && pattern.front() != '#') COFRE_TRY(expand_pattern(pattern, targets));
        }
    }
    for (const auto& name : options.files_from_verbatim) {
        COFRE_ASSIGN(const auto text, read_list(name));
        for (auto& line : split_list(text, '\n'))
            targets.emplace_back(std::move(line));
    }
    for (const auto& name : options.files_from_raw) {
        COFRE_ASSIGN(const auto text, read_list(name));
        for (auto& path : split_list(text, '\0'))
            targets.emplace_back(std::move(path));
    }
    if (targets.empty()) {
        return Error(ErrorCode::kInvalidArgument, "nothing to back up: no source is given")
            .with_hint("name folders or files, or use --files-from, --stdin or --stdin-from-command");
    }
    return targets;
}

Status read_exclude_files(const App& app, const std::vector<fs::path>& files, std::vector<std::string>& patterns) {
    const auto environment = config::process_environment();
    const std::map<std::string, std::string> variables(environment.begin(), environment.end());
    for (const auto& path : files) {
        auto text = read_list(path.native());
        if (!text) return std::move(text).error().context("--exclude-file");
        std::vector<std::string> unset;
        for (auto& line : source::parse_exclude_lines(*text, variables, unset))
            patterns.push_back(std::move(line));
        for (const auto& name : unset)
            app.console.warning("exclude file " + path.native() + ": the variable " + name + " is not set");
    }
    return {};
}

Result<backup::TreeBackupPlan> tree_plan(const App& app, const BackupOptions& options,
                                         const config::TargetConfig& target) {
    backup::TreeBackupPlan plan;
    plan.filter.include = options.include;
    plan.filter.exclude = options.exclude;
    COFRE_TRY(read_exclude_files(app, options.exclude_files, plan.filter.exclude));
    plan.filter.exclude_ignore_case = options.iexclude;
    COFRE_TRY(read_exclude_files(app, options.iexclude_files, plan.filter.exclude_ignore_case));
    if (!options.exclude_larger_than.empty()) {
        COFRE_ASSIGN(plan.filter.exclude_larger_than, parse_size(options.exclude_larger_than));
    }
    COFRE_TRY(add_folder_tags(options, plan));
    plan.one_file_system = options.one_file_system;
    plan.with_atime = options.with_atime;
    plan.same_file = {.ignore_inode = options.ignore_inode, .ignore_ctime = options.ignore_ctime};
    plan.identity.hostname = options.host.empty() ? daemon::host_name() : options.host;
    plan.identity.program_version = "cofre " + std::string(daemon::tool_version());
    for (const auto& text : options.tags) {
        for (auto& tag : repo::parse_tag_list(text)) {
            if (!tag.empty()) plan.identity.tags.push_back(std::move(tag));
        }
    }
    if (!options.time.empty()) {
        COFRE_ASSIGN(plan.identity.time, parse_snapshot_time(options.time));
    }
    plan.readers = options.read_concurrency;
    plan.scan = !options.no_scan && !app.console.options().quiet;
    COFRE_ASSIGN(plan.pack_bytes, pack_bytes(options.to, target));
    plan.dry_run = options.dry_run;
    return plan;
}

}  // namespace cofre::cli
