#pragma once

/// @file
/// `rewrite` and `repair snapshots`: a snapshot replaced by a changed one.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"
#include "repo/snapshot.h"
#include "repo/tree_rewrite.h"

namespace cofre::repo {

struct SnapshotEdit {
    TreeRules rules;
    std::optional<std::string> hostname;  ///< The new one.
    std::optional<ZonedTime> time;
    std::string tag;      ///< Added when the old snapshot stays: "rewrite", "repaired".
    bool forget = false;  ///< Remove the old one once the new one is durable.
    /// Remove it, too, if nothing of it can be read.
    bool forget_lost = false;
    bool dry_run = false;
    std::function<Status()> may_write;
};

struct RewriteOutcome {
    enum class Kind : std::uint8_t { kUnchanged, kRewritten, kLost };
    Kind kind = Kind::kUnchanged;
    std::optional<Id> new_id;  ///< kRewritten, but not of a dry run.
    bool is_removed = false;   ///< The old one; would be, of a dry run.
    RewrittenTree tree;        ///< Not of kLost.
};

/// Unknown fields of the snapshot are kept, `original` becomes its id, and
/// where it has a summary the totals are corrected. Load the index first.
/// kInvalidArgument: nothing would be left. Errors else: of TreeRewriter and
/// BlobWriter; the old snapshot is untouched then.
class SnapshotRewriter {
public:
    SnapshotRewriter(const CallContext& ctx, Repository& repository, SnapshotEdit edit);
    Result<RewriteOutcome> rewrite(const CallContext& ctx, const ListedSnapshot& snapshot);

private:
    Result<RewriteOutcome> lose(const CallContext& ctx, const ListedSnapshot& snapshot);
    Snapshot changed(const ListedSnapshot& snapshot, const RewrittenTree& tree) const;

    Repository& repository_;
    SnapshotEdit edit_;
    std::optional<BlobWriter> writer_;  // Not of a dry run.
    TreeRewriter trees_;
};

/// One thing that `repair snapshots` leaves out or changes.
struct RepairedEntry {
    std::string path;  ///< Bytes.
    std::string what;
};

/// Rules that leave out what is not there: parts of files whose blobs are in no
/// pack, and trees that cannot be read. A file keeps the rest of its content,
/// without a hole, and its size is made to fit.
TreeRules repair_rules(Repository& repository, const std::function<void(const RepairedEntry&)>& on_repaired);

}  // namespace cofre::repo
