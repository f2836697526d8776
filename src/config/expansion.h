#pragma once

/// @file
/// `${VAR}`, `${VAR:-default}` and `${file:/path}` in values. Private.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/variables.h"

namespace cofre::config {

/// How relative paths become absolute, and `~`.
struct PathBase {
    std::filesystem::path folder;  ///< Absolute.
    std::string home;              ///< Empty: $HOME is not set.
};

/// `text` as an absolute path without "./" parts and without '/' at its end.
/// kInvalidArgument: empty, holds NUL, `~name`, or `~` without $HOME.
Result<std::filesystem::path> absolute_path(std::string_view text, const PathBase& base);

/// A value after replacement.
struct Expanded {
    std::string text;
    bool has_foreign_text = false;  ///< Part of it came from elsewhere: not to be echoed.
};

/// Replaces once: what comes in is not looked at again, so that nothing can
/// multiply. All values of one file together may grow by kMaxExpandedBytes.
class Expander {
public:
    using ReadFile = std::function<Result<std::string>(const std::filesystem::path&)>;
    Expander(const Variables& variables, PathBase base, ReadFile read_file)
        : variables_(variables), base_(std::move(base)), read_file_(std::move(read_file)) {}

    /// kInvalidArgument: a variable that is not set, `${` without `}`, a name
    /// that is none, or a file that cannot be read; the message begins with
    /// the text between the braces, never with a value.
    Result<Expanded> expand(std::string_view text);

private:
    Result<std::string> replacement(std::string_view expression) const;

    const Variables& variables_;  ///< Must outlive this.
    PathBase base_;
    ReadFile read_file_;
    std::size_t foreign_bytes_ = 0;
};

inline constexpr std::size_t kMaxExpandedBytes = 4U << 20U;
inline constexpr std::size_t kMaxIncludedFileBytes = 64U << 10U;

bool is_variable_name(std::string_view text);

}  // namespace cofre::config
