#include "base/subprocess.h"

#include <csignal>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"

namespace cofre {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

Command shell(const std::string& script) {
    return {.argv = {"sh", "-c", script}};
}

struct Outcome {
    Result<CommandResult> result;
    std::string output;
};

Outcome run(const Command& command, const ByteSource* input = nullptr, const CallContext& ctx = {}) {
    std::string output;
    auto result =
        run_command(ctx, command, {.input = input, .on_output = [&](std::span<const std::byte> bytes) -> Status {
                                       output += to_text(bytes);
                                       return {};
                                   }});
    return {std::move(result), std::move(output)};
}

// Does the process that `pid` names still run? A zombie that nobody has reaped
// yet does not.
bool is_running(const std::string& pid) {
    const auto status = read_small_file("/proc/" + pid + "/stat", 4096);
    return status && status->find(") Z") == std::string::npos;
}

// A killed process closes its pipes a moment before it is gone.
bool ends(const std::string& pid) {
    const auto limit = steady_clock::now() + seconds(20);
    while (is_running(pid) && steady_clock::now() < limit)
        (void)system_clock().sleep({}, std::chrono::milliseconds(1));
    return !is_running(pid);
}

TEST(RunCommand, ReturnsOutputErrorAndStatus) {
    const auto [result, output] = run(shell("echo out; echo err >&2; exit 3"));
    ASSERT_TRUE(result);
    EXPECT_EQ(output, "out\n");
    EXPECT_EQ(result->error_output, "err\n");
    EXPECT_FALSE(result->status.ok());
    EXPECT_EQ(result->status.describe(), "exit status 3");
}

TEST(RunCommand, ReportsTheSignalThatEndedIt) {
    const auto [result, output] = run(shell("kill -KILL $$"));
    EXPECT_EQ(result->status.describe(), "killed by SIGKILL (9)");
    EXPECT_FALSE(result->status.ok());
}

TEST(RunCommand, ArgumentsReachTheProgramUntouched) {
    const auto [result, output] = run({.argv = {"printf", "%s|", "a b", "$HOME", "; rm -rf x", "", "é\n"}});
    EXPECT_EQ(output, "a b|$HOME|; rm -rf x||é\n|");
}

TEST(RunCommand, MissingProgramIsNotFound) {
    const auto result = run_command({}, {.argv = {"cofre-no-such-program"}}, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(result.error().message(), "run cofre-no-such-program: No such file or directory");
    EXPECT_FALSE(result.error().hint().empty());
}

TEST(RunCommand, MissingWorkingDirectoryIsNamed) {
    const auto result = run_command({}, {.argv = {"true"}, .working_directory = "/dev/null/x"}, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message(), "working directory /dev/null/x: Not a directory");
}

TEST(RunCommand, RunsInTheWorkingDirectory) {
    const auto [result, output] = run({.argv = {"pwd"}, .working_directory = "/"});
    EXPECT_EQ(output, "/\n");
}

TEST(RunCommand, EnvironmentAddsReplacesAndRemoves) {
    ::setenv("COFRE_TEST_KEPT", "kept", 1);
    ::setenv("COFRE_TEST_REPLACED", "old", 1);
    ::setenv("COFRE_TEST_REMOVED", "old", 1);
    Command command = shell("echo $COFRE_TEST_KEPT $COFRE_TEST_REPLACED ${COFRE_TEST_REMOVED-gone} $COFRE_TEST_ADDED");
    command.environment = {
        {"COFRE_TEST_REPLACED", "new"}, {"COFRE_TEST_REMOVED", std::nullopt}, {"COFRE_TEST_ADDED", "a=b"}};
    EXPECT_EQ(run(command).output, "kept new gone a=b\n");
}

TEST(RunCommand, LargeInputAndOutputFlowAtTheSameTime) {
    std::string data(5'000'000, '\0');
    for (std::size_t i = 0; i < data.size(); ++i)
        data[i] = static_cast<char>(i * 7919 >> 8U);
    const SpanSource input(data);
    const auto [result, output] = run({.argv = {"cat"}}, &input);
    ASSERT_TRUE(result);
    EXPECT_TRUE(output == data);
}

TEST(RunCommand, EmptyInputIsAnEndOfFile) {
    const SpanSource input("");
    EXPECT_EQ(run({.argv = {"wc", "-c"}}, &input).output, "0\n");
    EXPECT_EQ(run({.argv = {"wc", "-c"}}).output, "0\n");
}

TEST(RunCommand, ChildThatIgnoresItsInputIsNoError) {
    const std::string data(1'000'000, 'x');  // More than a pipe holds: the write meets EPIPE.
    const SpanSource input(data);
    const auto [result, output] = run(shell("exec <&-; echo done"), &input);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_TRUE(result->status.ok());
    EXPECT_EQ(output, "done\n");
}

TEST(RunCommand, FloodOnStandardErrorDoesNotBlockAndKeepsTheTail) {
    const auto [result, output] = run(shell("head -c 10000000 /dev/zero | tr '\\0' 'e' >&2; echo last >&2; echo out"));
    ASSERT_TRUE(result);
    EXPECT_EQ(output, "out\n");
    EXPECT_EQ(result->error_output.size(), 64U * 1024);
    EXPECT_TRUE(result->error_output.ends_with("eeelast\n"));
}

TEST(RunCommand, OutputWithoutAReaderIsDropped) {
    const auto result = run_command({}, shell("head -c 1000000 /dev/zero; echo e >&2"), {});
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->status.ok());
    EXPECT_EQ(result->error_output, "e\n");
}

TEST(RunCommand, ErrorOfTheReaderStopsTheChildAndComesBackAsItIs) {
    const auto result = run_command({}, {.argv = {"yes"}}, {.on_output = [](std::span<const std::byte>) -> Status {
                                        return Error(ErrorCode::kResourceExhausted, "disk full");
                                    }});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kResourceExhausted);
    EXPECT_EQ(result.error().message(), "disk full");
}

class ShrinkingSource final : public ByteSource {
public:
    std::uint64_t size() const override { return 10; }
    Status read_at(std::uint64_t, std::span<std::byte>) const override {
        return Error(ErrorCode::kConflict, "it shrank");
    }
};

TEST(RunCommand, ErrorOfTheInputStopsTheChild) {
    const ShrinkingSource input;
    const auto result = run_command({}, {.argv = {"cat"}}, {.input = &input});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kConflict);
    EXPECT_EQ(result.error().message(), "run cat: it shrank");
}

TEST(RunCommand, StopKillsTheWholeGroup) {
    std::stop_source stop;
    std::string pids;
    const CallContext ctx{.stop = stop.get_token()};
    // The shell and its background child; both would run for an hour.
    const auto result = run_command(ctx, shell("sleep 3600 & echo $$ $!; wait"),
                                    {.on_output = [&](std::span<const std::byte> bytes) -> Status {
                                        pids += to_text(bytes);
                                        if (pids.ends_with('\n')) stop.request_stop();
                                        return {};
                                    }});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kCancelled);
    const std::size_t space = pids.find(' ');
    EXPECT_FALSE(is_running(pids.substr(0, space)));  // The leader has been reaped.
    EXPECT_TRUE(ends(pids.substr(space + 1, pids.size() - space - 2)));
}

TEST(RunCommand, StopFromAnotherThreadWakesTheWait) {
    std::stop_source stop;
    const std::jthread stopper([&] { stop.request_stop(); });
    const auto before = steady_clock::now();
    const auto result = run_command({.stop = stop.get_token()}, {.argv = {"sleep", "3600"}}, {});
    EXPECT_EQ(result.error().code(), ErrorCode::kCancelled);
    EXPECT_LT(steady_clock::now() - before, seconds(30));
}

TEST(RunCommand, DeadlineEndsTheChild) {
    const CallContext ctx{.deadline = steady_clock::now() + std::chrono::milliseconds(50)};
    const auto result = run_command(ctx, {.argv = {"sleep", "3600"}}, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kDeadlineExceeded);
    EXPECT_EQ(result.error().message(), "run sleep: the deadline passed");
}

TEST(RunCommand, ChildThatIgnoresSigtermIsKilled) {
    std::stop_source stop;
    const auto before = steady_clock::now();
    const auto result =
        run_command({.stop = stop.get_token()}, shell("trap '' TERM; echo ready; while :; do sleep 1; done"),
                    {.on_output = [&](std::span<const std::byte>) -> Status {
                        stop.request_stop();
                        return {};
                    }});
    EXPECT_EQ(result.error().code(), ErrorCode::kCancelled);
    EXPECT_GE(steady_clock::now() - before, seconds(5));
}

TEST(RunCommand, DescendantThatKeepsThePipesDoesNotHoldUsForEver) {
    const auto before = steady_clock::now();
    const auto [result, output] = run(shell("echo out; sleep 600 & echo $!"));
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->status.ok());
    ASSERT_TRUE(output.starts_with("out\n"));
    EXPECT_LT(steady_clock::now() - before, seconds(60));
    const std::string pid = output.substr(4, output.size() - 5);
    EXPECT_TRUE(is_running(pid));  // A daemon that a hook started is left alone.
    ::kill(std::stoi(pid), SIGKILL);
}

TEST(RunCommand, OutputThatOutlivesTheChildInThePipeArrivesWhole) {
    std::size_t received = 0;
    const auto result = run_command({}, shell("head -c 200000 /dev/zero"),
                                    {.on_output = [&](std::span<const std::byte> bytes) -> Status {
                                        received += bytes.size();
                                        return {};
                                    }});
    ASSERT_TRUE(result);
    EXPECT_EQ(received, 200'000U);
}

TEST(RunCommand, ChildInheritsNoOtherDescriptor) {
    const UniqueFd leaked(::open("/dev/null", O_RDONLY));  // NOLINT: without O_CLOEXEC on purpose
    // The shell lists its own descriptors by a glob, which opens the folder itself.
    const auto [result, output] = run(shell("for fd in 0 1 2 " + std::to_string(leaked.get()) +
                                            "; do [ -e /proc/self/fd/$fd ] && echo $fd; done; true"));
    EXPECT_EQ(output, "0\n1\n2\n");
}

TEST(RunCommand, SignalsOfTheChildAreAtTheirDefaults) {
    struct sigaction ignore {};
    struct sigaction before {};
    ignore.sa_handler = SIG_IGN;
    ASSERT_EQ(::sigaction(SIGTERM, &ignore, &before), 0);
    const auto [result, output] = run(shell("kill -TERM $$; echo survived"));
    ::sigaction(SIGTERM, &before, nullptr);
    EXPECT_EQ(result->status.describe(), "killed by SIGTERM (15)");
}

TEST(RunCommand, StopBeforeTheStartRunsNothing) {
    std::stop_source stop;
    stop.request_stop();
    const auto [result, output] = run(shell("echo x"), nullptr, {.stop = stop.get_token()});
    EXPECT_EQ(result.error().code(), ErrorCode::kCancelled);
    EXPECT_EQ(output, "");
}

}  // namespace
}  // namespace cofre
