#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "cli/app.h"
#include "cli/keep_policy.h"
#include "repo/retention.h"
#include "repo/snapshot.h"
#include "repo/snapshot_filter.h"

namespace cofre::cli {
namespace {

using RetentionJson = nlohmann::ordered_json;

Result<RetentionJson> retention_json(const App& app, const DebugRetentionOptions& options) {
    COFRE_ASSIGN(const auto policy, to_policy(options.keep));
    COFRE_ASSIGN(const auto by, repo::parse_group_by(options.group_by));
    COFRE_ASSIGN(const auto text, read_small_file(options.snapshots, repo::kMaxSnapshotBytes));
    COFRE_ASSIGN(const auto list, repo::decode_snapshot_list(text));
    const repo::Zone zone = repo::Zone::local();
    const repo::ZonedTime now = zone.at(app.clock.wall_now());
    RetentionJson out = {{"keep", RetentionJson::array()}, {"remove", RetentionJson::array()}};
    for (const repo::SnapshotGroup& group : repo::group_snapshots(list, by)) {
        std::vector<const repo::Snapshot*> members;
        for (const std::size_t index : group.members)
            members.push_back(&list[index].snapshot);
        const auto decision = repo::apply_retention(members, policy, now, zone);
        for (const repo::KeptSnapshot& kept : decision.keep)
            out["keep"].push_back({{"id", list[group.members[kept.index]].id}, {"reasons", kept.reasons}});
        for (const std::size_t index : decision.remove)
            out["remove"].push_back(list[group.members[index]].id);
    }
    return out;
}

}  // namespace

int run_command(const App& app, const DebugRetentionOptions& options) {
    const auto document = retention_json(app, options);
    if (!document) return fail(app, document.error());
    const auto text = document->dump(-1, ' ', false, RetentionJson::error_handler_t::replace) + "\n";
    return write_all(STDOUT_FILENO, as_bytes(text), "standard output") ? kExitDone : kExitFatal;
}

}  // namespace cofre::cli
