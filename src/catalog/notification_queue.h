#pragma once

/// @file
/// What people are still to be told. At least once: a sender that dies after
/// sending and before saying so sends again.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "base/time_format.h"
#include "db/sql_database.h"

namespace cofre::catalog {

enum class NotificationState : std::uint8_t {
    kQueued,
    kSent,
    kFailed,   ///< Given up after too many attempts.
    kDropped,  ///< Not to be sent any more: the channel is gone, or the news is old.
};

std::string_view to_string(NotificationState state);

struct Notification {
    std::string id;       ///< Given by enqueue().
    std::string channel;  ///< Name of a configured channel.
    std::string event;    ///< "run_failed", "backup_overdue", ...
    std::string job;      ///< Empty: of none.
    std::string payload;  ///< JSON; without secrets.
    /// Empty: never the same as another. Else enqueue() takes only one for each
    /// channel and key, as long as it is remembered.
    std::string dedup_key;
    NotificationState state = NotificationState::kQueued;
    WallTime created_at{};
    WallTime next_attempt_at{};
    std::uint64_t attempts = 0;
    std::string last_error;
    std::optional<WallTime> sent_at;
};

/// Thread-safe. `database` must outlive it.
class NotificationQueue {
public:
    explicit NotificationQueue(db::SqlDatabase& database) : database_(database) {}

    /// False: one with this key is known. `next_attempt_at` may lie ahead; it is
    /// not before `created_at`.
    Result<bool> enqueue(const CallContext& ctx, const Notification& notification);

    /// Up to `limit` that are to be sent now, oldest first, and are nobody else's
    /// until `now` + `lease`. Each counts as an attempt.
    Result<std::vector<Notification>> claim(const CallContext& ctx, const std::string& owner, WallTime now,
                                            std::chrono::milliseconds lease, std::size_t limit);

    /// kConflict, of these three: the lease is another's, or it is not queued.
    Status mark_sent(const CallContext& ctx, const std::string& id, const std::string& owner, WallTime now);
    /// Tries again at `next_attempt_at`.
    Status retry_later(const CallContext& ctx, const std::string& id, const std::string& owner,
                       const std::string& error, WallTime next_attempt_at);
    Status give_up(const CallContext& ctx, const std::string& id, const std::string& owner, const std::string& error,
                   NotificationState state = NotificationState::kFailed);

    /// When the next one is to be sent; leased ones count from the end of their
    /// lease. nullopt: none is queued.
    Result<std::optional<WallTime>> next_due(const CallContext& ctx);

    /// Newest first; `state` absent: all.
    Result<std::vector<Notification>> list(const CallContext& ctx, std::optional<NotificationState> state,
                                           std::size_t limit);

private:
    db::SqlDatabase& database_;
};

}  // namespace cofre::catalog
