#include "db/postgres_error.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"

namespace cofre::db {
namespace {

struct StateRow {
    std::string_view prefix;  ///< Of the SQLSTATE; the first that fits counts.
    ErrorCode code;
    std::string_view hint;
};

// The five characters of a state, or the two of its class.
constexpr std::array kStates = {
    StateRow{"28", ErrorCode::kUnauthenticated,
             "check the user and the password of the address (or ~/.pgpass), and what the server's pg_hba.conf allows"},
    StateRow{"42501", ErrorCode::kPermissionDenied,
             "grant the right; a user for backups is described in docs/databases.md"},
    StateRow{"3D000", ErrorCode::kNotFound, "check the name of the database, or create it"},
    StateRow{"3F000", ErrorCode::kNotFound, ""},
    StateRow{"42P01", ErrorCode::kNotFound, ""},
    StateRow{"42704", ErrorCode::kNotFound, ""},
    StateRow{"42P04", ErrorCode::kConflict, ""},
    StateRow{"42P06", ErrorCode::kConflict, ""},
    StateRow{"42P07", ErrorCode::kConflict, ""},
    StateRow{"42710", ErrorCode::kConflict, ""},
    StateRow{"55006", ErrorCode::kConflict, "somebody is connected to it: end these sessions, then try again"},
    StateRow{"55P03", ErrorCode::kUnavailable, ""},
    StateRow{"40", ErrorCode::kUnavailable, ""},
    StateRow{"53300", ErrorCode::kUnavailable, "the server has no free connection: raise max_connections or try later"},
    StateRow{"53", ErrorCode::kResourceExhausted, ""},
    StateRow{"54", ErrorCode::kResourceExhausted, ""},
    StateRow{"57014", ErrorCode::kDeadlineExceeded, "the server ended the statement: see its statement_timeout"},
    StateRow{"57P", ErrorCode::kUnavailable, ""},
    StateRow{"08", ErrorCode::kUnavailable, ""},
    StateRow{"0A", ErrorCode::kUnsupported, ""},
    StateRow{"25006", ErrorCode::kPermissionDenied, "the session is read only"},
    StateRow{"XX001", ErrorCode::kCorruption, "the server's own data are damaged: keep older backups"},
    StateRow{"XX002", ErrorCode::kCorruption, "an index of the server is damaged: REINDEX it"},
};

const StateRow* row_of(std::string_view sqlstate) {
    const auto* const row = std::find_if(kStates.begin(), kStates.end(),
                                         [&](const StateRow& state) { return sqlstate.starts_with(state.prefix); });
    return row == kStates.end() ? nullptr : row;
}

bool is_sqlstate(std::string_view text) {
    return text.size() == 5 && std::all_of(text.begin(), text.end(),
                                           [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

/// The last "SEVERITY:  28P01: message": several addresses may have been tried.
std::string_view state_within(std::string_view text) {
    for (auto at = text.rfind(": "); at != std::string_view::npos && at >= 5; at = text.rfind(": ", at - 1)) {
        const auto state = text.substr(at - 5, 5);
        if (is_sqlstate(state) && (at == 5 || text[at - 6] == ' ')) return state;
    }
    return {};
}

/// One line, without the place in the server's source.
std::string one_line(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto part = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        const bool is_place = part.find(".c:") != std::string_view::npos && part.find(", ") != std::string_view::npos;
        if (part.empty() || is_place) continue;
        if (!line.empty()) line += "; ";
        line += part;
    }
    return escape_controls(line);
}

}  // namespace

ErrorCode code_of_sqlstate(std::string_view sqlstate) {
    if (sqlstate.empty()) return ErrorCode::kUnavailable;
    const auto* const row = row_of(sqlstate);
    return row != nullptr ? row->code : ErrorCode::kInvalidArgument;
}

Error postgres_error(std::string_view sqlstate, std::string_view message) {
    std::string text = one_line(message);
    if (!sqlstate.empty()) text += " (SQLSTATE " + std::string(sqlstate) + ")";
    Error error(code_of_sqlstate(sqlstate), std::move(text));
    const auto* const row = row_of(sqlstate);
    if (row == nullptr || row->hint.empty()) return error;
    return std::move(error).with_hint(row->hint);
}

Error connection_error(std::string_view text, bool lacks_password) {
    if (lacks_password) {
        return Error(ErrorCode::kUnauthenticated, one_line(text))
            .with_hint("the server wants a password: give it with the address or in ~/.pgpass (mode 0600)");
    }
    const auto state = state_within(text);
    if (!state.empty()) return postgres_error(state, text);
    return Error(ErrorCode::kUnavailable, one_line(text))
        .with_hint("check host and port, and that the server runs and may be reached from here");
}

}  // namespace cofre::db
