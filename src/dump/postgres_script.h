#pragma once

/// @file
/// A plain dump of PostgreSQL on its way into psql, which would run programs for
/// it (`\!`, `\copy`, `\o`): nothing but SQL and COPY data passes. Private to dump.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cofre::dump {

/// Lexes as psql does (psqlscan.l of PostgreSQL 13 to 18): strings, identifiers,
/// dollar quotes, comments, BEGIN ATOMIC bodies, COPY data up to `\.`. Where these
/// versions differ, or a reading depends on settings that a script may change
/// unseen, it refuses. It is the second lock: the first is psql's own
/// `\restrict`, without which restore does not feed it. Memory: a line of 256 bytes.
class PostgresScript {
public:
    struct Options {
        /// Leave out the lines `\restrict KEY` and `\unrestrict KEY` that pg_dump
        /// writes; without it they are refused like any other backslash.
        bool drops_restrict = true;
        /// Leave out `SET transaction_timeout = 0;`, unknown before version 17.
        bool drops_transaction_timeout = false;
    };

    explicit PostgresScript(const Options& options) : options_(options) {}

    /// Checks the next bytes and appends to `out` what may pass. kPermissionDenied:
    /// a meta-command, or what might hide one; names the line. No call after an error.
    Status feed(std::string_view bytes, std::string& out);

    /// Call at the end; `out` gets the rest. kCorruption: inside a statement, a
    /// string or COPY data.
    Status finish(std::string& out);

    /// True at the beginning of a line that is no part of a statement, of text or of rows.
    bool is_between_statements() const { return state_ == State::kLineStart && held_.empty(); }

    /// Statements that have ended so far.
    std::uint64_t statements() const { return statements_; }

private:
    enum class State : std::uint8_t {
        kLineStart,  ///< Between statements, at the beginning of a line: `held_` fills.
        kCode,
        kDash,   ///< One '-' was seen.
        kSlash,  ///< One '/' was seen.
        kWord,
        kNumber,
        kParameter,  ///< $1
        kDollarTag,
        kDollarQuote,
        kQuote,
        kEscapeQuote,  ///< E'...'
        kEscaped,      ///< After a backslash in it.
        kEscapeEnd,    ///< After a quote in it: doubled, or the end.
        kIdentifier,
        kLineComment,
        kBlockComment,
        kCopyTail,  ///< Between the ';' of COPY and its data.
        kCopyData,
    };

    Result<std::size_t> step(std::string_view rest, std::string& out);
    std::size_t hold(std::string_view rest, std::string& out, Status& status);
    bool is_dropped_line() const;
    Status release_held(std::string& out);
    std::size_t after_comment_sign(char c);
    Result<std::size_t> in_token(char c);
    std::size_t in_text(std::string_view rest);
    Status copy_tail(char c);
    Status code(char c);
    void begin_token(char c);
    void end_word(char next);
    Status end_number(char next);
    void count_word();
    void end_statement();
    Status dollar_tag(char c);
    std::size_t in_dollar_quote(std::string_view rest);
    std::size_t in_block_comment(std::string_view rest);
    std::size_t in_copy_data(std::string_view rest);
    Result<std::size_t> one_byte(std::string_view rest);
    Error refuse(std::string_view what) const;

    Options options_;
    State state_ = State::kLineStart;
    std::uint64_t line_ = 1;
    std::uint64_t statements_ = 0;
    std::string held_;

    // Of the statement.
    bool has_tokens_ = false;
    int parens_ = 0;
    int atomic_depth_ = 0;     ///< BEGIN and CASE that are open in the body of a CREATE FUNCTION.
    int words_ = 0;            ///< Identifiers so far, up to 4.
    std::string initials_;     ///< Of these: c(reate) o(r) r(eplace) f(unction) p(rocedure), '-' for others.
    bool is_copy_ = false;     ///< It begins with COPY.
    bool after_from_ = false;  ///< The last token was FROM, outside parentheses.
    bool is_copy_in_ = false;

    // Of the token.
    std::string word_;  ///< In lower case, at most 16 bytes.
    std::size_t word_size_ = 0;
    bool word_has_letters_ = false;  ///< Of a number.
    std::string tag_;                ///< "$tag$"
    std::string tail_;               ///< The last bytes inside a dollar quote.
    int comment_depth_ = 0;
    char comment_previous_ = 0;
    bool escapes_by_default_ = false;  ///< standard_conforming_strings is off.
    bool after_escape_string_ = false;
    bool newline_since_ = false;
    bool word_is_first_ = false;
    bool after_u_ = false;     ///< A U whose & comes next.
    bool plain_next_ = false;  ///< After U&, B, X: a quote that follows knows no escapes.
    std::string copy_line_;    ///< First bytes of the line of data.
};

}  // namespace cofre::dump
