#pragma once

/// @file
/// Which files belong to a backup.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cofre::source {

/// One pattern of restic's exclude language: shell wildcards within a name
/// (`*`, `?`, `[a-z]`, `[^a]`, `\` quotes), `**` for any number of folders. A
/// pattern that begins with '/' must match from the root; any other matches
/// from any folder on. A match of a folder covers what is below it.
/// Source: Go's path/filepath.Match and restic's documentation, "Excluding Files".
class PathPattern {
public:
    /// kInvalidArgument: an unclosed '[', a trailing '\' or an empty pattern.
    static Result<PathPattern> parse(std::string_view text, bool ignore_case = false);

    /// `path`: absolute or relative, '/'-separated. True if it, or a folder
    /// that holds it, matches.
    bool matches(std::string_view path) const;

    const std::string& text() const { return text_; }

private:
    PathPattern(std::string text, std::vector<std::string> parts, bool absolute, bool ignore_case)
        : text_(std::move(text)), parts_(std::move(parts)), absolute_(absolute), ignore_case_(ignore_case) {}

    std::string text_;
    std::vector<std::string> parts_;
    bool absolute_;
    bool ignore_case_;
};

struct FilterRules {
    /// Only files whose name (or, if a pattern holds '/', whose path) matches
    /// one of these; empty or {"*"}: every file. Folders are always entered.
    std::vector<std::string> include;
    /// Patterns as above, relative to the root ('/' anchors there); a later
    /// pattern that begins with '!' takes back.
    std::vector<std::string> exclude;
    std::vector<std::string> exclude_ignore_case;
    std::optional<std::uint64_t> exclude_larger_than;  ///< Bytes.
};

/// Immutable, thread-safe.
class PathFilter {
public:
    static Result<PathFilter> create(const FilterRules& rules);

    /// Whether to enter a folder: false if it is excluded and nothing below it
    /// could be taken back.
    bool enters_folder(std::string_view path) const;
    bool accepts_file(std::string_view path, std::uint64_t size) const;

private:
    struct ExcludeRule {
        PathPattern pattern;
        bool negated;
    };
    PathFilter() = default;
    bool is_excluded(std::string_view path) const;

    std::vector<PathPattern> include_;
    std::vector<ExcludeRule> exclude_;
    std::optional<std::uint64_t> exclude_larger_than_;
};

}  // namespace cofre::source
