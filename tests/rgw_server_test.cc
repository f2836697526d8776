// The harness tests itself: a server that outlives its test, or a judge that
// cannot tell two files apart, would make every other test worthless.

#include "testing/rgw_server.h"

#include <chrono>
#include <csignal>
#include <string>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "testing/child_process.h"

namespace cofre::testing {
namespace {

bool is_ceph(const std::string& pid) {
    const auto command = read_small_file("/proc/" + pid + "/cmdline", 65536);
    return command && command->find("ceph.conf") != std::string::npos;
}

/// Waits until none of the processes is a daemon any more. A pidfd tells of an
/// end even while nobody has reaped the process.
::testing::AssertionResult all_gone(const std::map<std::string, std::string>& ids) {
    for (const auto& [daemon, pid] : ids) {
        const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, std::stoi(pid), 0)));
        pollfd ended{process.get(), POLLIN, 0};
        if (process) ::poll(&ended, 1, 20'000);
        if (is_ceph(pid)) return ::testing::AssertionFailure() << daemon << " " << pid << " still runs";
    }
    return ::testing::AssertionSuccess();
}

TEST(RgwServer, RefusesARequestWithAWrongSecret) {
    const auto& server = shared_rgw();
    auto environment = clean_environment("/nonexistent");
    const auto answer =
        run_child({.argv = {"curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--aws-sigv4",
                            "aws:amz:us-east-1:s3", "-u", server.access_key() + ":wrong", server.endpoint() + "/"},
                   .environment = environment});
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->out, "403");
}

TEST(RgwServer, EndsWithTheObject) {
    auto server = RgwServer::start();
    ASSERT_TRUE(server) << server.error().message();
    const auto ids = (*server)->process_ids();
    ASSERT_EQ(ids.size(), 3U);
    for (const auto& [daemon, pid] : ids)
        EXPECT_TRUE(is_ceph(pid)) << daemon;
    *server = nullptr;
    EXPECT_TRUE(all_gone(ids));
}

TEST(RgwServer, EndsWhenTheTestIsKilled) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t test = ::fork();
    ASSERT_GE(test, 0);
    if (test == 0) {
        auto server = RgwServer::start();
        std::string ids;
        if (server) {
            for (const auto& [daemon, pid] : (*server)->process_ids())
                ids += pid + "\n";
        }
        [[maybe_unused]] const auto written = ::write(ends[1], ids.data(), ids.size());
        ::raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(test, &status, 0), test);
    ASSERT_TRUE(WIFSIGNALED(status));
    std::string text(256, '\0');
    const auto length = ::read(ends[0], text.data(), text.size());
    ASSERT_GT(length, 0) << "the server did not start";
    ::close(ends[0]);
    ::close(ends[1]);

    std::map<std::string, std::string> ids;
    std::size_t start = 0;
    text.resize(static_cast<std::size_t>(length));
    while (start < text.size()) {
        const std::size_t end = text.find('\n', start);
        ids["daemon" + std::to_string(ids.size())] = text.substr(start, end - start);
        start = end + 1;
    }
    ASSERT_EQ(ids.size(), 3U);
    EXPECT_TRUE(all_gone(ids));
}

TEST(RgwServer, GivesEveryTestABucketOfItsOwn) {
    EXPECT_NE(fresh_bucket(), fresh_bucket());
}

}  // namespace
}  // namespace cofre::testing
