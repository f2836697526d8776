#include "testing/script_server.h"

#include <cstdlib>

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/clock.h"

namespace cofre::testing {
namespace {

ChildCommand script_command(const std::string& script, std::vector<std::string> arguments) {
    ChildCommand command;
    command.argv = {"python3", std::string(COFRE_TEST_SCRIPTS_DIR) + "/" + script};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.argv.push_back(std::to_string(::getpid()));
    command.environment = clean_environment("/nonexistent");
    return command;
}

}  // namespace

ScriptServer::ScriptServer(const std::string& script, std::vector<std::string> arguments)
    : process_(ChildProcess::start(script_command(script, std::move(arguments)))) {
    if (!process_) {
        ADD_FAILURE() << process_.error().message();
        return;
    }
    const bool printed = wait_until([&] { return process_->output_so_far().ends_with('\n'); });
    EXPECT_TRUE(printed) << script << ": " << process_->errors_so_far();
    if (printed) port_ = static_cast<std::uint16_t>(std::stoi(process_->output_so_far()));
}

bool wait_until(const std::function<bool()>& holds, std::chrono::milliseconds limit) {
    Clock& clock = system_clock();
    const auto end = clock.now() + limit;
    while (!holds()) {
        if (clock.now() >= end) return false;
        if (!clock.sleep({}, std::chrono::milliseconds(10))) return false;
    }
    return true;
}

}  // namespace cofre::testing
