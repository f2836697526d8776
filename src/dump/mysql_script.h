#pragma once

/// @file
/// What mariadb-dump and mysqldump write, cut into statements where their client
/// would cut it. Private to dump. Bounded: a statement of any length passes in pieces.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cofre::dump {

/// A statement is one kHead, any number of kBody, one kEnd. Comments between
/// statements and DELIMITER lines are no statements and not shown.
struct ScriptPiece {
    enum class Kind : std::uint8_t {
        kHead,  ///< The first kHeadBytes of the statement, or all of it.
        kBody,  ///< The next bytes.
        kEnd,   ///< Its delimiter.
    };
    Kind kind = Kind::kHead;
    std::string_view bytes;      ///< Valid during the call.
    bool has_backslash = false;  ///< One stands outside of strings and comments: never SQL, maybe a client's command.
};

/// Knows strings, quoted names, comments, executable comments, DELIMITER and the
/// SQL mode NO_BACKSLASH_ESCAPES that a dump sets before a routine. Memory: a
/// head, and what it is fed.
class ScriptLexer {
public:
    static constexpr std::size_t kHeadBytes = 16UL * 1024;
    using Visit = std::function<Status(const ScriptPiece&)>;

    /// Errors are `visit`'s, or kPermissionDenied: a delimiter other than ";" and ";;".
    Status feed(std::string_view bytes, const Visit& visit);

    /// kCorruption: the script ends inside a statement.
    Status finish(const Visit& visit);

    std::uint64_t line() const { return line_; }
    const std::string& delimiter() const { return delimiter_; }

private:
    enum class State : std::uint8_t { kBetween, kStatement, kQuoted, kLineComment, kBlockComment, kDelimiterLine };

    Status scan(std::string_view text, std::size_t limit, const Visit& visit, std::size_t& at);
    Status step_between(std::string_view text, std::size_t& at);
    Status step_statement(std::string_view text, std::size_t limit, std::size_t& at, std::size_t& kept,
                          const Visit& visit);
    void step_quoted(std::string_view text, std::size_t limit, std::size_t& at);
    Status step_line(std::string_view text, std::size_t limit, std::size_t& at);
    bool begins_comment(std::string_view text, std::size_t at);
    Status take(std::string_view bytes, const Visit& visit);
    Status end_statement(const Visit& visit);

    State state_ = State::kBetween;
    bool in_statement_ = false;  ///< What a comment goes back to.
    char quote_ = 0;
    bool no_backslash_escapes_ = false;
    bool has_backslash_ = false;
    bool head_is_out_ = false;
    std::string head_;
    std::string delimiter_ = ";";
    std::string delimiter_line_;
    std::string rest_;  ///< Not looked at yet: a token may be cut in two.
    std::uint64_t line_ = 1;
};

/// What a statement is, by its head.
struct StatementHead {
    enum class Kind : std::uint8_t {
        kOther,     ///< Of a verb that dumps use.
        kInsert,    ///< INSERT or REPLACE INTO `name`.
        kTable,     ///< CREATE, DROP, ALTER or LOCK of the table or sequence `name`.
        kRoutine,   ///< CREATE, DROP or ALTER of a view, trigger, routine, event.
        kUse,       ///< USE `name`
        kDatabase,  ///< CREATE or ALTER DATABASE `name`
        kUnknown,   ///< No dump holds such a statement.
    };
    Kind kind = Kind::kUnknown;
    std::string verb;            ///< In upper case.
    std::string name;            ///< Without quotes.
    std::size_t name_begin = 0;  ///< Where it stands in the head, quotes included.
    std::size_t name_end = 0;
    bool is_qualified = false;  ///< `name` is a database before a dot.
    bool is_create = false;
    /// kInsert: where the first row's parenthesis stands; 0: not within the head.
    std::size_t rows_begin = 0;
};

StatementHead read_statement_head(std::string_view head);

}  // namespace cofre::dump
