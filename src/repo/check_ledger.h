#pragma once

/// @file
/// What was read when: so that checks with a budget cover everything in turn.

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "base/time_format.h"
#include "repo/repository.h"

namespace cofre::repo {

/// When each pack was last read whole and found good. An object of its own in
/// the repository, `cofre/check-ledger`, encrypted with its key, that restic
/// and rustic pass over; whoever checks from another machine goes on where the
/// last check ended. It is worth no more than the reading it saves: a lost or
/// damaged one is an empty one. Two checks at once: the last to save wins.
///
/// About 60 bytes of memory for each pack, 36 as stored. Not thread-safe.
class CheckLedger {
public:
    /// Absent or damaged: empty. Errors: the store's own.
    static Result<CheckLedger> load(const CallContext& ctx, Repository& repository);
    Status save(const CallContext& ctx, Repository& repository) const;

    /// To the minute.
    std::optional<WallTime> last_read(const Id& pack) const;
    void note_read(const Id& pack, WallTime when);
    /// A pack that was found damaged counts as never read.
    void forget(const Id& pack) { minutes_.erase(pack); }
    /// Drops packs that are no more.
    void retain(const std::unordered_set<Id, IdHash>& live);
    std::size_t size() const { return minutes_.size(); }

private:
    std::unordered_map<Id, std::uint32_t, IdHash> minutes_;  // Since 1970.
};

/// In the order in which they should be read: never read first, the newest of
/// them before the others; then what was read longest ago.
std::vector<FileInfo> order_for_reading(std::vector<FileInfo> packs, const CheckLedger& ledger);

}  // namespace cofre::repo
