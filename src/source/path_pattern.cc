#include <algorithm>

#include "base/utf8.h"
#include "source/glob.h"
#include "source/path_filter.h"
#include "source/path_parts.h"
#include "source/rune.h"

namespace cofre::source {
namespace {

constexpr std::string_view kAnyFolders = "**";

// As Go's filepath.Clean, but "/" has no part at all.
std::vector<std::string> clean_parts(std::string_view text, bool is_absolute) {
    std::vector<std::string> parts;
    for (const std::string_view part : split_path(text)) {
        if (part.empty() || part == ".") continue;
        if (part == ".." && !parts.empty() && parts.back() != "..") {
            parts.pop_back();
        } else if (part != ".." || !is_absolute) {
            parts.emplace_back(part);
        }
    }
    // No path has this part. Without it "./" would match everything.
    if (parts.empty() && !is_absolute) parts.emplace_back(".");
    return parts;
}

Error invalid_pattern(std::string_view text, std::string_view why) {
    return Error(ErrorCode::kInvalidArgument,
                 "parse pattern \"" + escape_for_display(text) + "\": " + std::string(why));
}

}  // namespace

Result<PathPattern> PathPattern::parse(std::string_view text, bool ignore_case) {
    if (text.empty()) return invalid_pattern(text, "it is empty");
    const bool is_absolute = text.front() == '/';
    auto parts = clean_parts(ignore_case ? to_lower_case(text) : std::string(text), is_absolute);
    for (const std::string& part : parts) {
        const auto fault = find_glob_fault(part);
        if (!fault) continue;
        return invalid_pattern(text, *fault).with_hint("put '\\' before a '[' or '\\' that stands for itself");
    }
    return PathPattern(std::string(text), std::move(parts), is_absolute, ignore_case);
}

bool PathPattern::matches(std::string_view path) const {
    if (path.empty()) return false;
    const std::string folded = ignore_case_ ? to_lower_case(path) : std::string();
    std::string_view rest = ignore_case_ ? std::string_view(folded) : path;
    const bool path_is_absolute = rest.front() == '/';
    if (path_is_absolute) rest.remove_prefix(1);
    return matches_parts(split_path(rest), path_is_absolute);
}

bool PathPattern::may_match_below(std::string_view folder) const {
    if (!absolute_) return true;
    const std::string folded = ignore_case_ ? to_lower_case(folder) : std::string();
    std::string_view rest = ignore_case_ ? std::string_view(folded) : folder;
    while (rest.starts_with('/'))
        rest.remove_prefix(1);
    if (rest.empty()) return true;
    return can_match_below(split_path(rest));
}

bool PathPattern::matches_parts(Parts path, bool path_is_absolute) const {
    if (absolute_ && !path_is_absolute) return false;
    // The path may go on after the pattern has ended, and a relative pattern
    // begins anywhere, as if "**" stood before it. As in a name, only the last
    // "**" has to be tried again. (restic 0.18 expands several of them one by
    // one and misses "/a/b/c" for "/a/**/b/**/c"; its manual does not say so.)
    bool can_retry = !absolute_;
    std::size_t after_any = 0;
    std::size_t retry_at = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < parts_.size();) {
        if (parts_[i] == kAnyFolders) {
            can_retry = true;
            after_any = ++i;
            retry_at = at;
        } else if (at < path.size() && glob_matches(parts_[i], path[at])) {
            ++i;
            ++at;
        } else {
            if (!can_retry || retry_at >= path.size()) return false;
            at = ++retry_at;
            i = after_any;
        }
    }
    return true;
}

bool PathPattern::can_match_below(Parts folder) const {
    if (!absolute_) return true;
    const std::size_t common = std::min(parts_.size(), folder.size());
    for (std::size_t i = 0; i < common && parts_[i] != kAnyFolders; ++i) {
        if (!glob_matches(parts_[i], folder[i])) return false;
    }
    return true;
}

}  // namespace cofre::source
