#pragma once

/// @file
/// `prune` and `forget --prune`.

#include <unordered_set>

#include "cli/app.h"
#include "repo/prune.h"

namespace cofre::cli {

/// From --max-unused and the like. kInvalidArgument names the option.
Result<repo::PruneRules> prune_rules(const PruneRuleOptions& options, std::uint64_t pack_bytes);

struct PruneRequest {
    PruneRuleOptions rules;
    RepoAccessOptions repo;
    bool dry_run = false;
    /// Of a dry run: these snapshots count as gone.
    std::unordered_set<repo::Id, repo::IdHash> forgotten;
};

/// Runs it and shows the plan and the result. `repository` is not locked by
/// this process.
Status prune_and_report(const App& app, repo::Repository& repository, std::uint64_t pack_bytes,
                        const PruneRequest& request);

}  // namespace cofre::cli
