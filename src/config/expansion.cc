#include "config/expansion.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "base/utf8.h"

namespace cofre::config {
namespace {

constexpr std::string_view kFilePrefix = "file:";

Error not_expandable(std::string cause) {
    return Error(ErrorCode::kInvalidArgument, std::move(cause));
}

std::string quoted(std::string_view expression) {
    return "${" + escape_for_display(expression) + "}";
}

}  // namespace

bool is_variable_name(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || is_digit(c); });
}

Result<std::filesystem::path> absolute_path(std::string_view text, const PathBase& base) {
    if (text.empty()) return not_expandable("the path is empty");
    if (text.find('\0') != std::string_view::npos) return not_expandable("the path holds a NUL byte");
    std::filesystem::path path;
    if (text == "~" || text.starts_with("~/")) {
        if (base.home.empty()) return not_expandable("~ cannot be resolved, since HOME is not set");
        path = std::filesystem::path(base.home) / text.substr(std::min<std::size_t>(2, text.size()));
    } else if (text.front() == '~') {
        return not_expandable("~name is not understood; write the path in full, or ./~name for a file of that name");
    } else {
        path = base.folder / text;
    }
    // "." parts go; ".." stays, because it must be resolved after symbolic links.
    std::filesystem::path clean;
    for (const auto& part : path) {
        if (part != "." && !part.empty()) clean /= part;
    }
    return clean;
}

Result<Expanded> Expander::expand(std::string_view text) {
    Expanded result;
    while (!text.empty()) {
        const auto dollar = std::min(text.find('$'), text.size());
        result.text += text.substr(0, dollar);
        text.remove_prefix(dollar);
        if (text.starts_with("$${")) {
            result.text += "${";
            text.remove_prefix(3);
        } else if (text.starts_with("${")) {
            const auto close = text.find('}');
            if (close == std::string_view::npos) {
                return not_expandable("${ without }").with_hint("write $${ for a plain ${");
            }
            COFRE_ASSIGN(const auto value, replacement(text.substr(2, close - 2)));
            foreign_bytes_ += value.size();
            if (foreign_bytes_ > kMaxExpandedBytes)
                return not_expandable("the values of ${...} are too long altogether");
            result.text += value;
            result.has_foreign_text = true;
            text.remove_prefix(close + 1);
        } else if (!text.empty()) {
            result.text += text.front();
            text.remove_prefix(1);
        }
    }
    return result;
}

Result<std::string> Expander::replacement(std::string_view expression) const {
    if (expression.starts_with(kFilePrefix)) {
        COFRE_ASSIGN(const auto path, absolute_path(expression.substr(kFilePrefix.size()), base_));
        auto text = read_file_ ? read_file_(path) : read_small_file(path, kMaxIncludedFileBytes);
        if (!text) return not_expandable(quoted(expression) + ": " + text.error().message());
        while (text->ends_with('\n') || text->ends_with('\r'))
            text->pop_back();
        return text;
    }
    const auto colon = expression.find(':');
    const std::string name(expression.substr(0, colon));
    if (!is_variable_name(name)) {
        return not_expandable(quoted(expression) + ": not the name of a variable")
            .with_hint("write $${ for a plain ${");
    }
    if (colon != std::string_view::npos && !expression.substr(colon).starts_with(":-")) {
        return not_expandable(quoted(expression) + ": only ${NAME}, ${NAME:-default} and ${file:/path} are understood");
    }
    if (auto found = variables_.find(name)) return std::move(found->value);
    if (colon != std::string_view::npos) return std::string(expression.substr(colon + 2));
    return not_expandable(quoted(expression) + ": " + name + " is not set")
        .with_hint("set it, also in a file .env beside the configuration, or write ${" + name + ":-default}");
}

}  // namespace cofre::config
