#pragma once

/// @file
/// `forget`: which snapshots go, and why the others stay.

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"
#include "repo/retention.h"
#include "repo/snapshot_filter.h"
#include "repo/step_progress.h"

namespace cofre::repo {

struct ForgetRequest {
    /// Ids, beginnings of ids or "latest": these go, whatever the policy says.
    std::vector<std::string> ids;
    RetentionPolicy policy;
    SnapshotFilter filter;
    GroupBy group_by{.host = true, .paths = true};
    /// An empty policy, together with a filter, may remove all that it lets through.
    bool allow_remove_all = false;
};

struct ForgetGroup {
    SnapshotGroup key;                ///< Its members: places in `snapshots`, newest first.
    std::vector<KeptSnapshot> keep;   ///< `index`: a place in `snapshots`. Newest first.
    std::vector<std::size_t> remove;  ///< Newest first.
};

struct ForgetPlan {
    std::vector<ListedSnapshot> snapshots;  ///< Those that were looked at.
    std::vector<ForgetGroup> groups;        ///< None when ids were given.
    std::vector<Id> remove;
};

/// Pure. kInvalidArgument: no policy and no ids, or an empty policy without a
/// filter or without leave to remove all; a policy that would leave nothing of
/// a group (restic refuses that, too); an id that fits several. kNotFound: an
/// id that fits none.
Result<ForgetPlan> plan_forget(std::vector<ListedSnapshot> snapshots, const ForgetRequest& request,
                               const ZonedTime& now, const Zone& zone);

/// Removes what the plan says, in batches. `may_write` is asked before each.
/// Interrupted, it has removed some: the next forget decides anew.
Status remove_snapshots(const CallContext& ctx, Repository& repository, const std::vector<Id>& ids,
                        const std::function<Status()>& may_write, const OnStep& on_step = {});

}  // namespace cofre::repo
