#include "base/utf8.h"
#include "source/snapshot_walk.h"

namespace cofre::source {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_word_character(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The name of a variable at the front of `text`, which follows a '$', and how
// many characters it takes with its braces. Source: Go, os.Expand.
struct VariableName {
    std::string_view name;
    std::size_t taken;
};

VariableName read_variable_name(std::string_view text) {
    if (text.starts_with('{')) {
        const auto end = text.find('}');
        if (end == std::string_view::npos) return {"", 1};
        return {text.substr(1, end - 1), end + 1};
    }
    constexpr std::string_view kSpecial = "*#$@!?-0123456789";
    if (!text.empty() && kSpecial.find(text.front()) != std::string_view::npos) return {text.substr(0, 1), 1};
    std::size_t length = 0;
    while (length < text.size() && is_word_character(text[length]))
        ++length;
    return {text.substr(0, length), length};
}

std::string expand_variables(std::string_view line, const std::map<std::string, std::string>& variables,
                             std::vector<std::string>& unset) {
    std::string out;
    for (auto dollar = line.find('$'); dollar != std::string_view::npos; dollar = line.find('$')) {
        out += line.substr(0, dollar);
        line.remove_prefix(dollar + 1);
        const auto [name, taken] = read_variable_name(line);
        line.remove_prefix(taken);
        if (taken == 0 || name == "$") {
            out += '$';
        } else if (const auto found = variables.find(std::string(name)); found != variables.end()) {
            out += found->second;
        } else {
            unset.emplace_back(name);
        }
    }
    return out.append(line);
}

std::string_view trim_line(std::string_view line) {
    constexpr std::string_view kSpace = " \t\r\v\f";
    const auto first = line.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

std::vector<std::string> parse_exclude_lines(std::string_view text, const std::map<std::string, std::string>& variables,
                                             std::vector<std::string>& unset) {
    std::vector<std::string> patterns;
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    while (!text.empty()) {
        const auto end = text.find('\n');
        const std::string_view line = trim_line(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.empty() || line.starts_with('#')) continue;
        patterns.push_back(expand_variables(line, variables, unset));
    }
    return patterns;
}

Result<FolderTag> parse_folder_tag(std::string_view text) {
    const auto colon = text.find(':');
    FolderTag tag{.name = std::string(text.substr(0, colon))};
    if (colon != std::string_view::npos) tag.header = text.substr(colon + 1);
    if (tag.name.empty() || tag.name.find('/') != std::string::npos) {
        return Error(ErrorCode::kInvalidArgument,
                     "\"" + escape_for_display(text) + "\" is no file whose presence excludes a folder")
            .with_hint("write FILE or FILE:HEADER, where FILE has no '/'");
    }
    return tag;
}

FolderTag cache_folder_tag() {
    return {.name = "CACHEDIR.TAG", .header = "Signature: 8a477f597d28d172789f06886806bc55"};
}

}  // namespace cofre::source
