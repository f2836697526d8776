#pragma once

/// @file
/// Filling the catalog with what the targets know.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalog/catalog.h"
#include "cli/app.h"
#include "config/config.h"

namespace cofre::cli {

/// What one target gave. What was known already is not counted as new.
struct RebuildOutcome {
    std::string target;
    std::uint64_t backups = 0;
    std::uint64_t new_backups = 0;
    std::uint64_t new_runs = 0;
    std::uint64_t new_proofs = 0;
    std::uint64_t gone = 0;             ///< Known, and no longer in the target.
    std::vector<std::string> problems;  ///< What could not be read; the rest is in.
};

/// Reads manifests or snapshots, and proofs. Nothing is written to the target but
/// a repository's lock. Backups are marked gone only if everything was read.
Result<RebuildOutcome> rebuild_from(const App& app, const config::Config& config, const config::TargetConfig& target,
                                    catalog::Catalog& catalog);

}  // namespace cofre::cli
