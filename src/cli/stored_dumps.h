#pragma once

/// @file
/// The dumps of one snapshot, whichever layout keeps it.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backup/dump_fetch.h"
#include "cli/read_session.h"

namespace cofre::cli {

/// An open place, one snapshot of it, and its dumps.
struct SnapshotDumps {
    // What `dumps` read from.
    std::unique_ptr<OpenPlace> objects;  ///< Of plain objects.
    ReadSession reading;                 ///< Of a repository.

    std::string snapshot_id;
    WallTime snapshot_time{};
    std::string host;
    std::vector<backup::StoredDump> dumps;
    bool has_other_files = false;

    Status close() { return reading.session ? reading.session->close() : Status(); }
};

/// `snapshot` as `restore` takes it: a path after ':' chooses among the dumps of
/// a repository. `progress` must outlive the result. kNotFound: it holds no dump.
Result<std::unique_ptr<SnapshotDumps>> open_snapshot_dumps(const App& app, OpenPlace place,
                                                           const RepoAccessOptions& access, const std::string& snapshot,
                                                           const std::string& job, const SnapshotFilterOptions& filter,
                                                           backup::Progress& progress);

}  // namespace cofre::cli
