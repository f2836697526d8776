#include "config/yaml_text.h"

#include <algorithm>

#include "base/utf8.h"
#include "config/yaml_tree.h"

namespace cofre::config {
namespace {

Status check_line(std::string_view line, std::size_t number, std::string_view file) {
    if (const auto nul = line.find('\0'); nul != std::string_view::npos) {
        return error_at(file, {number, nul + 1}, "a NUL byte").with_hint("save the file as UTF-8 text");
    }
    if (!is_utf8(line)) {
        return error_at(file, {number, 0}, "not UTF-8 text").with_hint("save the file as UTF-8 text");
    }
    const auto indent = line.find_first_not_of(" \t");
    const auto tab = line.find('\t');
    if (indent != std::string_view::npos && line[indent] != '#' && line[indent] != '\r' && tab < indent) {
        return error_at(file, {number, tab + 1}, "a tab in the indentation").with_hint("YAML wants spaces there");
    }
    return {};
}

Status check_lines(std::string_view text, std::string_view file) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        COFRE_TRY(check_line(text.substr(0, end), number, file));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return {};
}

std::string without_carriage_returns(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && text.substr(i + 1).starts_with('\n')) continue;
        result += text[i];
    }
    return result;
}

}  // namespace

Result<std::string> plain_yaml_text(std::string_view text, std::string_view file) {
    text = without_byte_order_mark(text);
    COFRE_TRY(check_lines(text, file));
    return without_carriage_returns(text);
}

}  // namespace cofre::config
