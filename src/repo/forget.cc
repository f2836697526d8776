#include "repo/forget.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "repo/index_rewrite.h"

namespace cofre::repo {
namespace {

Status check_request(const ForgetRequest& request) {
    if (!request.ids.empty() || !request.policy.is_empty()) return {};
    if (!request.allow_remove_all) {
        return Error(ErrorCode::kInvalidArgument, "no policy was given: nothing is removed")
            .with_hint("give --keep-last, --keep-daily or the like, or the ids of snapshots");
    }
    const auto& filter = request.filter;
    if (filter.hosts.empty() && filter.tags.empty() && filter.paths.empty()) {
        return Error(ErrorCode::kInvalidArgument, "--unsafe-allow-remove-all without a filter would remove everything")
            .with_hint("say which snapshots with --host, --tag or --path");
    }
    return {};
}

Result<ForgetPlan> plan_by_ids(std::vector<ListedSnapshot> snapshots, const ForgetRequest& request,
                               const ZonedTime& now) {
    ForgetPlan plan;
    std::unordered_set<Id, IdHash> seen;
    for (const auto& text : request.ids) {
        COFRE_ASSIGN(const auto name, parse_snapshot_name(text));
        if (!name.path.empty()) {
            return Error(ErrorCode::kInvalidArgument, "forget removes whole snapshots: " + text + " names a part")
                .with_hint("`cofre rewrite --exclude` leaves a part out");
        }
        COFRE_ASSIGN(const auto place, find_snapshot(snapshots, name, request.filter, now));
        const Id id = *Id::parse(snapshots[place].id);
        if (seen.insert(id).second) plan.remove.push_back(id);
    }
    plan.snapshots = std::move(snapshots);
    return plan;
}

std::string describe_group(const SnapshotGroup& group) {
    std::string out = group.hostname.empty() ? "" : "host " + group.hostname;
    for (const auto& path : group.paths)
        out += (out.empty() ? "path " : ", ") + path;
    for (const auto& tag : group.tags)
        out += (out.empty() ? "tag " : ", ") + tag;
    return out.empty() ? "all snapshots" : out;
}

Result<ForgetGroup> decide_group(const std::vector<ListedSnapshot>& snapshots, SnapshotGroup key,
                                 const ForgetRequest& request, const ZonedTime& now, const Zone& zone) {
    ForgetGroup group;
    std::vector<const Snapshot*> members;
    for (const auto place : key.members)
        members.push_back(&snapshots[place].snapshot);
    if (request.policy.is_empty()) {  // Allowed: check_request(). The policy itself would keep all.
        group.remove = key.members;
        std::reverse(group.remove.begin(), group.remove.end());
        group.key = std::move(key);
        return group;
    }
    auto decision = apply_retention(members, request.policy, now, zone);
    if (decision.keep.empty() && !decision.remove.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "the policy would leave no snapshot of " + describe_group(key) + ": nothing is removed")
            .with_hint("a rule such as --keep-last 1 keeps the newest");
    }
    for (auto& kept : decision.keep) {
        kept.index = key.members[kept.index];
        group.keep.push_back(std::move(kept));
    }
    for (const auto place : decision.remove)
        group.remove.push_back(key.members[place]);
    group.key = std::move(key);
    return group;
}

}  // namespace

Result<ForgetPlan> plan_forget(std::vector<ListedSnapshot> snapshots, const ForgetRequest& request,
                               const ZonedTime& now, const Zone& zone) {
    COFRE_TRY(check_request(request));
    if (!request.ids.empty()) return plan_by_ids(std::move(snapshots), request, now);
    ForgetPlan plan;
    std::erase_if(snapshots, [&](const ListedSnapshot& listed) { return !request.filter.matches(listed.snapshot); });
    plan.snapshots = std::move(snapshots);
    for (auto& key : group_snapshots(plan.snapshots, request.group_by)) {
        COFRE_ASSIGN(auto group, decide_group(plan.snapshots, std::move(key), request, now, zone));
        for (const auto place : group.remove)
            plan.remove.push_back(*Id::parse(plan.snapshots[place].id));
        plan.groups.push_back(std::move(group));
    }
    return plan;
}

Status remove_snapshots(const CallContext& ctx, Repository& repository, const std::vector<Id>& ids,
                        const std::function<Status()>& may_write, const OnStep& on_step) {
    COFRE_TRY(remove_files(ctx, repository, FileKind::kSnapshot, ids, may_write, on_step));
    return repository.store().sync(ctx);
}

}  // namespace cofre::repo
