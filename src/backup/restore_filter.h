#pragma once

/// @file
/// Which entries of a snapshot are restored.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "source/path_filter.h"

namespace cofre::backup {

/// Patterns in restic's language. Of each list the last that matches decides,
/// and one that begins with '!' takes back.
struct RestoreRules {
    std::vector<std::string> include;  ///< Together with the next: empty for everything.
    std::vector<std::string> include_ignore_case;
    std::vector<std::string> exclude;  ///< Of what is included.
    std::vector<std::string> exclude_ignore_case;
};

/// Immutable, thread-safe.
class RestoreFilter {
public:
    /// kInvalidArgument: a malformed pattern.
    static Result<RestoreFilter> create(const RestoreRules& rules);

    struct Choice {
        bool wanted = true;
        bool below = true;  ///< Of a folder: something in it may be wanted.
    };
    /// `path` is absolute: '/' stands for the root of what is restored. A folder
    /// that is not wanted is made all the same once something below it is.
    Choice choose(std::string_view path, bool is_folder) const;

    bool takes_everything() const { return include_.empty() && !exclude_; }

private:
    struct Rule {
        source::PathPattern pattern;
        bool negated = false;
    };
    RestoreFilter() = default;
    Choice choose_included(std::string_view path, bool is_folder) const;

    std::vector<Rule> include_;  ///< Empty: everything.
    std::optional<source::PathFilter> exclude_;
};

}  // namespace cofre::backup
