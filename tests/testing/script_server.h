#pragma once

/// @file
/// A server written in Python that prints its port and serves until we end.

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "testing/child_process.h"

namespace cofre::testing {

/// Ends with the object. The script is told our process id as its last
/// argument, so that it also ends if we are killed.
class ScriptServer {
public:
    /// `script`: in tests/. Fails the test if no port was printed in 20 seconds.
    ScriptServer(const std::string& script, std::vector<std::string> arguments);

    std::uint16_t port() const { return port_; }

private:
    Result<ChildProcess> process_;
    std::uint16_t port_ = 0;
};

/// Calls `holds` until it is true, for at most `limit`; whether it ever was.
bool wait_until(const std::function<bool()>& holds, std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace cofre::testing
