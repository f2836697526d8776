#pragma once

/// @file
/// Index files made anew without the packs that go.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"
#include "repo/step_progress.h"

namespace cofre::repo {

struct IndexRewrite {
    std::unordered_set<Id, IdHash> gone;  ///< Packs that no index file shall name any more.
    std::function<Status()> may_write;    ///< Asked before each file is stored or removed.
    OnStep on_step;
};

struct IndexRewriteResult {
    std::size_t files_written = 0;
    std::size_t files_removed = 0;
};

/// Writes what remains of the index files that name such packs, makes it
/// durable, and only then removes those files: at each moment every other pack
/// is in some index. Small files are put together on the way, if there are
/// many. Files that name no such pack and are large stay as they are.
/// Interrupted anywhere, it can be begun again. Memory: one file that is read
/// and one that is written, 32 bytes for each pack.
Result<IndexRewriteResult> rewrite_index(const CallContext& ctx, Repository& repository, const IndexRewrite& what);

/// Stores `packs` as one index file after another, none with more than
/// kMaxIndexFileBlobs unless a single pack has. The next file starts when `add`
/// has filled one; finish() writes the rest. Not thread-safe.
class IndexFileWriter {
public:
    IndexFileWriter(Repository& repository, std::function<Status()> may_write)
        : repository_(repository), may_write_(std::move(may_write)) {}
    /// A pack that was added before, with as many blobs, is passed over.
    Status add(const CallContext& ctx, PackContent pack);
    Status finish(const CallContext& ctx);
    const std::unordered_set<Id, IdHash>& written() const { return written_; }

private:
    Status store(const CallContext& ctx);

    Repository& repository_;
    std::function<Status()> may_write_;
    std::vector<PackContent> packs_;
    std::size_t blobs_ = 0;
    std::unordered_map<Id, std::size_t, IdHash> added_;  // Packs and their numbers of blobs.
    std::unordered_set<Id, IdHash> written_;             // Files.
};

/// Removes files in batches. kUnavailable: some remain; the message says why.
Status remove_files(const CallContext& ctx, Repository& repository, FileKind kind, const std::vector<Id>& ids,
                    const std::function<Status()>& may_write, const OnStep& on_step = {});

}  // namespace cofre::repo
