#include "cli/job_snapshots.h"

#include <filesystem>

#include "backup/dump_store.h"
#include "daemon/dump_plan.h"

namespace cofre::cli {
namespace {

/// As a backup writes them into its snapshot.
std::string snapshot_path_of(const std::string& source) {
    auto path = std::filesystem::path(source).lexically_normal().native();
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    return path;
}

}  // namespace

Result<repo::SnapshotFilter> filter_of_job(const config::Config& config, const config::JobConfig& wanted) {
    config::JobConfig job = wanted;
    repo::SnapshotFilter filter;
    if (!job.tags.empty()) filter.tags = {job.tags};
    for (const auto& database : daemon::take_databases(config, job)) {
        COFRE_ASSIGN(const auto request, daemon::dump_request(database));
        filter.paths.push_back(backup::dump_folder(request.address));
    }
    for (const auto& source : job.sources)
        filter.paths.push_back(snapshot_path_of(source));
    return filter;
}

}  // namespace cofre::cli
