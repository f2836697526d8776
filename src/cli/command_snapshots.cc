// `snapshots`: of a repository, or of plain objects.
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "base/utf8.h"
#include "cli/repository_session.h"
#include "cli/snapshot_table.h"
#include "objects/manifest_reader.h"
#include "objects/object_naming.h"

namespace cofre::cli {
namespace {

using SnapshotJson = nlohmann::ordered_json;

SnapshotJson snapshot_json(const objects::SnapshotRef& ref, const objects::ManifestHeader& header) {
    SnapshotJson paths = SnapshotJson::array();
    for (const auto& source : header.sources)
        paths.push_back(escape_for_display(source));
    return {{"id", header.id},
            {"short_id", header.id.substr(0, 8)},
            {"time", format_rfc3339(header.finished_at)},
            {"job", header.job},
            {"hostname", header.host},
            {"paths", std::move(paths)},
            {"program_version", "cofre " + header.tool_version},
            {"exit_status", header.exit_status},
            {"manifest", ref.key.str()},
            {"summary",
             {{"total_files", header.summary.files},
              {"total_bytes", header.summary.bytes},
              {"uploaded_files", header.summary.uploaded_files},
              {"uploaded_bytes", header.summary.uploaded_bytes},
              {"error_count", header.summary.errors}}}};
}

Status list_manifests(const App& app, const daemon::OpenTarget& open, const std::string& job) {
    COFRE_ASSIGN(const auto refs, objects::list_snapshots(*open.store, app.ctx, open.prefix));
    SnapshotJson all = SnapshotJson::array();
    app.console.print(fmt::format("{:<16}  {:<20}  {:<16} {:<14} {:>10}  {:>10}  {}", "ID", "TIME", "JOB", "HOST",
                                  "FILES", "SIZE", "STATE"));
    std::size_t shown = 0;
    for (const auto& ref : refs) {
        COFRE_ASSIGN(const auto header, objects::read_header(*open.store, app.ctx, ref.key));
        if (!job.empty() && header.job != job) continue;
        ++shown;
        if (app.console.json()) {
            all.push_back(snapshot_json(ref, header));
            continue;
        }
        const auto time = format_rfc3339(std::chrono::floor<std::chrono::seconds>(header.finished_at));
        const std::string state =
            header.exit_status == 0 ? "complete" : fmt::format("{} files missing", header.summary.errors);
        app.console.print(fmt::format("{:<16}  {:<20}  {:<16} {:<14} {:>10}  {:>10}  {}", header.id, time, header.job,
                                      header.host, format_count(header.summary.files),
                                      format_bytes(header.summary.bytes), state));
    }
    app.console.print_json(all.dump(2, ' ', false, SnapshotJson::error_handler_t::replace));
    app.console.note(fmt::format("{} snapshot{} in {}", shown, shown == 1 ? "" : "s", open.description));
    return {};
}

/// The `count` newest of each host and set of paths; `members` are in order of time.
std::vector<std::size_t> newest_of_each(std::span<const repo::ListedSnapshot> list,
                                        const std::vector<std::size_t>& members, int count) {
    std::map<std::pair<std::string, std::vector<std::string>>, int> seen;
    std::vector<std::size_t> kept;
    for (auto it = members.rbegin(); it != members.rend(); ++it) {
        const auto& snapshot = list[*it].snapshot;
        if (seen[{snapshot.hostname, snapshot.paths}]++ < count) kept.push_back(*it);
    }
    return {kept.rbegin(), kept.rend()};
}

std::string list_json(std::span<const repo::ListedSnapshot> list, std::span<const std::size_t> members) {
    std::string out = "[";
    for (const std::size_t member : members)
        out += (out.size() == 1 ? "" : ",") + repo::encode_listed_snapshot(list[member]);
    return out + "]";
}

void show_groups(const App& app, std::span<const repo::ListedSnapshot> chosen, const repo::GroupBy& by, bool compact) {
    std::string json = "[";
    for (const auto& group : repo::group_snapshots(chosen, by)) {
        if (app.console.json()) {
            json += fmt::format(R"({}{{"group_key":{},"snapshots":{}}})", json.size() == 1 ? "" : ",",
                                group_key_json(group, by), list_json(chosen, group.members));
            continue;
        }
        app.console.print(group_heading(group, by));
        for (const auto& line : snapshot_table(chosen, group.members, compact))
            app.console.print(line);
    }
    app.console.print_json(json + "]");
}

Result<int> list_repository(const App& app, OpenPlace place, const SnapshotsOptions& options) {
    COFRE_ASSIGN(const auto by, repo::parse_group_by(options.group_by));
    COFRE_ASSIGN(const auto session, RepositorySession::open_at(app, std::move(place), options.from, {}));
    COFRE_ASSIGN(const auto list, session->load_snapshots());
    COFRE_ASSIGN(auto chosen, choose_snapshots(app, list.snapshots, options.ids, to_filter(options.filter)));
    if (options.latest > 0) chosen = newest_of_each(list.snapshots, chosen, options.latest);
    if (options.group_by.empty()) {
        app.console.print_json(list_json(list.snapshots, chosen));
        for (const auto& line : snapshot_table(list.snapshots, chosen, options.compact))
            app.console.print(line);
    } else {
        std::vector<repo::ListedSnapshot> members;
        members.reserve(chosen.size());
        for (const std::size_t i : chosen)
            members.push_back(list.snapshots[i]);
        show_groups(app, members, by, options.compact);
    }
    for (const auto& error : list.unreadable)
        app.console.error(error);
    COFRE_TRY(session->close());
    return list.unreadable.empty() ? static_cast<int>(kExitDone) : static_cast<int>(kExitFatal);
}

Result<int> list_place(const App& app, const SnapshotsOptions& options) {
    COFRE_ASSIGN(auto place, open_place(app, options.from.place, ""));
    const bool is_objects = place.is_objects() || (place.layout == config::Layout::kAuto && !options.job.empty());
    if (!is_objects) return list_repository(app, std::move(place), options);
    COFRE_TRY(list_manifests(app, place.open, options.job));
    return static_cast<int>(kExitDone);
}

}  // namespace

int run_command(const App& app, const SnapshotsOptions& options) {
    const auto status = list_place(app, options);
    return status ? *status : fail(app, status.error());
}

}  // namespace cofre::cli
