#include "repo/repo_lock.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <limits>
#include <optional>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/guarded.h"
#include "base/log.h"
#include "base/process_mark.h"
#include "base/signal_watch.h"
#include "base/task_group.h"
#include "base/units.h"

namespace cofre::repo {
namespace {

constexpr std::size_t kMaxLockBytes = 64UL * 1024;
constexpr std::chrono::seconds kRetryFirst{5};
constexpr std::chrono::seconds kRetryLongest{60};
constexpr std::chrono::seconds kReleaseTime{30};  // For the destructor, whose caller may have been stopped.
constexpr std::chrono::seconds kRefreshRetry{30};
constexpr std::chrono::minutes kLockSlack{1};  // A refresh may take a while.

struct FoundLock {
    Id id;
    std::optional<LockInfo> info;  // Absent: unreadable.
};

Result<std::vector<FoundLock>> read_locks(const CallContext& ctx, Repository& repository) {
    COFRE_ASSIGN(const auto files, repository.list(ctx, FileKind::kLock));
    std::vector<FoundLock> out;
    for (const auto& file : files) {
        auto json = repository.load_unpacked(ctx, FileKind::kLock, file.id, kMaxLockBytes);
        if (!json) {
            if (json.error().code() == ErrorCode::kNotFound) continue;  // Its owner is done.
            if (json.error().code() != ErrorCode::kCorruption) return std::move(json).error();
            out.push_back({file.id, std::nullopt});
            continue;
        }
        auto info = parse_lock(json->text());
        out.push_back({file.id, info ? std::optional(*std::move(info)) : std::nullopt});
    }
    return out;
}

Error locked_by(const FoundLock& lock, WallTime now) {
    if (!lock.info) {
        return Error(ErrorCode::kLocked, "the repository has a lock that cannot be read: " + lock.id.short_hex())
            .with_hint("if nobody uses the repository, remove it with `cofre unlock --remove-all`");
    }
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - lock.info->time);
    return Error(ErrorCode::kLocked, std::string("the repository is locked") +
                                         (lock.info->exclusive ? " exclusively" : "") + " by " +
                                         lock.info->owner.username + " on " + lock.info->owner.hostname + " (process " +
                                         std::to_string(lock.info->owner.pid) + "), refreshed " +
                                         format_duration(std::max(age, std::chrono::milliseconds(0))) + " ago")
        .with_hint("wait for it, or, if that process is gone, run `cofre unlock`");
}

/// kLocked if a lock of somebody else excludes one of `kind`. `own` and stale ones do not count. Those
/// whose process has certainly ended are put into `ended`.
Status look_for_conflict(const CallContext& ctx, Repository& repository, LockKind kind, std::span<const Id> own,
                         std::vector<Id>* ended = nullptr) {
    COFRE_ASSIGN(const auto locks, read_locks(ctx, repository));
    const WallTime now = repository.clock().wall_now();
    const Identity self = current_identity();
    for (const auto& lock : locks) {
        if (std::find(own.begin(), own.end(), lock.id) != own.end()) continue;
        if (ended != nullptr && lock.info && has_process_ended(lock.info->owner.pid, lock.info->process)) {
            ended->push_back(lock.id);
        }
        if (lock.info && is_stale(*lock.info, now, self)) continue;
        if (lock.info && !lock.info->exclusive && kind == LockKind::kShared) continue;
        return locked_by(lock, now);
    }
    return {};
}

Result<Id> write_lock(const CallContext& ctx, Repository& repository, LockKind kind) {
    LockInfo info;
    info.time = repository.clock().wall_now();
    info.exclusive = kind == LockKind::kExclusive;
    info.owner = current_identity();
    info.process = process_mark();
    COFRE_ASSIGN(const Id id, repository.save_unpacked(ctx, FileKind::kLock, encode_lock(info)));
    return id;
}

/// What the dead left would make restic wait for a person. Where it cannot be removed, it stays.
void remove_ended(const CallContext& ctx, Repository& repository, const std::vector<Id>& ended) {
    for (const auto& id : ended) {
        auto removed = repository.remove(ctx, FileKind::kLock, id);
        if (!removed) log_info("repo", "the lock of a process that has ended stays: " + removed.error().message());
    }
}

/// Check, write, wait, check.
Result<Id> try_lock(const CallContext& ctx, Repository& repository, LockKind kind) {
    std::vector<Id> ended;
    COFRE_TRY(look_for_conflict(ctx, repository, kind, {}, &ended));
    COFRE_ASSIGN(const Id own, write_lock(ctx, repository, kind));
    Status settled = repository.clock().sleep(ctx, kLockSettle);
    if (settled) settled = look_for_conflict(ctx, repository, kind, std::span(&own, 1));
    if (settled) {
        remove_ended(ctx, repository, ended);
        return own;
    }
    const CallContext last{{}, system_clock().now() + kReleaseTime};
    if (auto removed = repository.remove(last, FileKind::kLock, own); !removed) {
        log_warning("repo", "our lock " + own.short_hex() + " stays behind: " + removed.error().message());
    }
    return std::move(settled).error();
}

Result<Id> lock_with_retries(const CallContext& ctx, Repository& repository, const LockOptions& options) {
    const auto give_up = repository.clock().now() + options.retry_for;
    std::chrono::milliseconds wait = kRetryFirst;
    for (;;) {
        auto own = try_lock(ctx, repository, options.kind);
        if (own || own.error().code() != ErrorCode::kLocked) return own;
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(give_up - repository.clock().now());
        if (left <= std::chrono::milliseconds(0)) return own;
        COFRE_TRY(repository.clock().sleep(ctx, std::min(wait, left)));
        wait = std::min<std::chrono::milliseconds>(wait * 2, kRetryLongest);
    }
}

Status check_is_there(const CallContext& ctx, Repository& repository, const Id& own) {
    COFRE_ASSIGN(const auto files, repository.list(ctx, FileKind::kLock));
    if (std::any_of(files.begin(), files.end(), [&](const FileInfo& file) { return file.id == own; })) return {};
    return Error(ErrorCode::kLocked, "the lock on the repository is lost: somebody removed it")
        .with_hint("run the command again: what was stored is found again");
}

}  // namespace

Result<LockInfo> parse_lock(std::string_view json) {
    LockInfo lock;
    try {
        const auto in = nlohmann::json::parse(json);
        lock.time_text = in.at("time").get<std::string>();
        lock.exclusive = in.at("exclusive").get<bool>();
        lock.owner.hostname = in.value("hostname", "");
        lock.owner.username = in.value("username", "");
        lock.owner.pid = in.value("pid", std::uint64_t{0});
        lock.owner.uid = in.value("uid", std::uint32_t{0});
        lock.owner.gid = in.value("gid", std::uint32_t{0});
        lock.process = in.value("cofre_process", "");
    } catch (const nlohmann::json::exception& e) {
        return Error(ErrorCode::kCorruption, std::string("lock: ") + e.what());
    }
    const auto time = parse_rfc3339(lock.time_text);
    if (!time) return Error(ErrorCode::kCorruption, "lock: " + time.error().message());
    lock.time = *time;
    return lock;
}

std::string encode_lock(const LockInfo& lock) {
    nlohmann::ordered_json out = {{"time", format_rfc3339(lock.time)},
                                  {"exclusive", lock.exclusive},
                                  {"hostname", lock.owner.hostname},
                                  {"username", lock.owner.username},
                                  {"pid", lock.owner.pid}};
    if (lock.owner.uid != 0) out["uid"] = lock.owner.uid;
    if (lock.owner.gid != 0) out["gid"] = lock.owner.gid;
    if (!lock.process.empty()) out["cofre_process"] = lock.process;
    return out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_owner_gone(const LockInfo& lock, const Identity& self) {
    const bool is_here = lock.owner.hostname == self.hostname && !self.hostname.empty() && lock.owner.pid != 0 &&
                         lock.owner.pid <= static_cast<std::uint64_t>(std::numeric_limits<pid_t>::max());
    return is_here && ::kill(static_cast<pid_t>(lock.owner.pid), 0) != 0 && errno == ESRCH;
}

bool is_stale(const LockInfo& lock, WallTime now, const Identity& self) {
    const auto age = now - lock.time;
    if (age > kLockStale || has_process_ended(lock.owner.pid, lock.process)) return true;
    return age > kLockRefresh + kLockSlack && is_owner_gone(lock, self);
}

struct RepoLock::Impl {
    struct State {
        Id own;
        std::chrono::steady_clock::time_point refreshed;
        WallTime refreshed_wall{};  // Also counts a suspend, which the steady clock does not.
        std::optional<Error> lost;
        bool is_released = false;
    };

    Impl(Repository& repo, LockKind wanted, const Id& own)
        : repository(repo),
          kind(wanted),
          state(State{own, repo.clock().now(), repo.clock().wall_now(), std::nullopt, false}),
          refresher(std::stop_token()) {}

    std::chrono::nanoseconds age(const State& current) const {
        const auto wall = repository.clock().wall_now() - current.refreshed_wall;
        return std::max<std::chrono::nanoseconds>(wall, repository.clock().now() - current.refreshed);
    }

    Status refresh_locked(const CallContext& ctx, State& current) const;
    Status recover_locked(const CallContext& ctx, State& current) const;
    Status keep_alive(const std::stop_token& stop);

    Repository& repository;
    LockKind kind;
    HangupShield shield;   // Another program asks with SIGHUP whether we are alive.
    Guarded<State> state;  // Its I/O must happen one at a time.
    TaskGroup refresher;
};

/// The new file first, then the old one goes: there is never no lock.
Status RepoLock::Impl::refresh_locked(const CallContext& ctx, State& current) const {
    COFRE_ASSIGN(const Id fresh, write_lock(ctx, repository, kind));
    const Id old = std::exchange(current.own, fresh);
    current.refreshed = repository.clock().now();
    current.refreshed_wall = repository.clock().wall_now();
    if (old == fresh) return {};
    if (auto removed = repository.remove(ctx, FileKind::kLock, old); !removed) {
        log_warning("repo", "an old lock " + old.short_hex() + " stays behind: " + removed.error().message());
    }
    return {};
}

/// After a suspend others were free to think us dead: only if our file is still
/// there, and nobody locked meanwhile, is the lock as good as before.
Status RepoLock::Impl::recover_locked(const CallContext& ctx, State& current) const {
    const Id old = current.own;
    COFRE_TRY(check_is_there(ctx, repository, old));
    COFRE_TRY(look_for_conflict(ctx, repository, kind, std::span(&old, 1)));
    COFRE_ASSIGN(current.own, write_lock(ctx, repository, kind));
    COFRE_TRY(repository.clock().sleep({.stop = ctx.stop}, kLockSettle));
    COFRE_TRY(check_is_there(ctx, repository, old));
    COFRE_TRY(look_for_conflict(ctx, repository, kind, std::array{old, current.own}));
    current.refreshed = repository.clock().now();
    current.refreshed_wall = repository.clock().wall_now();
    return repository.remove(ctx, FileKind::kLock, old);
}

Status RepoLock::Impl::keep_alive(const std::stop_token& stop) {
    const CallContext ctx{stop, std::chrono::steady_clock::time_point::max()};
    std::chrono::milliseconds wait = kLockRefresh;
    for (;;) {
        if (!repository.clock().sleep(ctx, wait)) return {};
        const auto done = state.with([&](State& current) -> Status {
            if (current.lost || current.is_released) return {};
            if (age(current) > kLockGiveUp) {
                auto recovered = recover_locked(ctx, current);
                if (!recovered && recovered.error().code() == ErrorCode::kLocked) current.lost = recovered.error();
                return recovered;
            }
            return refresh_locked(ctx, current);
        });
        wait = done ? std::chrono::milliseconds(kLockRefresh) : std::chrono::milliseconds(kRefreshRetry);
        if (!done && !stop.stop_requested()) {
            log_warning("repo", "the lock could not be refreshed: " + done.error().message());
        }
    }
}

RepoLock::RepoLock(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

RepoLock::~RepoLock() {
    const CallContext last{{}, system_clock().now() + kReleaseTime};
    if (auto released = release(last); !released) {
        log_warning("repo", "our lock stays behind: " + released.error().message());
    }
}

Result<std::unique_ptr<RepoLock>> RepoLock::acquire(const CallContext& ctx, Repository& repository,
                                                    const LockOptions& options) {
    const HangupShield shield;  // Before others can see our lock; the object keeps one of its own.
    COFRE_ASSIGN(const Id own, lock_with_retries(ctx, repository, options));
    std::unique_ptr<RepoLock> lock(new RepoLock(std::make_unique<Impl>(repository, options.kind, own)));
    Impl* const impl = lock->impl_.get();
    if (!options.refresh) return lock;
    impl->refresher.spawn([impl](const std::stop_token& stop) { return impl->keep_alive(stop); });
    return lock;
}

Status RepoLock::check() {
    return impl_->state.with([&](Impl::State& current) -> Status {
        if (current.lost) return *current.lost;
        if (impl_->age(current) <= kLockGiveUp) return {};
        const CallContext ctx{{}, system_clock().now() + kReleaseTime};
        auto recovered = impl_->recover_locked(ctx, current);
        if (!recovered) current.lost = recovered.error();
        return recovered;
    });
}

Status RepoLock::refresh(const CallContext& ctx) {
    return impl_->state.with([&](Impl::State& current) -> Status {
        if (current.lost) return *current.lost;
        return impl_->refresh_locked(ctx, current);
    });
}

Status RepoLock::release(const CallContext& ctx) {
    return impl_->state.with([&](Impl::State& current) -> Status {
        if (current.is_released) return {};
        // A stopped caller still wants its lock gone; the time is bounded either way.
        const CallContext last{{}, std::min(ctx.deadline, system_clock().now() + kReleaseTime)};
        COFRE_TRY(impl_->repository.remove(last, FileKind::kLock, current.own));
        current.is_released = true;
        return {};
    });
}

Result<std::size_t> remove_locks(const CallContext& ctx, Repository& repository, LocksToRemove which) {
    COFRE_ASSIGN(const auto locks, read_locks(ctx, repository));
    const Identity self = current_identity();
    std::size_t removed = 0;
    for (const auto& lock : locks) {
        const bool stale =
            lock.info && (is_stale(*lock.info, repository.clock().wall_now(), self) || is_owner_gone(*lock.info, self));
        if (which == LocksToRemove::kStale && !stale) continue;
        COFRE_TRY(repository.remove(ctx, FileKind::kLock, lock.id));
        ++removed;
    }
    return removed;
}

}  // namespace cofre::repo
