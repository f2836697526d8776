#pragma once

/// @file
/// The process environment and the `.env` file as one. Private.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "config/load.h"

namespace cofre::config {

struct Variable {
    std::string value;  ///< Never empty.
    Origin origin;
};

/// A variable that is set but empty counts as unset. Immutable once loaded.
class Variables {
public:
    explicit Variables(Environment process) : process_(std::move(process)) {}

    /// Adds what the process does not have. The dialect is that of docker
    /// compose and python-dotenv: `NAME=value`, `export NAME=value`, `#`
    /// comments at the start of a line or after white space, values bare, in
    /// single quotes (as they are) or in double quotes (\n \r \t \" \\ \$, and
    /// line breaks, are understood). ${...} in bare and double-quoted values is
    /// replaced as in the configuration. kInvalidArgument: "file:line: cause",
    /// which never holds a value.
    Status add_dot_env(std::string_view text, std::string_view file);

    std::optional<Variable> find(const std::string& name) const;
    std::optional<Variable> find_in_dot_env(const std::string& name) const;

    /// True if `.env` sets a name that looks like one of a secret.
    bool dot_env_has_secrets() const;

private:
    struct Assignment {
        std::string value;
        std::size_t line = 0;
    };
    Environment process_;
    std::map<std::string, Assignment> dot_env_;
    std::string dot_env_file_;
};

}  // namespace cofre::config
