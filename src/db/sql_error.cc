#include "db/sql_error.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/utf8.h"
#include "db/postgres_error.h"

namespace cofre::db {
namespace {

struct SqliteRow {
    int result;
    ErrorCode code;
    std::string_view hint;
};

constexpr int kPrimaryMask = 0xff;  // An extended code has its primary one in the lowest byte.

constexpr std::array kSqliteRows = {
    SqliteRow{3, ErrorCode::kPermissionDenied, "check who owns the file and its folder"},
    SqliteRow{5, ErrorCode::kUnavailable, "another program holds the database: end it, or try again"},
    SqliteRow{6, ErrorCode::kUnavailable, ""},
    SqliteRow{8, ErrorCode::kPermissionDenied,
              "the file, its folder or its file system is read only: make it writable for this user"},
    SqliteRow{10, ErrorCode::kInternal, "the disk does not read or write: see the kernel's log"},
    SqliteRow{11, ErrorCode::kCorruption,
              "move the file away; `cofre catalog rebuild` makes a new one from the targets"},
    SqliteRow{13, ErrorCode::kResourceExhausted, "free space on the disk of the database"},
    SqliteRow{14, ErrorCode::kPermissionDenied, "check that the folder exists and that this user may write to it"},
    SqliteRow{17, ErrorCode::kUnavailable, ""},
    SqliteRow{19, ErrorCode::kConflict, ""},
    SqliteRow{26, ErrorCode::kCorruption, "the file is not an SQLite database: check its path"},
};

/// SOCI puts the name of one of its functions in front, and for PostgreSQL what it tried.
std::string_view without_prefix(std::string_view message) {
    for (const std::string_view prefix : {"sqlite3_", "Cannot execute query. ", "Cannot prepare statement. "}) {
        if (!message.starts_with(prefix)) continue;
        if (prefix != "sqlite3_") return message.substr(prefix.size());
        const auto colon = message.find(": ");
        if (colon != std::string_view::npos) return message.substr(colon + 2);
    }
    return message;
}

}  // namespace

Error sqlite_error(int result, std::string_view message) {
    const auto* const row = std::find_if(kSqliteRows.begin(), kSqliteRows.end(),
                                         [&](const SqliteRow& one) { return one.result == (result & kPrimaryMask); });
    std::string text = escape_controls(without_prefix(message)) + " (SQLite code " + std::to_string(result) + ")";
    if (row == kSqliteRows.end()) return Error(ErrorCode::kInvalidArgument, std::move(text));
    Error error(row->code, std::move(text));
    return row->hint.empty() ? error : std::move(error).with_hint(row->hint);
}

Error sql_postgres_error(std::string_view sqlstate, std::string_view message) {
    Error error = postgres_error(sqlstate, without_prefix(message));
    constexpr std::string_view kConstraintClass = "23";
    if (!sqlstate.starts_with(kConstraintClass)) return error;
    return Error(ErrorCode::kConflict, error.message());
}

}  // namespace cofre::db
