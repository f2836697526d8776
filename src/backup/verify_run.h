#pragma once

/// @file
/// Does a backup of the `objects` layout still come back?

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "backup/backup_plan.h"
#include "backup/progress.h"
#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "objects/object_naming.h"
#include "store/object_store.h"

namespace cofre::backup {

/// How closely to look. Each level includes the ones before it.
enum class VerifyLevel : std::uint8_t {
    kList,  ///< Every object is there with the recorded size: one request per thousand.
    kRead,  ///< Every object is read, decompressed and compared with its SHA-256.
};
Result<VerifyLevel> parse_verify_level(std::string_view text);
std::string_view to_string(VerifyLevel level);

struct VerifyPlan {
    std::string snapshot = "latest";
    std::string job;
    std::string prefix;
    VerifyLevel level = VerifyLevel::kRead;
    int concurrency = 32;
    std::filesystem::path temp_folder = "/tmp";
};

struct VerifyOutcome {
    objects::ManifestHeader snapshot;
    VerifyLevel level = VerifyLevel::kRead;
    std::uint64_t files = 0;  ///< Good ones.
    std::uint64_t bytes = 0;  ///< Of their sources.
    std::chrono::milliseconds elapsed{0};
    WallTime proven_at{};
    std::uint64_t problem_count = 0;
    std::vector<FileProblem> problems;  ///< The first BackupOutcome::kMaxProblems.
    bool is_good() const { return problem_count == 0; }
};

/// Reads; changes nothing. A damaged or missing object is a problem and names
/// its file; an Error means that the question could not be answered. Peak
/// memory: a batch of 1 000 entries and 64 KiB for each thread.
Result<VerifyOutcome> run_verify(const CallContext& ctx, const VerifyPlan& plan, store::ObjectStore& store,
                                 Clock& clock, Progress& progress);

}  // namespace cofre::backup
