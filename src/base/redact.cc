#include <algorithm>
#include <array>
#include <cstddef>

#include "base/secret.h"

namespace cofre {
namespace {

constexpr std::string_view kMask = "***";

// A name that ends in one of these holds a secret (compared without case, '-',
// '_' and '.'). Names that end otherwise do not: password_file is a path.
constexpr std::array<std::string_view, 13> kSecretNames = {
    "password",  "passwd",       "passphrase", "pwd",    "secret",     "secretkey",     "secretaccesskey",
    "signature", "sessiontoken", "token",      "apikey", "privatekey", "authorization",
};

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_name(char c) {
    return is_alnum(c) || c == '_' || c == '-' || c == '.';
}
bool is_quote(char c) {
    return c == '"' || c == '\'';
}

/// Copies text to `out()`, with what looks like a secret replaced. Every rule
/// looks at the text from `at_`; the one that applies moves `at_` on.
class Redactor {
public:
    explicit Redactor(std::string_view text) : text_(text) { out_.reserve(text.size()); }

    std::string run() {
        while (at_ < text_.size()) {
            if (pem_block() || url_password() || named_value()) continue;
            copy(1);
        }
        return std::move(out_);
    }

private:
    std::string_view rest() const { return text_.substr(at_); }
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    void copy(std::size_t n) {
        out_ += text_.substr(at_, n);
        at_ = std::min(text_.size(), at_ + n);
    }
    void hide(std::size_t n) {
        if (n == 0) return;
        out_ += kMask;
        at_ = std::min(text_.size(), at_ + n);
    }

    template <typename Ends>
    std::size_t run_length(std::size_t from, Ends ends) const {
        std::size_t n = from;
        while (n < text_.size() && !ends(text_[n]))
            ++n;
        return n - from;
    }

    bool pem_block() {
        constexpr std::string_view kBegin = "-----BEGIN ";
        constexpr std::string_view kEnd = "-----END ";
        if (!rest().starts_with(kBegin)) return false;
        copy(kBegin.size());
        const std::size_t end = rest().find(kEnd);
        hide(end == std::string_view::npos ? rest().size() : end);
        copy(kEnd.size());
        return true;
    }

    bool url_password();
    bool named_value();
    std::size_t separator_length(std::string_view name) const;
    std::size_t value_length(bool whole_line) const;

    std::string_view text_;
    std::size_t at_ = 0;
    std::string out_;
};

bool is_port(std::string_view text) {
    return text.size() <= 5 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// scheme://user:password@host. People forget to escape '/', '?' and '#' in
// passwords, so what follows the colon and is not a port goes up to the '@'.
bool Redactor::url_password() {
    if (!rest().starts_with("://")) return false;
    copy(3);
    const std::size_t word = run_length(at_, [](char c) { return is_space(c) || is_quote(c) || c == '<' || c == '>'; });
    const std::string_view all = rest().substr(0, word);
    const std::size_t authority_end = std::min(all.find_first_of("/?#"), all.size());
    std::size_t at_sign = all.substr(0, authority_end).rfind('@');
    const std::size_t colon = all.find(':');
    if (colon >= authority_end) return true;
    if (at_sign == std::string_view::npos) {
        const bool is_host = all.starts_with('[') || is_port(all.substr(colon + 1, authority_end - colon - 1));
        at_sign = is_host ? std::string_view::npos : all.find('@', authority_end);
    }
    if (at_sign == std::string_view::npos || at_sign < colon) return true;
    copy(colon + 1);
    hide(at_sign - colon - 1);
    return true;
}

bool is_secret_name(std::string_view name) {
    std::string plain;
    for (const char c : name) {
        if (is_alnum(c)) plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return std::any_of(kSecretNames.begin(), kSecretNames.end(),
                       [&](std::string_view secret) { return plain.ends_with(secret); });
}

bool is_authorization(std::string_view name) {
    constexpr std::string_view kWord = "authorization";
    if (name.size() < kWord.size()) return false;
    name.remove_prefix(name.size() - kWord.size());
    return std::equal(name.begin(), name.end(), kWord.begin(), [](char a, char b) { return (a | 0x20) == b; });
}

// Length of what stands between a name and its value, 0 if it is no such pair:
// name=v, "name": "v", Name-Of-Header: v, name:v, <Name>v. "wrong password:
// access denied" is prose, and stays.
std::size_t Redactor::separator_length(std::string_view name) const {
    if (peek() == '>') return out_.ends_with("<" + std::string(name)) ? 1 : 0;
    std::size_t n = 0;
    const bool is_quoted = is_quote(peek());
    if (is_quoted) ++n;
    while (peek(n) == ' ')
        ++n;
    const char sign = peek(n);
    if (sign != '=' && sign != ':') return 0;
    const bool is_compound = name.find_first_of("-_") != std::string_view::npos || is_authorization(name);
    if (sign == ':' && is_space(peek(n + 1)) && !is_quoted && !is_compound) return 0;
    ++n;
    while (peek(n) == ' ')
        ++n;
    return n;
}

// The value that starts at `at_`, without its quotes.
std::size_t Redactor::value_length(bool whole_line) const {
    if (whole_line) return run_length(at_, [](char c) { return c == '\r' || c == '\n' || is_quote(c); });
    std::size_t n = at_;
    for (; n < text_.size(); ++n) {
        const char c = text_[n];
        if (is_space(c) || is_quote(c) || c == '<') break;
        if (c != '&' && c != ';') continue;
        // Either may be part of a password; before "name=" or the end it is not.
        const std::size_t next = run_length(n + 1, [](char d) { return !is_name(d) && d != '%'; });
        if (n + 1 + next == text_.size() || text_[n + 1 + next] == '=' || next == 0) break;
    }
    return n - at_;
}

bool Redactor::named_value() {
    if (!is_alnum(peek()) && peek() != '_') return false;
    const std::string_view name = rest().substr(0, run_length(at_, [](char c) { return !is_name(c); }));
    copy(name.size());
    if (name.starts_with("AGE-SECRET-KEY-")) {
        out_.resize(out_.size() - name.size());
        out_ += kMask;
        return true;
    }
    if (!is_secret_name(name)) return true;
    const std::size_t separator = separator_length(name);
    if (separator == 0) return true;
    copy(separator);
    if (is_quote(peek())) {
        const char quote = peek();
        copy(1);
        std::size_t n = 0;
        while (at_ + n < text_.size() && peek(n) != quote)
            n += peek(n) == '\\' ? 2U : 1U;
        hide(n);
        return true;
    }
    hide(value_length(is_authorization(name)));
    return true;
}

}  // namespace

std::string redact(std::string_view text) {
    return Redactor(text).run();
}

}  // namespace cofre
