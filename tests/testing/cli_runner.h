#pragma once

/// @file
/// The built `cofre` binary, run the way a user runs it.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/file.h"
#include "base/result.h"
#include "testing/child_process.h"

namespace cofre::testing {

/// Runs cofre in a clean environment with a home of its own, which also is the
/// working directory and dies with the runner. Not thread-safe.
class CliRunner {
public:
    CliRunner();

    /// A folder of this runner's, for configuration files and state.
    const std::filesystem::path& home() const { return home_.path(); }

    /// Sets a variable for all later runs.
    CliRunner& set(const std::string& name, const std::string& value);
    CliRunner& set_all(const std::map<std::string, std::string>& variables);
    CliRunner& unset(const std::string& name);

    /// Put before the command: {"strace", "-f", ...} or {"faketime", "+1h"}.
    CliRunner& wrap(std::vector<std::string> wrapper);

    /// Runs `cofre ARGS` to its end; a child that does not end in two minutes,
    /// or cannot be started, fails the test and comes back with exit code -1.
    ChildResult run(const std::vector<std::string>& args, const std::string& input = {}) const;

    /// Starts it, for tests that signal it while it works.
    Result<ChildProcess> start(const std::vector<std::string>& args) const;

    /// Where the binary is.
    static std::string binary();

private:
    ChildCommand command(const std::vector<std::string>& args) const;

    TempDir home_;
    std::map<std::string, std::string> environment_;
    std::vector<std::string> wrapper_;
};

/// Standard output as one JSON document, or a failed test and null.
nlohmann::json json_of(const ChildResult& result);

/// Standard output as one JSON document per line.
std::vector<nlohmann::json> json_lines_of(const ChildResult& result);

}  // namespace cofre::testing
