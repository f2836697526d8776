#include "testing/cli_runner.h"

#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cofre::testing {
namespace {

nlohmann::json parse(const std::string& text, const ChildResult& result) {
    auto document = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    if (document.is_discarded()) {
        ADD_FAILURE() << "not JSON: " << text << "\n" << result.describe();
        return nullptr;
    }
    return document;
}

}  // namespace

CliRunner::CliRunner() : home_(temporary_home()), environment_(clean_environment(home_.path())) {
    // Root's default lies outside the home.
    environment_["COFRE_STATE_DIR"] = home_.path() / "state";
    environment_["COFRE_KEY_COST"] = "cheap";
}

CliRunner& CliRunner::set(const std::string& name, const std::string& value) {
    environment_[name] = value;
    return *this;
}

CliRunner& CliRunner::set_all(const std::map<std::string, std::string>& variables) {
    for (const auto& [name, value] : variables)
        set(name, value);
    return *this;
}

CliRunner& CliRunner::unset(const std::string& name) {
    environment_.erase(name);
    return *this;
}

CliRunner& CliRunner::wrap(std::vector<std::string> wrapper) {
    wrapper_ = std::move(wrapper);
    return *this;
}

std::string CliRunner::binary() {
    return COFRE_TEST_BINARY;
}

ChildCommand CliRunner::command(const std::vector<std::string>& args) const {
    ChildCommand command{.argv = wrapper_, .environment = environment_, .working_directory = home()};
    command.argv.push_back(binary());
    command.argv.insert(command.argv.end(), args.begin(), args.end());
    return command;
}

ChildResult CliRunner::run(const std::vector<std::string>& args, const std::string& input) const {
    ChildCommand to_run = command(args);
    to_run.input = input;
    auto result = run_child(to_run);
    if (!result) {
        ADD_FAILURE() << result.error().message();
        return {};
    }
    return *std::move(result);
}

Result<ChildProcess> CliRunner::start(const std::vector<std::string>& args) const {
    return ChildProcess::start(command(args));
}

nlohmann::json json_of(const ChildResult& result) {
    return parse(result.out, result);
}

std::vector<nlohmann::json> json_lines_of(const ChildResult& result) {
    std::vector<nlohmann::json> documents;
    std::size_t start = 0;
    while (start < result.out.size()) {
        const std::size_t end = std::min(result.out.find('\n', start), result.out.size());
        if (end > start) documents.push_back(parse(result.out.substr(start, end - start), result));
        start = end + 1;
    }
    return documents;
}

}  // namespace cofre::testing
