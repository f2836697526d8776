#pragma once

/// @file
/// Which files belong to a backup.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace cofre::source {

/// One pattern of restic's exclude language: shell wildcards within a name
/// (`*`, `?`, `[a-z]`, `[^a]`, `\` quotes), `**` for any number of folders, none
/// included. A pattern that begins with '/' must match from the root, and so
/// matches absolute paths only; any other matches from any folder on. A match
/// of a folder covers what is below it. "//", "." and ".." in a pattern are
/// resolved; a trailing '/' means nothing. Immutable, thread-safe.
/// Source: Go's path/filepath.Match and restic's documentation, "Excluding Files".
class PathPattern {
public:
    /// kInvalidArgument: an unclosed '[', a trailing '\' or an empty pattern.
    /// `ignore_case` folds Unicode letters one to one. A leading '!' is a
    /// character like any other here: FilterRules gives it its meaning.
    static Result<PathPattern> parse(std::string_view text, bool ignore_case = false);

    /// `path`: absolute or relative, '/'-separated. True if it, or a folder
    /// that holds it, matches.
    bool matches(std::string_view path) const;

    /// Whether something below `folder`, an absolute path, can match.
    bool may_match_below(std::string_view folder) const;

    const std::string& text() const { return text_; }

private:
    friend class PathFilter;
    using Parts = std::span<const std::string_view>;

    PathPattern(std::string text, std::vector<std::string> parts, bool absolute, bool ignore_case)
        : text_(std::move(text)), parts_(std::move(parts)), absolute_(absolute), ignore_case_(ignore_case) {}

    // `path` without its leading '/', in lower case if ignore_case_.
    bool matches_parts(Parts path, bool path_is_absolute) const;
    // Whether something below `folder`, counted from the root, can match.
    bool can_match_below(Parts folder) const;

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
    /// The same, and on its own: no list takes back what the other excludes.
    std::vector<std::string> exclude_ignore_case;
    std::optional<std::uint64_t> exclude_larger_than;  ///< Bytes; a file of this size stays.
};

/// Immutable, thread-safe.
class PathFilter {
public:
    /// kInvalidArgument: a malformed pattern, which the message names.
    static Result<PathFilter> create(const FilterRules& rules);

    /// Whether to enter a folder: false if it is excluded and nothing below it
    /// could be taken back. `path` is relative to the root here and below.
    bool enters_folder(std::string_view path) const;

    /// For everything else; the size of what is not a regular file is 0.
    bool accepts_file(std::string_view path, std::uint64_t size) const;

private:
    struct ExcludeRule {
        PathPattern pattern;
        bool negated;
    };
    using ExcludeRules = std::vector<ExcludeRule>;

    PathFilter() = default;
    static Result<ExcludeRules> parse_excludes(const std::vector<std::string>& texts, bool ignore_case);
    static bool excludes_file(const ExcludeRules& rules, std::string_view path);
    static bool excludes_folder(const ExcludeRules& rules, std::string_view path);
    bool includes_file(std::string_view path) const;

    std::vector<PathPattern> include_;  ///< Empty: every file.
    ExcludeRules exclude_;
    ExcludeRules exclude_ignore_case_;
    std::optional<std::uint64_t> exclude_larger_than_;
};

}  // namespace cofre::source
