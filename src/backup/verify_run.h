#pragma once

/// @file
/// Does a backup of the `objects` layout still come back?

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backup/backup_plan.h"
#include "backup/progress.h"
#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "dump/database_address.h"
#include "objects/object_naming.h"
#include "store/object_store.h"

namespace cofre::backup {

/// How closely to look. Each level includes the ones before it.
enum class VerifyLevel : std::uint8_t {
    kList,      ///< Every object is there with the recorded size: one request per thousand.
    kRead,      ///< Every object is read, decompressed and compared with its SHA-256.
    kParsed,    ///< And every dump is read to its end by its engine's own means.
    kRestored,  ///< And restored: dumps into a throw-away server, files into a folder; and compared.
};
/// "list", "read", "semantic" (or "parsed"), "restore" (or "restored").
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

/// What was found out about one dump.
struct DumpProof {
    std::string place;
    dump::Engine engine = dump::Engine::kPostgres;
    std::string server_version;  ///< Of the server that was dumped.
    std::string proven_with;     ///< "PostgreSQL 15.18"; empty: nothing was restored.
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t tables = 0;  ///< Compared, as the next two.
    std::uint64_t rows = 0;
    std::uint64_t samples = 0;
    std::uint64_t assertions = 0;
    std::uint64_t paths = 0;  ///< Of files that rows name, and that are there.
    std::chrono::milliseconds parse_time{0};
    std::chrono::milliseconds restore_time{0};  ///< From an empty server to a complete one: the RTO of this data.
    std::string not_restored;                   ///< Why it could not be restored here; empty: it was, or was not to be.
    std::vector<std::string> problems;          ///< Empty: it comes back.
    bool is_good() const { return problems.empty(); }
};

/// Files of a snapshot, restored into a folder of their own and compared.
struct RestoreDrill {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::chrono::milliseconds restore_time{0};
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
    std::vector<DumpProof> dumps;       ///< From kParsed on.
    std::optional<RestoreDrill> drill;  ///< kRestored, if there are files besides dumps.
    bool is_good() const { return problem_count == 0; }
    void add_problem(const std::string& path, const std::string& message);
};

/// Levels up to kRead; prove_dump() and others add the rest. Reads; changes nothing. A damaged or missing object is a
/// problem and names its file; an Error means that the question could not be answered. Peak memory: a batch of 1 000
/// entries and 64 KiB for each thread.
Result<VerifyOutcome> run_verify(const CallContext& ctx, const VerifyPlan& plan, store::ObjectStore& store,
                                 Clock& clock, Progress& progress);

}  // namespace cofre::backup
