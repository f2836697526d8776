#include "backup/prefix_guard.h"

#include <map>
#include <utility>

#include "base/utf8.h"

namespace cofre::backup {
namespace {

constexpr std::string_view kAdHoc = "adhoc";

bool overlap(std::string_view a, std::string_view b) {
    return a.starts_with(b) || b.starts_with(a);
}

std::string first_source(const objects::ManifestHeader& header) {
    return header.sources.empty() ? "nothing" : escape_for_display(header.sources.front());
}

bool has_same_sources(const objects::ManifestHeader& header, const SourceSet& sources, const BackupPlan& plan) {
    std::vector<std::string> ours;
    for (const auto& tree : sources.trees())
        ours.push_back(tree->tree.root().native());
    ours.insert(ours.end(), plan.added_sources.begin(), plan.added_sources.end());
    return header.sources == ours;
}

}  // namespace

Status check_prefix_is_free(const CallContext& ctx, store::ObjectStore& store, const BackupPlan& plan,
                            const SourceSet& sources, const std::vector<objects::SnapshotRef>& snapshots) {
    std::map<std::string, const objects::SnapshotRef*> newest;
    for (const auto& snapshot : snapshots)
        newest[snapshot.job] = &snapshot;
    for (const auto& [ignored, snapshot] : newest) {
        const auto header = objects::read_header(store, ctx, snapshot->key);
        if (!header && header.error().code() == ErrorCode::kCancelled) return header.error();
        if (!header || !overlap(header->prefix, plan.prefix)) continue;
        if (header->job == plan.job && (plan.job != kAdHoc || has_same_sources(*header, sources, plan))) continue;
        return Error(ErrorCode::kConflict, "the prefix \"" + plan.prefix + "\" already holds job \"" + header->job +
                                               "\" of " + first_source(*header) + " on " + header->host +
                                               ": files of equal names would replace each other")
            .with_hint(
                "choose another prefix; or, if the sources are the same, the same job name (--name); or, "
                "knowing this, add --share-prefix");
    }
    return {};
}

}  // namespace cofre::backup
