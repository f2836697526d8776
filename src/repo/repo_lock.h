#pragma once

/// @file
/// locks/<id>: who is using the repository, as restic and rustic see it.
/// Source: restic's design document, "Locks".

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "repo/key_file.h"
#include "repo/repository.h"

namespace cofre::repo {

enum class LockKind : std::uint8_t { kShared, kExclusive };

/// What a lock file says.
struct LockInfo {
    std::string time_text;
    WallTime time{};
    bool exclusive = false;
    Identity owner;
    /// process_mark() of the owner, a field of ours that others pass over.
    std::string process;
};

/// kCorruption: not a lock.
Result<LockInfo> parse_lock(std::string_view json);
std::string encode_lock(const LockInfo& lock);

constexpr std::chrono::minutes kLockRefresh{5};
constexpr std::chrono::minutes kLockStale{30};
/// Without a refresh for this long we stop writing, long before others may think us dead.
constexpr std::chrono::seconds kLockGiveUp{22 * 60 + 30};
/// Between writing our lock and looking again, for stores that list late.
constexpr std::chrono::milliseconds kLockSettle{200};

/// True if the lock names our host and a process that is not here.
bool is_owner_gone(const LockInfo& lock, const Identity& self);

/// True if it was not refreshed for kLockStale; if its owner has ended for
/// certain (has_process_ended()); or if its owner is gone and it has missed a refresh.
/// The last is for locks without a mark: a container that shares our host's
/// name, but not its processes, seems gone while it refreshes its lock.
bool is_stale(const LockInfo& lock, WallTime now, const Identity& self);

struct LockOptions {
    LockKind kind = LockKind::kShared;
    std::chrono::milliseconds retry_for{0};  ///< Ask again for this long while another holds it.
    bool refresh = true;                     ///< On a thread. Tests with a fake clock do it themselves.
};

/// A lock that we hold, refreshed on a thread of its own every kLockRefresh by
/// writing a new file and then deleting the old one. Destruction removes it.
///
/// acquire() is check, write, wait kLockSettle, check again; a stale lock of
/// somebody else does not block, and is left where it is (remove_locks), unless
/// its process has ended for certain: then acquire() removes it.
///
/// restic and rustic on this host ask whether a lock's owner lives by sending it
/// SIGHUP; while a lock is held, a SIGHUP of another process does nothing here.
class RepoLock {
public:
    /// kLocked: another holds one that excludes ours; the message says who and
    /// since when. An unreadable lock file blocks too: it may be a newer form.
    static Result<std::unique_ptr<RepoLock>> acquire(const CallContext& ctx, Repository& repository,
                                                     const LockOptions& options);
    ~RepoLock();

    /// Success as long as we may write. kLocked: not refreshed for kLockGiveUp,
    /// or somebody removed it. After a suspend it first tries to get a stale
    /// lock back: that works only if nobody locked meanwhile and ours is there.
    Status check();

    /// Refreshes now. For tests, and before long steps.
    Status refresh(const CallContext& ctx);

    /// Removes the lock and reports what failed; the destructor tries again, and only logs. Pays no
    /// heed to a stop: whoever is stopped must not leave a lock. Half a minute at most.
    Status release(const CallContext& ctx);

private:
    struct Impl;
    explicit RepoLock(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// kStale: also those whose owner is gone, however fresh.
enum class LocksToRemove : std::uint8_t { kStale, kAll };

/// `unlock`, asked for by a person. The number removed.
Result<std::size_t> remove_locks(const CallContext& ctx, Repository& repository, LocksToRemove which);

}  // namespace cofre::repo
