#include "cli/stored_dumps.h"

#include <utility>

#include "base/utf8.h"
#include "daemon/job_plan.h"
#include "objects/object_naming.h"

namespace cofre::cli {
namespace {

Error no_dump(const std::string& snapshot) {
    return Error(ErrorCode::kNotFound, "snapshot " + snapshot.substr(0, 8) + " holds no dump of a database")
        .with_hint("`cofre snapshots` shows which do: their paths begin with /databases/");
}

Status open_objects(const App& app, const std::string& snapshot, const std::string& job, backup::Progress& progress,
                    SnapshotDumps& out) {
    auto& place = *out.objects;
    const auto colon = snapshot.find(':');
    COFRE_ASSIGN(const auto found,
                 objects::find_snapshot(*place.open.store, app.ctx, place.open.prefix, snapshot.substr(0, colon), job));
    COFRE_ASSIGN(auto all, backup::find_dumps(app.ctx, *place.open.store, found.key, daemon::temp_folder(), progress));
    out.snapshot_id = all.header.id;
    out.snapshot_time = all.header.started_at;
    out.host = all.header.host;
    out.has_other_files = all.has_other_files;
    for (auto& dump : all.dumps) {
        if (colon == std::string::npos || dump.place.find(snapshot.substr(colon + 1)) != std::string::npos) {
            out.dumps.push_back(std::move(dump));
        }
    }
    return {};
}

Status open_repository(const App& app, const std::string& snapshot, const SnapshotFilterOptions& filter,
                       backup::Progress& progress, SnapshotDumps& out) {
    const auto colon = snapshot.find(':');
    COFRE_ASSIGN(const auto chosen, choose_tree(app, out.reading, snapshot.substr(0, colon), filter));
    out.snapshot_id = chosen.snapshot->id;
    const auto& taken = chosen.snapshot->snapshot;
    out.snapshot_time = WallTime(std::chrono::seconds(taken.time.seconds));
    out.host = taken.hostname;
    COFRE_ASSIGN(out.dumps, backup::find_dumps(app.ctx, out.reading.repository(), chosen.tree, taken.paths, progress));
    out.has_other_files = taken.paths.size() > out.dumps.size();
    if (colon != std::string::npos) {
        std::erase_if(out.dumps, [&](const auto& dump) {
            return dump.place.find(snapshot.substr(colon + 1)) == std::string::npos;
        });
    }
    return {};
}

}  // namespace

Result<std::unique_ptr<SnapshotDumps>> open_snapshot_dumps(const App& app, OpenPlace place,
                                                           const RepoAccessOptions& access, const std::string& snapshot,
                                                           const std::string& job, const SnapshotFilterOptions& filter,
                                                           backup::Progress& progress) {
    auto out = std::make_unique<SnapshotDumps>();
    const bool is_objects = place.is_objects() || (place.layout == config::Layout::kAuto && !job.empty());
    if (is_objects) {
        out->objects = std::make_unique<OpenPlace>(std::move(place));
        COFRE_TRY(open_objects(app, snapshot, job, progress, *out));
    } else {
        COFRE_ASSIGN(out->reading, open_for_reading_at(app, std::move(place), access));
        COFRE_TRY(open_repository(app, snapshot, filter, progress, *out));
    }
    if (out->dumps.empty()) return no_dump(out->snapshot_id);
    for (const auto& dump : out->dumps) {
        progress.files_found += dump.record.files.size();
        progress.bytes_found += backup::bytes_of(dump.record);
    }
    progress.found_all = true;
    return out;
}

}  // namespace cofre::cli
