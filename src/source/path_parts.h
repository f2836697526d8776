#pragma once

/// @file
/// Paths as lists of names.

#include <string_view>
#include <vector>

namespace cofre::source {

/// The parts of `path` between its '/', as views of it; empty ones too. At
/// least one.
inline std::vector<std::string_view> split_path(std::string_view path) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto slash = path.find('/');
        parts.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return parts;
        path.remove_prefix(slash + 1);
    }
}

/// What follows the last '/'.
inline std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0.
}

/// What precedes the last '/'; empty if there is none.
inline std::string_view folder_name(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace cofre::source
