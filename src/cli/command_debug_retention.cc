#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "cli/app.h"
#include "repo/retention.h"
#include "repo/snapshot.h"
#include "repo/snapshot_filter.h"

namespace cofre::cli {
namespace {

using RetentionJson = nlohmann::ordered_json;

struct CountOption {
    const char* name;
    std::string DebugRetentionOptions::*text;
    int repo::RetentionPolicy::*count;
};
constexpr CountOption kCountOptions[] = {
    {"--keep-last", &DebugRetentionOptions::last, &repo::RetentionPolicy::last},
    {"--keep-hourly", &DebugRetentionOptions::hourly, &repo::RetentionPolicy::hourly},
    {"--keep-daily", &DebugRetentionOptions::daily, &repo::RetentionPolicy::daily},
    {"--keep-weekly", &DebugRetentionOptions::weekly, &repo::RetentionPolicy::weekly},
    {"--keep-monthly", &DebugRetentionOptions::monthly, &repo::RetentionPolicy::monthly},
    {"--keep-yearly", &DebugRetentionOptions::yearly, &repo::RetentionPolicy::yearly},
};

struct WithinOption {
    const char* name;
    std::string DebugRetentionOptions::*text;
    repo::CalendarDuration repo::RetentionPolicy::*duration;
};
constexpr WithinOption kWithinOptions[] = {
    {"--keep-within", &DebugRetentionOptions::within, &repo::RetentionPolicy::within},
    {"--keep-within-hourly", &DebugRetentionOptions::within_hourly, &repo::RetentionPolicy::within_hourly},
    {"--keep-within-daily", &DebugRetentionOptions::within_daily, &repo::RetentionPolicy::within_daily},
    {"--keep-within-weekly", &DebugRetentionOptions::within_weekly, &repo::RetentionPolicy::within_weekly},
    {"--keep-within-monthly", &DebugRetentionOptions::within_monthly, &repo::RetentionPolicy::within_monthly},
    {"--keep-within-yearly", &DebugRetentionOptions::within_yearly, &repo::RetentionPolicy::within_yearly},
};

Result<repo::RetentionPolicy> policy_of(const DebugRetentionOptions& options) {
    repo::RetentionPolicy policy;
    for (const CountOption& option : kCountOptions) {
        const std::string& text = options.*option.text;
        if (text.empty()) continue;
        auto count = repo::parse_keep_count(text);
        if (!count) return std::move(count).error().context(option.name);
        policy.*option.count = *count;
    }
    for (const WithinOption& option : kWithinOptions) {
        auto duration = repo::parse_calendar_duration(options.*option.text);
        if (!duration) return std::move(duration).error().context(option.name);
        policy.*option.duration = *duration;
    }
    for (const std::string& tags : options.tags)
        policy.tags.push_back(repo::parse_tag_list(tags));
    return policy;
}

Result<RetentionJson> retention_json(const App& app, const DebugRetentionOptions& options) {
    COFRE_ASSIGN(const auto policy, policy_of(options));
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
