#include "source/glob.h"

#include "source/rune.h"

namespace cofre::source {
namespace {

// The next character of a class, which '\' may quote. Nothing if there is none
// or if nothing follows it: a class has to be closed.
std::optional<char32_t> take_class_character(std::string_view& rest) {
    if (rest.empty() || rest.front() == '-' || rest.front() == ']') return std::nullopt;
    if (rest.front() == '\\') rest.remove_prefix(1);
    if (rest.empty()) return std::nullopt;
    const Rune rune = first_rune(rest);
    rest.remove_prefix(rune.bytes);
    if (rune.is_malformed() || rest.empty()) return std::nullopt;
    return rune.value;
}

// Takes a class, whose '[' is gone already, from `rest` and tells whether `c`
// belongs to it. Nothing: malformed.
std::optional<bool> take_class(std::string_view& rest, char32_t c) {
    const bool is_negated = !rest.empty() && rest.front() == '^';
    if (is_negated) rest.remove_prefix(1);
    bool is_member = false;
    do {
        const auto low = take_class_character(rest);
        if (!low) return std::nullopt;
        auto high = low;
        if (rest.front() == '-') {
            rest.remove_prefix(1);
            high = take_class_character(rest);
            if (!high) return std::nullopt;
        }
        is_member = is_member || (*low <= c && c <= *high);
    } while (rest.front() != ']');
    rest.remove_prefix(1);
    return is_member != is_negated;
}

// Matches one token of `pattern`, which is not '*', with the front of `name`.
bool take_token(std::string_view& pattern, std::string_view& name) {
    const char first = pattern.front();
    if (first == '?' || first == '[') {
        const Rune rune = first_rune(name);
        pattern.remove_prefix(1);
        name.remove_prefix(rune.bytes);
        return first == '?' || take_class(pattern, rune.value).value_or(false);
    }
    if (first == '\\') pattern.remove_prefix(1);
    const bool is_same = !pattern.empty() && pattern.front() == name.front();
    if (is_same) {
        pattern.remove_prefix(1);
        name.remove_prefix(1);
    }
    return is_same;
}

}  // namespace

std::optional<std::string_view> find_glob_fault(std::string_view pattern) {
    while (!pattern.empty()) {
        const char first = pattern.front();
        pattern.remove_prefix(1);
        if (first == '\\') {
            if (pattern.empty()) return "trailing '\\'";
            pattern.remove_prefix(1);
        } else if (first == '[') {
            const bool has_end = pattern.find(']') != std::string_view::npos;
            if (!take_class(pattern, 0)) return has_end ? "malformed '[...]'" : "unclosed '['";
        }
    }
    return std::nullopt;
}

bool glob_matches(std::string_view pattern, std::string_view name) {
    // Only the last '*' has to be tried again: what an earlier one could take
    // in addition, the last one can take as well.
    bool has_star = false;
    std::string_view after_star;
    std::string_view retry_at;
    for (;;) {
        if (!pattern.empty() && pattern.front() == '*') {
            pattern.remove_prefix(1);
            if (pattern.empty()) return true;
            has_star = true;
            after_star = pattern;
            retry_at = name;
            continue;
        }
        if (pattern.empty() && name.empty()) return true;
        if (!pattern.empty() && !name.empty() && take_token(pattern, name)) continue;
        if (!has_star || retry_at.empty()) return false;
        retry_at.remove_prefix(1);
        pattern = after_star;
        name = retry_at;
    }
}

}  // namespace cofre::source
