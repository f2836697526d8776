#include "dump/postgres_script.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cofre::dump {
namespace {

constexpr std::size_t kMaxHeld = 256;
constexpr std::size_t kMaxTag = 1024;
constexpr std::size_t kMaxWord = 16;
constexpr std::string_view kTransactionTimeout = "SET transaction_timeout = 0;";
constexpr std::string_view kEscapesOn = "SET standard_conforming_strings = off;";
constexpr std::string_view kEscapesOff = "SET standard_conforming_strings = on;";

// psqlscan.l: ident_start, and what follows it.
bool starts_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_script_digit(char c) {
    return c >= '0' && c <= '9';
}
bool continues_word(char c) {
    return starts_word(c) || is_script_digit(c) || c == '$';
}
bool is_script_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
char small_letter(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view without_line_end(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    return line;
}

bool is_restrict_line(std::string_view line) {
    if (line.starts_with("\\restrict ")) {
        line.remove_prefix(10);
    } else if (line.starts_with("\\unrestrict ")) {
        line.remove_prefix(12);
    } else {
        return false;
    }
    return !line.empty() && std::all_of(line.begin(), line.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_script_digit(c);
    });
}

/// What psql remembers of the first four identifiers of a statement.
char initial_of(std::string_view word) {
    constexpr std::array<std::string_view, 5> kWords = {"create", "function", "procedure", "or", "replace"};
    return std::find(kWords.begin(), kWords.end(), word) == kWords.end() ? '-' : word.front();
}

bool may_have_atomic_body(std::string_view initials) {
    const auto is_routine = [](std::string_view rest) { return rest.starts_with('f') || rest.starts_with('p'); };
    if (!initials.starts_with('c')) return false;
    return is_routine(initials.substr(1)) || (initials.starts_with("cor") && is_routine(initials.substr(3)));
}

}  // namespace

Error PostgresScript::refuse(std::string_view what) const {
    return Error(ErrorCode::kPermissionDenied, "line " + std::to_string(line_) + " of the script: " + std::string(what))
        .with_hint("such a line can run programs on this machine; if you trust the dump, restore its file with psql");
}

Status PostgresScript::feed(std::string_view bytes, std::string& out) {
    while (!bytes.empty()) {
        COFRE_ASSIGN(const std::size_t used, step(bytes, out));
        const auto piece = bytes.substr(0, used);
        line_ += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
        bytes.remove_prefix(used);
    }
    return {};
}

Result<std::size_t> PostgresScript::step(std::string_view rest, std::string& out) {
    std::size_t used = 0;
    switch (state_) {
        case State::kLineStart: {
            Status status;
            used = hold(rest, out, status);
            if (!status) return std::move(status).error();
            return used;
        }
        case State::kCopyData: used = in_copy_data(rest); break;
        case State::kDollarQuote: used = in_dollar_quote(rest); break;
        case State::kBlockComment: used = in_block_comment(rest); break;
        default: {
            COFRE_ASSIGN(used, one_byte(rest));
            break;
        }
    }
    const auto piece = rest.substr(0, used);
    // psql reads lines as C strings: what follows a zero byte it does not see as we do.
    if (piece.find('\0') != std::string_view::npos) return refuse("a zero byte");
    out += piece;
    return used;
}

/// Collects a line that might have to be left out; all others pass at once.
std::size_t PostgresScript::hold(std::string_view rest, std::string& out, Status& status) {
    const char first = held_.empty() ? rest.front() : held_.front();
    const bool is_candidate = first == 'S' || (first == '\\' && options_.drops_restrict);
    if (!is_candidate) {
        state_ = State::kCode;
        return 0;
    }
    const auto end = rest.find('\n');
    std::size_t count = end == std::string_view::npos ? rest.size() : end + 1;
    count = std::min(count, kMaxHeld - held_.size());
    held_ += rest.substr(0, count);
    const bool is_whole = held_.ends_with('\n');
    if (!is_whole && held_.size() < kMaxHeld) return count;
    status = release_held(out);
    return count;
}

bool PostgresScript::is_dropped_line() const {
    const auto line = without_line_end(held_);
    return (options_.drops_restrict && is_restrict_line(line)) ||
           (options_.drops_transaction_timeout && line == kTransactionTimeout);
}

Status PostgresScript::release_held(std::string& out) {
    const std::string line = std::exchange(held_, {});
    if (line.ends_with('\n') || line.size() < kMaxHeld) {
        held_ = line;
        const bool is_dropped = is_dropped_line();
        held_.clear();
        if (is_dropped) {
            out += '\n';
            return {};  // Still at the beginning of a line.
        }
        const auto text = without_line_end(line);
        if (text == kEscapesOn) escapes_by_default_ = true;
        if (text == kEscapesOff) escapes_by_default_ = false;
    }
    state_ = State::kCode;
    std::string_view bytes = line;
    // Not through feed(): these bytes have been counted.
    while (!bytes.empty()) {
        if (state_ == State::kLineStart) break;  // Only after the last byte, a newline.
        COFRE_ASSIGN(const std::size_t used, step(bytes, out));
        bytes.remove_prefix(used);
    }
    return {};
}

/// States that look at one byte. 0 used: the byte is looked at again in another state.
Result<std::size_t> PostgresScript::one_byte(std::string_view rest) {
    const char c = rest.front();
    switch (state_) {
        case State::kDash:
        case State::kSlash: return after_comment_sign(c);
        case State::kWord:
        case State::kNumber:
        case State::kParameter:
        case State::kDollarTag: return in_token(c);
        case State::kCopyTail: COFRE_TRY(copy_tail(c)); return std::size_t{1};
        case State::kCode: COFRE_TRY(code(c)); return std::size_t{1};
        default: return in_text(rest);
    }
}

std::size_t PostgresScript::after_comment_sign(char c) {
    const bool is_line = state_ == State::kDash;
    if (c != (is_line ? '-' : '*')) {
        state_ = State::kCode;
        return 0;
    }
    state_ = is_line ? State::kLineComment : State::kBlockComment;
    comment_depth_ = 1;
    comment_previous_ = 0;
    return 1;
}

Result<std::size_t> PostgresScript::in_token(char c) {
    if (state_ == State::kWord) {
        if (!continues_word(c)) {
            end_word(c);
            return std::size_t{0};
        }
        if (word_.size() < kMaxWord) word_ += small_letter(c);
        ++word_size_;
        return std::size_t{1};
    }
    if (state_ == State::kNumber) {
        if (!is_script_digit(c) && !starts_word(c)) {
            COFRE_TRY(end_number(c));
            return std::size_t{0};
        }
        word_has_letters_ = word_has_letters_ || !is_script_digit(c);
        return std::size_t{1};
    }
    if (state_ == State::kParameter) {
        if (is_script_digit(c)) return std::size_t{1};
        // Version 15 reads $1a as one token, 14 as two.
        if (continues_word(c)) return refuse("a parameter that runs into a word");
        state_ = State::kCode;
        return std::size_t{0};
    }
    COFRE_TRY(dollar_tag(c));
    const bool is_taken = state_ == State::kDollarTag || state_ == State::kDollarQuote;
    return std::size_t{is_taken ? 1U : 0U};
}

/// In quotes, or in a comment up to the end of the line.
std::size_t PostgresScript::in_text(std::string_view rest) {
    if (state_ == State::kEscaped) {
        state_ = State::kEscapeQuote;
        return 1;
    }
    if (state_ == State::kEscapeEnd) {
        const bool is_doubled = rest.front() == '\'';
        state_ = is_doubled ? State::kEscapeQuote : State::kCode;
        after_escape_string_ = !is_doubled;
        newline_since_ = false;
        return is_doubled ? 1 : 0;
    }
    std::string_view ends = "'";
    if (state_ == State::kEscapeQuote) ends = "'\\";
    if (state_ == State::kIdentifier) ends = "\"";
    if (state_ == State::kLineComment) ends = "\r\n";
    const auto end = rest.find_first_of(ends);
    if (end == std::string_view::npos) return rest.size();
    const bool is_comment = state_ == State::kLineComment;
    if (state_ == State::kEscapeQuote) {
        state_ = rest[end] == '\\' ? State::kEscaped : State::kEscapeEnd;
    } else {
        state_ = State::kCode;
    }
    return is_comment ? end : end + 1;
}

Status PostgresScript::copy_tail(char c) {
    if (c == '\n') {
        state_ = State::kCopyData;
        copy_line_.clear();
        return {};
    }
    if (c == ' ' || c == '\t' || c == '\r') return {};
    return refuse("more on the line of COPY FROM stdin");
}

Status PostgresScript::code(char c) {
    if (is_script_space(c)) {
        if (c == '\n' || c == '\r') newline_since_ = true;
        if (c == '\n' && !has_tokens_) state_ = State::kLineStart;
        return {};
    }
    if (c == '\\') return refuse("a backslash outside of strings: a command to psql");
    if (c == '-') state_ = State::kDash;
    if (c == '/') state_ = State::kSlash;
    if (c == '-' || c == '/') return {};  // Perhaps a comment, which is no token.
    // Versions differ in whether such a string goes on with its escapes.
    if (c == '\'' && after_escape_string_ && newline_since_)
        return refuse("an escape string that goes on in another line");
    after_escape_string_ = false;
    begin_token(c);
    return {};
}

void PostgresScript::begin_token(char c) {
    const bool is_plain = std::exchange(plain_next_, false);
    plain_next_ = std::exchange(after_u_, false) && c == '&';
    const bool was_from = std::exchange(after_from_, false);
    if (c == ';' && parens_ == 0 && atomic_depth_ == 0) {
        end_statement();
        return;
    }
    word_is_first_ = !std::exchange(has_tokens_, true);
    if (c == '\'') state_ = escapes_by_default_ && !is_plain ? State::kEscapeQuote : State::kQuote;
    if (c == '(') ++parens_;
    if (c == ')' && parens_ > 0) --parens_;
    if (c == '"') state_ = State::kIdentifier;
    if (c == '$') {
        state_ = State::kDollarTag;
        tag_ = "$";
    }
    if (starts_word(c)) {
        after_from_ = was_from;  // Until the word is known.
        state_ = State::kWord;
        word_ = small_letter(c);
        word_size_ = 1;
    }
    if (is_script_digit(c)) {
        state_ = State::kNumber;
        word_has_letters_ = false;
    }
}

/// `next` is the first byte that does not belong to it.
void PostgresScript::end_word(char next) {
    state_ = State::kCode;
    const bool is_single = word_size_ == 1;
    if (next == '\'' && is_single && word_ == "e") {
        // The quote itself comes again, as the doubling of one that never was.
        state_ = State::kEscapeEnd;
        after_from_ = false;
        return;
    }
    count_word();
    after_u_ = next == '&' && is_single && word_ == "u";
    plain_next_ = next == '\'' && is_single && (word_ == "b" || word_ == "x");
}

void PostgresScript::count_word() {
    const bool was_from = std::exchange(after_from_, false);
    if (word_is_first_ && word_ == "copy" && word_size_ == 4) is_copy_ = true;
    if (words_ < 4) {
        initials_ += initial_of(word_size_ == word_.size() ? word_ : "-");
        ++words_;
    }
    if (word_size_ > word_.size()) return;
    if (parens_ == 0 && may_have_atomic_body(initials_)) {
        if (word_ == "begin") ++atomic_depth_;
        if (word_ == "case" && atomic_depth_ > 0) ++atomic_depth_;
        if (word_ == "end" && atomic_depth_ > 0) --atomic_depth_;
    }
    if (!is_copy_ || parens_ != 0) return;
    // The server takes either word for "the client".
    if (was_from && (word_ == "stdin" || word_ == "stdout")) is_copy_in_ = true;
    after_from_ = word_ == "from";
}

Status PostgresScript::end_number(char next) {
    // Version 15 reads 1a as one token, 14 as two: then 1e'...' is an escape string.
    if (word_has_letters_ && (next == '$' || next == '\'')) return refuse("a number that runs into a word");
    state_ = State::kCode;
    return {};
}

void PostgresScript::end_statement() {
    ++statements_;
    state_ = is_copy_in_ ? State::kCopyTail : State::kCode;
    has_tokens_ = false;
    words_ = 0;
    initials_.clear();
    is_copy_ = is_copy_in_ = after_from_ = false;
    parens_ = atomic_depth_ = 0;
}

Status PostgresScript::dollar_tag(char c) {
    if (tag_ == "$" && is_script_digit(c)) {
        state_ = State::kParameter;
        return {};
    }
    if (c == '$') {
        tag_ += c;
        state_ = State::kDollarQuote;
        tail_.clear();
        return {};
    }
    const bool fits = tag_ == "$" ? starts_word(c) : starts_word(c) || is_script_digit(c);
    if (fits && tag_.size() < kMaxTag) {
        tag_ += c;
        return {};
    }
    if (fits) return refuse("a dollar quote with an endless tag");
    // A lone '$', and then a word which cannot open a string by being one letter.
    if (c == '\'' && tag_.size() == 2) return refuse("a '$' before a string");
    if (tag_.size() > 1) return refuse("a '$' before a word");
    state_ = State::kCode;
    return {};
}

/// Takes up to the end of the tag. A tag that is cut by the end of `rest` is in `tail_`.
std::size_t PostgresScript::in_dollar_quote(std::string_view rest) {
    const std::string border = tail_ + std::string(rest.substr(0, tag_.size()));
    if (const auto at = border.find(tag_); at != std::string::npos) {
        state_ = State::kCode;
        return at + tag_.size() - tail_.size();
    }
    const auto at = rest.find(tag_);
    if (at != std::string_view::npos) {
        state_ = State::kCode;
        return at + tag_.size();
    }
    tail_ += rest.size() > tag_.size() ? rest.substr(rest.size() - tag_.size()) : rest;
    if (tail_.size() >= tag_.size()) tail_.erase(0, tail_.size() - (tag_.size() - 1));
    return rest.size();
}

std::size_t PostgresScript::in_block_comment(std::string_view rest) {
    std::size_t used = 0;
    for (const char c : rest) {
        ++used;
        const char previous = std::exchange(comment_previous_, c);
        if (previous == '/' && c == '*') {
            ++comment_depth_;
            comment_previous_ = 0;
        } else if (previous == '*' && c == '/') {
            comment_previous_ = 0;
            if (--comment_depth_ == 0) {
                state_ = State::kCode;
                break;
            }
        }
    }
    return used;
}

std::size_t PostgresScript::in_copy_data(std::string_view rest) {
    constexpr std::size_t kLongestEnd = 4;  // "\.\r\n"
    std::size_t used = 0;
    while (used < rest.size()) {
        const auto end = rest.find('\n', used);
        const std::size_t stop = end == std::string_view::npos ? rest.size() : end + 1;
        if (copy_line_.size() <= kLongestEnd) copy_line_ += rest.substr(used, std::min<std::size_t>(stop - used, 5));
        used = stop;
        if (end == std::string_view::npos) break;
        const bool is_end = copy_line_ == "\\.\n" || copy_line_ == "\\.\r\n";
        copy_line_.clear();
        if (is_end) {
            state_ = State::kLineStart;
            break;
        }
    }
    return used;
}

Status PostgresScript::finish(std::string& out) {
    if (state_ == State::kLineStart && !held_.empty()) {
        held_ += '\n';
        COFRE_TRY(release_held(out));
    }
    const bool is_end = state_ == State::kLineStart || state_ == State::kLineComment || state_ == State::kCode;
    if (is_end && !has_tokens_) return {};
    const char* what = "a statement";
    if (state_ == State::kCopyData || state_ == State::kCopyTail) what = "the rows of a table";
    if (state_ == State::kQuote || state_ == State::kEscapeQuote || state_ == State::kDollarQuote) what = "a string";
    return Error(ErrorCode::kCorruption,
                 "the script ends in line " + std::to_string(line_) + ", in the middle of " + what)
        .with_hint("the dump is cut short: take an older one, and look how this one was made");
}

}  // namespace cofre::dump
