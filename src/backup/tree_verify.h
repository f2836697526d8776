#pragma once

/// @file
/// Do snapshots of a repository still come back? The counterpart of
/// verify_run.h, and its outcome too.

#include <cstdint>
#include <memory>

#include "backup/progress.h"
#include "backup/verify_run.h"
#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"
#include "repo/snapshot.h"

namespace cofre::backup {

/// Verifies one snapshot after the other; what was read for one is not read
/// again for the next. The index must be loaded and must not change meanwhile;
/// open the repository without a cache, or the cache is what is verified.
///
/// kList: every tree is read and hashed, every blob of every file is in the
/// index, and its pack is there with the size that the index says. kRead: also
/// every blob is read, and its MAC, length and hash are compared. A blob of
/// which one copy is good is good. Blobs that these snapshots do not need are
/// not looked at: that is check_repository()'s.
///
/// Not thread-safe. Memory: 16 bytes for each pack, two bits for each blob and
/// 4 bytes for each blob of one snapshot; 20 MiB for each thread; a message for
/// each damaged blob.
class TreeVerifier {
public:
    /// Lists the packs. `threads`: that read blobs. The references must outlive it.
    static Result<std::unique_ptr<TreeVerifier>> create(const CallContext& ctx, repo::Repository& repository,
                                                        Clock& clock, VerifyLevel level, int threads);
    ~TreeVerifier();

    /// A damaged or missing blob is a problem of each file that has it, a tree
    /// that cannot be read one of its folder; an Error means that the question
    /// could not be answered. `job` is what the outcome will say.
    Result<VerifyOutcome> verify(const CallContext& ctx, const repo::ListedSnapshot& snapshot, const std::string& job,
                                 Progress& progress);

private:
    class Impl;
    explicit TreeVerifier(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::backup
