#include "catalog/notification_queue.h"

#include <algorithm>
#include <array>
#include <utility>

#include "catalog/run.h"
#include "catalog/run_rows.h"
#include "catalog/sql_filter.h"

namespace cofre::catalog {
namespace {

constexpr const char* kNoteColumnList =
    "id, channel, event, job, payload, dedup_key, state, created_ns, next_attempt_ns, attempts, last_error, sent_ns";
constexpr std::size_t kNoteColumns = 12;

// Stored in the database: never change a name.
constexpr std::array kNoteStateNames = {
    std::pair{NotificationState::kQueued, std::string_view("queued")},
    std::pair{NotificationState::kSent, std::string_view("sent")},
    std::pair{NotificationState::kFailed, std::string_view("failed")},
    std::pair{NotificationState::kDropped, std::string_view("dropped")},
};

NotificationState note_state_of(std::string_view text) {
    for (const auto& [state, name] : kNoteStateNames) {
        if (name == text) return state;
    }
    return NotificationState::kFailed;
}

Notification note_of_row(const db::SqlRows& rows, std::size_t row) {
    Notification note;
    std::size_t column = 0;
    note.id = rows.text(row, column++);
    note.channel = rows.text(row, column++);
    note.event = rows.text(row, column++);
    note.job = rows.text(row, column++);
    note.payload = rows.text(row, column++);
    note.dedup_key = rows.text(row, column++);
    note.state = note_state_of(rows.text(row, column++));
    note.created_at = rows.time(row, column++);
    note.next_attempt_at = rows.time(row, column++);
    note.attempts = rows.count(row, column++);
    note.last_error = rows.text(row, column++);
    note.sent_at = rows.optional_time(row, column);
    return note;
}

/// `changes` may use $3 and what follows.
Status change_leased(db::SqlDatabase& database, const CallContext& ctx, const std::string& id, const std::string& owner,
                     const std::string& changes, db::SqlValues values) {
    values.insert(values.begin(), {db::SqlValue(id), db::SqlValue(owner)});
    return database.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto changed,
                     db.execute("UPDATE notifications SET lease_owner = NULL, lease_ns = NULL, " + changes +
                                    " WHERE id = $1 AND lease_owner = $2 AND state = 'queued'",
                                values));
        if (changed == 1) return {};
        return Error(ErrorCode::kConflict, "notification " + id + " is not ours to change any more");
    });
}

}  // namespace

std::string_view to_string(NotificationState state) {
    return kNoteStateNames.at(static_cast<std::size_t>(state)).second;
}

Result<bool> NotificationQueue::enqueue(const CallContext& ctx, const Notification& note) {
    const std::string id = new_id(note.created_at);
    bool is_new = false;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto inserted,
                     db.execute("INSERT INTO notifications (id, channel, event, job, payload, dedup_key, state, "
                                "created_ns, next_attempt_ns) VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $8) "
                                "ON CONFLICT DO NOTHING",
                                {id, note.channel, note.event, db::sql_text_or_null(note.job), note.payload,
                                 db::sql_text_or_null(note.dedup_key), db::sql_time(note.created_at),
                                 db::sql_time(std::max(note.created_at, note.next_attempt_at))}));
        is_new = is_new || inserted > 0;
        return {};
    }));
    return is_new;
}

Result<std::vector<Notification>> NotificationQueue::claim(const CallContext& ctx, const std::string& owner,
                                                           WallTime now, std::chrono::milliseconds lease,
                                                           std::size_t limit) {
    std::vector<Notification> claimed;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        claimed.clear();
        const bool is_postgres = db.engine() == db::SqlEngine::kPostgres;
        COFRE_ASSIGN(const auto rows,
                     db.query("SELECT " + std::string(kNoteColumnList) +
                                  " FROM notifications WHERE state = 'queued' AND next_attempt_ns <= $1 "
                                  "AND (lease_ns IS NULL OR lease_ns <= $1) ORDER BY next_attempt_ns, id LIMIT " +
                                  std::to_string(limit) + (is_postgres ? " FOR UPDATE SKIP LOCKED" : ""),
                              kNoteColumns, {db::sql_time(now)}));
        for (std::size_t row = 0; row < rows.size(); ++row) {
            auto note = note_of_row(rows, row);
            COFRE_TRY(
                db.execute("UPDATE notifications SET lease_owner = $1, lease_ns = $2, attempts = attempts + 1 "
                           "WHERE id = $3",
                           {owner, db::sql_time(now + lease), note.id}));
            ++note.attempts;
            claimed.push_back(std::move(note));
        }
        return {};
    }));
    return claimed;
}

Status NotificationQueue::mark_sent(const CallContext& ctx, const std::string& id, const std::string& owner,
                                    WallTime now) {
    return change_leased(database_, ctx, id, owner, "state = 'sent', sent_ns = $3", {db::sql_time(now)});
}

Status NotificationQueue::retry_later(const CallContext& ctx, const std::string& id, const std::string& owner,
                                      const std::string& error, WallTime next_attempt_at) {
    return change_leased(database_, ctx, id, owner, "last_error = $3, next_attempt_ns = $4",
                         {cut_text(error, RunEnd::kMaxError), db::sql_time(next_attempt_at)});
}

Status NotificationQueue::give_up(const CallContext& ctx, const std::string& id, const std::string& owner,
                                  const std::string& error, NotificationState state) {
    return change_leased(database_, ctx, id, owner, "last_error = $3, state = $4",
                         {cut_text(error, RunEnd::kMaxError), std::string(to_string(state))});
}

Result<std::optional<WallTime>> NotificationQueue::next_due(const CallContext& ctx) {
    std::optional<WallTime> due;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto rows,
                     db.query("SELECT MIN(CASE WHEN lease_ns > next_attempt_ns THEN lease_ns ELSE next_attempt_ns END) "
                              "FROM notifications WHERE state = 'queued'",
                              1));
        due = rows.optional_time(0, 0);
        return {};
    }));
    return due;
}

Result<std::vector<Notification>> NotificationQueue::list(const CallContext& ctx,
                                                          std::optional<NotificationState> state, std::size_t limit) {
    SqlFilter where;
    if (state) where.add("state = ?", {std::string(to_string(*state))});
    const std::string sql = "SELECT " + std::string(kNoteColumnList) + " FROM notifications" + where.sql() +
                            " ORDER BY created_ns DESC, id DESC LIMIT " + std::to_string(limit);
    std::vector<Notification> notes;
    COFRE_TRY(database_.transact(ctx, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        notes.clear();
        COFRE_ASSIGN(const auto rows, db.query(sql, kNoteColumns, where.values()));
        for (std::size_t row = 0; row < rows.size(); ++row)
            notes.push_back(note_of_row(rows, row));
        return {};
    }));
    return notes;
}

}  // namespace cofre::catalog
