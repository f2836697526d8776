#include "dump/mysql_script.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/utf8.h"

namespace cofre::dump {
namespace {

// The longest token that must not be cut: "/*M!999999\-".
constexpr std::size_t kLookahead = 16;
constexpr std::string_view kDelimiterWord = "delimiter";

bool is_script_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

char upper_ascii(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_word_char(char c) {
    const char up = upper_ascii(c);
    return (up >= 'A' && up <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '@';
}

std::string upper_word(std::string_view text) {
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(), upper_ascii);
    return upper;
}

// Bytes that may end a stretch of plain statement text.
constexpr std::array<bool, 256> kSpecial = [] {
    std::array<bool, 256> table{};
    for (const char c : {'\'', '"', '`', '#', '-', '/', '\\', ';', '\n'})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

bool begins_with_word(std::string_view text, std::string_view lower) {
    if (text.size() <= lower.size() || !is_script_blank(text[lower.size()])) return false;
    for (std::size_t i = 0; i < lower.size(); ++i) {
        if (upper_ascii(text[i]) != upper_ascii(lower[i])) return false;
    }
    return true;
}

}  // namespace

Status ScriptLexer::feed(std::string_view bytes, const Visit& visit) {
    rest_ += bytes;
    if (rest_.size() <= kLookahead) return {};
    std::size_t at = 0;
    COFRE_TRY(scan(rest_, rest_.size() - kLookahead, visit, at));
    rest_.erase(0, at);
    return {};
}

Status ScriptLexer::finish(const Visit& visit) {
    std::size_t at = 0;
    const std::string last = std::exchange(rest_, {});
    COFRE_TRY(scan(last, last.size(), visit, at));
    if (state_ == State::kDelimiterLine || (state_ == State::kLineComment && !in_statement_)) return {};
    if (state_ == State::kBetween) return {};
    return Error(ErrorCode::kCorruption,
                 "read SQL script: it ends inside of a statement, at line " + std::to_string(line_));
}

Status ScriptLexer::scan(std::string_view text, std::size_t limit, const Visit& visit, std::size_t& at) {
    std::size_t kept = at;  // First byte of the statement that `visit` has not seen.
    while (at < limit) {
        const bool was_inside = in_statement_;
        switch (state_) {
            case State::kBetween: COFRE_TRY(step_between(text, at)); break;
            case State::kStatement: COFRE_TRY(step_statement(text, limit, at, kept, visit)); break;
            case State::kQuoted: step_quoted(text, limit, at); break;
            case State::kLineComment:
            case State::kDelimiterLine: COFRE_TRY(step_line(text, limit, at)); break;
            case State::kBlockComment:
                if (text.substr(at, 2) == "*/") {
                    at += 2;
                    state_ = in_statement_ ? State::kStatement : State::kBetween;
                } else {
                    if (text[at] == '\n') ++line_;
                    ++at;
                }
                break;
        }
        if (!in_statement_ || !was_inside) kept = at;
    }
    if (in_statement_ && at > kept) COFRE_TRY(take(text.substr(kept, at - kept), visit));
    return {};
}

// "--" is a comment only before a blank or at the end, as the client reads it.
bool ScriptLexer::begins_comment(std::string_view text, std::size_t at) {
    const std::string_view here = text.substr(at, kLookahead);
    if (here.front() == '#' || (here.starts_with("--") && (here.size() == 2 || here[2] <= ' '))) {
        state_ = State::kLineComment;
        return true;
    }
    if (!here.starts_with("/*")) return false;
    // Executable, and so plain text to us; but newer clients of MariaDB begin a
    // dump with a command to the client that is dressed as one.
    const bool is_command = here.starts_with("/*!999999\\-") || here.starts_with("/*M!999999\\-");
    if (!is_command && (here.starts_with("/*!") || here.starts_with("/*M!"))) return false;
    state_ = State::kBlockComment;
    return true;
}

Status ScriptLexer::step_between(std::string_view text, std::size_t& at) {
    if (is_script_blank(text[at])) {
        if (text[at] == '\n') ++line_;
        ++at;
        return {};
    }
    if (begins_comment(text, at)) {
        at += state_ == State::kBlockComment ? 2 : 1;
        return {};
    }
    if (text.substr(at).starts_with(delimiter_)) {
        at += delimiter_.size();
        return {};
    }
    if (begins_with_word(text.substr(at, kLookahead), kDelimiterWord)) {
        at += kDelimiterWord.size();
        delimiter_line_.clear();
        state_ = State::kDelimiterLine;
        return {};
    }
    in_statement_ = true;
    head_is_out_ = false;
    has_backslash_ = false;
    head_.clear();
    state_ = State::kStatement;
    return {};
}

Status ScriptLexer::step_statement(std::string_view text, std::size_t limit, std::size_t& at, std::size_t& kept,
                                   const Visit& visit) {
    while (at < limit && !kSpecial[static_cast<unsigned char>(text[at])])
        ++at;
    if (at == limit) return {};
    const char c = text[at];
    if (c == '\'' || c == '"' || c == '`') {
        quote_ = c;
        state_ = State::kQuoted;
        ++at;
        return {};
    }
    if (c == ';' && text.substr(at).starts_with(delimiter_)) {
        COFRE_TRY(take(text.substr(kept, at - kept), visit));
        COFRE_TRY(end_statement(visit));
        at += delimiter_.size();
        kept = at;
        return {};
    }
    if (c != '\\' && c != '\n' && begins_comment(text, at)) {
        at += state_ == State::kBlockComment ? 2 : 1;
        return {};
    }
    if (c == '\\') has_backslash_ = true;
    if (c == '\n') ++line_;
    ++at;
    return {};
}

void ScriptLexer::step_quoted(std::string_view text, std::size_t limit, std::size_t& at) {
    const bool escapes = quote_ != '`' && !no_backslash_escapes_;
    for (; at < limit; ++at) {
        const char c = text[at];
        if (c == quote_) {  // A doubled quote ends one string and begins the next.
            ++at;
            state_ = State::kStatement;
            return;
        }
        if (c == '\n') ++line_;
        if (c == '\\' && escapes && ++at < text.size() && text[at] == '\n') ++line_;
    }
}

Status ScriptLexer::step_line(std::string_view text, std::size_t limit, std::size_t& at) {
    const std::size_t begin = at;
    while (at < limit && text[at] != '\n')
        ++at;
    if (state_ == State::kDelimiterLine) {
        delimiter_line_ += text.substr(begin, std::min<std::size_t>(at - begin, kLookahead));
        if (delimiter_line_.size() > 2 * kLookahead) delimiter_line_.resize(2 * kLookahead);
    }
    if (at == limit && limit != text.size()) return {};
    if (state_ == State::kDelimiterLine) {
        std::string_view word = delimiter_line_;
        while (!word.empty() && is_script_blank(word.front()))
            word.remove_prefix(1);
        while (!word.empty() && is_script_blank(word.back()))
            word.remove_suffix(1);
        if (word != ";" && word != ";;") {
            return Error(ErrorCode::kPermissionDenied, "read SQL script: line " + std::to_string(line_) +
                                                           ": delimiter \"" + escape_for_display(word) +
                                                           "\", which no dump uses");
        }
        delimiter_ = word;
    }
    if (at == limit) {  // The end of the script ends the line, too.
        if (state_ == State::kDelimiterLine || !in_statement_) state_ = State::kBetween;
        return {};
    }
    state_ = in_statement_ ? State::kStatement : State::kBetween;
    return {};
}

Status ScriptLexer::take(std::string_view bytes, const Visit& visit) {
    if (!head_is_out_) {
        const std::size_t more = std::min(bytes.size(), kHeadBytes - head_.size());
        head_ += bytes.substr(0, more);
        bytes.remove_prefix(more);
        if (head_.size() < kHeadBytes) return {};
        head_is_out_ = true;
        COFRE_TRY(visit({ScriptPiece::Kind::kHead, head_, has_backslash_}));
    }
    if (bytes.empty()) return {};
    return visit({ScriptPiece::Kind::kBody, bytes, has_backslash_});
}

Status ScriptLexer::end_statement(const Visit& visit) {
    if (!head_is_out_) COFRE_TRY(visit({ScriptPiece::Kind::kHead, head_, has_backslash_}));
    COFRE_TRY(visit({ScriptPiece::Kind::kEnd, delimiter_, has_backslash_}));
    // A dump sets the mode a routine was made in, as a statement of its own.
    const std::string begin = upper_word(std::string_view(head_).substr(0, 64));
    if (begin.find("SQL_MODE") != std::string::npos && begin.find("SET") != std::string::npos) {
        no_backslash_escapes_ = upper_word(head_).find("NO_BACKSLASH_ESCAPES") != std::string::npos;
    }
    in_statement_ = false;
    state_ = State::kBetween;
    return {};
}

namespace {

struct HeadToken {
    enum class Kind : std::uint8_t { kEnd, kWord, kName, kMark };
    Kind kind = Kind::kEnd;
    std::string text;  // A word in upper case; a name without quotes.
    std::size_t begin = 0;
    std::size_t end = 0;
};

// Words, quoted names and single marks; what is in executable comments counts.
class HeadTokens {
public:
    explicit HeadTokens(std::string_view head) : head_(head) {}

    HeadToken next() {
        skip();
        HeadToken token;
        token.begin = at_;
        if (at_ < head_.size()) {
            if (head_[at_] == '`') {
                read_name(token);
            } else if (is_word_char(head_[at_])) {
                while (at_ < head_.size() && is_word_char(head_[at_]))
                    ++at_;
                token.kind = HeadToken::Kind::kWord;
                token.text = upper_word(head_.substr(token.begin, at_ - token.begin));
            } else {
                token.kind = HeadToken::Kind::kMark;
                token.text = head_[at_++];
            }
        }
        token.end = at_;
        return token;
    }

private:
    void skip() {
        while (at_ < head_.size()) {
            const std::string_view here = head_.substr(at_);
            if (is_script_blank(here.front())) {
                ++at_;
            } else if (here.starts_with("/*!") || here.starts_with("/*M!")) {
                at_ += here.find('!') + 1;
                while (at_ < head_.size() && head_[at_] >= '0' && head_[at_] <= '9')
                    ++at_;
            } else if (here.starts_with("*/")) {
                at_ += 2;
            } else if (here.starts_with("/*")) {
                const std::size_t close = here.find("*/", 2);
                at_ = close == std::string_view::npos ? head_.size() : at_ + close + 2;
            } else {
                return;
            }
        }
    }

    void read_name(HeadToken& token) {
        for (++at_; at_ < head_.size(); ++at_) {
            if (head_[at_] == '`') {
                ++at_;
                if (at_ == head_.size() || head_[at_] != '`') {
                    token.kind = HeadToken::Kind::kName;
                    return;
                }
            }
            token.text += head_[at_];
        }
        token.kind = HeadToken::Kind::kMark;  // Not closed: no name.
        token.text = "`";
    }

    std::string_view head_;
    std::size_t at_ = 0;
};

const std::set<std::string, std::less<>>& words_of_dumps() {
    static const std::set<std::string, std::less<>> words = {"SET",    "CREATE", "ALTER", "DROP", "INSERT", "LOCK",
                                                             "UNLOCK", "COMMIT", "START", "DO",   "USE",    "REPLACE"};
    return words;
}

void take_name(HeadTokens& tokens, HeadToken token, StatementHead& head) {
    while (token.kind == HeadToken::Kind::kWord &&
           (token.text == "IF" || token.text == "NOT" || token.text == "EXISTS")) {
        token = tokens.next();
    }
    if (token.kind != HeadToken::Kind::kName) {
        head.kind = StatementHead::Kind::kUnknown;  // Dumps quote every name.
        return;
    }
    head.name = token.text;
    head.name_begin = token.begin;
    head.name_end = token.end;
    const HeadToken after = tokens.next();
    head.is_qualified = after.kind == HeadToken::Kind::kMark && after.text == ".";
    if (head.kind != StatementHead::Kind::kInsert) return;
    for (HeadToken next = after; next.kind != HeadToken::Kind::kEnd; next = tokens.next()) {
        if (next.kind != HeadToken::Kind::kWord || next.text != "VALUES") continue;
        const HeadToken open = tokens.next();
        if (open.kind == HeadToken::Kind::kMark && open.text == "(") head.rows_begin = open.begin;
        return;
    }
}

// CREATE, ALTER and DROP: what of? Words like OR REPLACE, ALGORITHM=, DEFINER=
// come first.
void read_definition(HeadTokens& tokens, StatementHead& head) {
    using Kind = StatementHead::Kind;
    static const std::set<std::string, std::less<>> routines = {"VIEW",     "TRIGGER", "PROCEDURE",
                                                                "FUNCTION", "EVENT",   "PACKAGE"};
    constexpr int kMostWords = 64;
    for (int i = 0; i < kMostWords; ++i) {
        const HeadToken token = tokens.next();
        if (token.kind == HeadToken::Kind::kEnd) return;
        if (token.kind != HeadToken::Kind::kWord) continue;
        if (token.text == "DATABASE" || token.text == "SCHEMA") {
            if (head.verb == "DROP") return;
            const HeadToken next = tokens.next();
            head.kind = Kind::kDatabase;
            if (head.verb == "ALTER" && next.kind == HeadToken::Kind::kWord && next.text == "CHARACTER") {
                head.kind = Kind::kOther;  // Of the current database.
                return;
            }
            return take_name(tokens, next, head);
        }
        if (token.text == "TABLE" || token.text == "SEQUENCE") {
            head.kind = Kind::kTable;
            return take_name(tokens, tokens.next(), head);
        }
        if (routines.find(token.text) != routines.end()) {
            head.kind = Kind::kRoutine;
            return;
        }
    }
}

}  // namespace

StatementHead read_statement_head(std::string_view text) {
    using Kind = StatementHead::Kind;
    HeadTokens tokens(text);
    StatementHead head;
    const HeadToken first = tokens.next();
    if (first.kind != HeadToken::Kind::kWord) return head;
    head.verb = first.text;
    if (head.verb == "SELECT") {  // MariaDB's sequences: SELECT SETVAL(`s`, 1, 0).
        if (tokens.next().text == "SETVAL") head.kind = Kind::kOther;
        return head;
    }
    if (words_of_dumps().find(head.verb) == words_of_dumps().end()) return head;
    head.is_create = head.verb == "CREATE";
    if (head.verb == "USE") {
        head.kind = Kind::kUse;
        take_name(tokens, tokens.next(), head);
    } else if (head.verb == "INSERT" || head.verb == "REPLACE") {
        head.kind = Kind::kInsert;
        HeadToken token = tokens.next();
        while (token.kind == HeadToken::Kind::kWord)
            token = tokens.next();
        take_name(tokens, token, head);
    } else if (head.verb == "LOCK") {
        head.kind = Kind::kTable;
        tokens.next();
        take_name(tokens, tokens.next(), head);
    } else if (head.verb == "CREATE" || head.verb == "ALTER" || head.verb == "DROP") {
        read_definition(tokens, head);
    } else {
        head.kind = Kind::kOther;
    }
    return head;
}

}  // namespace cofre::dump
