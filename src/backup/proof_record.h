#pragma once

/// @file
/// Evidence that a backup comes back, kept beside the backup itself.
/// Format: docs/formats/proof.md.

#include <string>
#include <string_view>
#include <vector>

#include "backup/verify_run.h"
#include "base/call_context.h"
#include "base/result.h"
#include "store/object_store.h"

namespace cofre::backup {

/// One verification, as it is stored.
struct ProofRecord {
    static constexpr int kVersion = 1;
    std::string host;  ///< Where it was proven.
    std::string tool_version;
    std::string snapshot_id;
    std::string job;
    WallTime snapshot_time{};
    WallTime proven_at{};
    std::chrono::milliseconds elapsed{0};
    VerifyLevel level = VerifyLevel::kList;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t problem_count = 0;
    std::vector<std::string> problems;  ///< The first kMaxProblems.
    std::vector<DumpProof> dumps;
    std::optional<RestoreDrill> drill;

    static constexpr std::size_t kMaxProblems = 100;
    bool is_good() const { return problem_count == 0; }
    /// How long the restore took: of dumps and files together; 0: none was made.
    std::chrono::milliseconds restore_time() const;
};

ProofRecord proof_of(const VerifyOutcome& outcome, std::string host, std::string tool_version);

std::string encode_proof(const ProofRecord& proof);
/// kCorruption: not a proof; kUnsupported: of a newer version.
Result<ProofRecord> decode_proof(std::string_view json);

/// Writes `<prefix>.cofre/proofs/<time>-<snapshot>.json`; never replaces one.
/// Programs that read the backup itself pass it over. Returns the key.
Result<std::string> save_proof(const CallContext& ctx, store::ObjectStore& store, const std::string& prefix,
                               const ProofRecord& proof);

/// Every proof below the prefix, oldest first; what cannot be understood is left
/// out and named in `unreadable`. A failed listing is an error.
Result<std::vector<ProofRecord>> load_proofs(const CallContext& ctx, store::ObjectStore& store,
                                             const std::string& prefix, std::vector<std::string>& unreadable);

}  // namespace cofre::backup
