#pragma once

/// @file
/// Does a dump come back? Read, replayed by its own tool, restored and compared.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "backup/dump_fetch.h"
#include "backup/verify_run.h"
#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "dump/dump_restore.h"

namespace cofre::backup {

struct DumpProofPlan {
    VerifyLevel level = VerifyLevel::kParsed;
    std::filesystem::path temp_folder = "/tmp";  ///< Takes a throw-away server's data.
    /// A server to restore to instead; the databases get names of their own there
    /// and are dropped afterwards. Its `engine` must be the dump's.
    std::optional<dump::DatabaseAddress> scratch;
    std::vector<std::string> assertions;  ///< SQL that must give true in the copy.
    /// SQL that gives paths, each of which must exist below `paths_folder`: where
    /// the files of the same snapshot have been restored to. Empty: not asked.
    std::string paths_query;
    std::filesystem::path paths_folder;
    int jobs = 2;
    std::optional<std::filesystem::path> tools;
};

/// kParsed: every file is read to its end by the engine's own means. kRestored:
/// also into a throw-away server, counts and samples compared with those taken in
/// the dump's own snapshot, and the assertions asked. What the dump is to blame
/// for is a problem of the result; an Error means that the question could not be
/// answered: no such server is installed, the store cannot be read, a stop.
Result<DumpProof> prove_dump(const CallContext& ctx, StoredDump& stored, const DumpProofPlan& plan, Clock& clock);

}  // namespace cofre::backup
