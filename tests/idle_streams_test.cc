// Ten thousand clients that listen for events and hear nothing: what they cost.

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/testing/raw_client.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COFRE_SANITIZED_ 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COFRE_SANITIZED_ 1
#endif
#endif

namespace cofre::net::testing {
namespace {

constexpr std::size_t kWantedClients = 10'000;
constexpr std::uint64_t kMostMemory = 300ULL << 20U;

std::uint64_t resident_bytes() {
    std::uint64_t pages = 0;
    std::ifstream statm("/proc/self/statm");
    statm >> pages >> pages;  // The second number.
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// As many as descriptors allow: one for each client, here and in the child.
std::size_t possible_clients(std::string& why_fewer) {
#ifdef COFRE_SANITIZED_
    why_fewer = "a sanitizer multiplies memory and time";
    return 500;
#else
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const std::size_t possible = static_cast<std::size_t>(limit.rlim_cur) - 200;
    if (possible < kWantedClients) why_fewer = "the limit of open files is " + std::to_string(limit.rlim_cur);
    return std::min(kWantedClients, possible);
#endif
}

/// The clients, in a process of their own: their buffers are not the server's.
/// Forked before there are threads. Each answer() is one step of the child.
class ClientProcess {
public:
    explicit ClientProcess(std::size_t count) {
        std::array<int, 2> to{};
        std::array<int, 2> from{};
        EXPECT_EQ(::pipe(to.data()) + ::pipe(from.data()), 0);
        pid_ = ::fork();
        if (pid_ == 0) {
            ::close(to[1]);
            ::close(from[0]);
            ::_exit(live(count, to[0], from[1]));
        }
        ::close(to[0]);
        ::close(from[1]);
        commands_ = UniqueFd(to[1]);
        answers_ = UniqueFd(from[0]);
    }
    ~ClientProcess() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    /// Connects and listens, if given a port; waits for an event, if given 0.
    bool answer(std::uint16_t port) {
        bool is_well = false;
        return ::write(commands_.get(), &port, sizeof(port)) == sizeof(port) &&
               ::read(answers_.get(), &is_well, sizeof(is_well)) == sizeof(is_well) && is_well;
    }

private:
    static int live(std::size_t count, int commands, int answers) {
        std::vector<RawClient> clients;
        clients.reserve(count);
        std::uint16_t port = 0;
        while (::read(commands, &port, sizeof(port)) == sizeof(port)) {
            bool is_well = true;
            while (port != 0 && is_well && clients.size() < count) {
                clients.emplace_back(port);
                is_well = clients.back().send(get_request("/events")) &&
                          clients.back().read_until("\r\n\r\n").find("event-stream") != std::string::npos;
            }
            for (RawClient& one : clients) {
                if (port == 0) is_well = is_well && one.read_until("\n\n").find("data: to all") != std::string::npos;
            }
            if (::write(answers, &is_well, sizeof(is_well)) != sizeof(is_well)) break;
        }
        return 0;
    }

    pid_t pid_ = -1;
    UniqueFd commands_;
    UniqueFd answers_;
};

class IdleStreams : public ServerFixture {
protected:
    IdleStreams() {
        add("GET", "/events", [this](const CallContext&, const ServerRequest&) -> Result<HttpReply> {
            return HttpReply::events(hub_.subscribe());
        });
    }
    EventHub hub_;
};

TEST_F(IdleStreams, TenThousandCostLessThan300MiB) {
    std::string why_fewer;
    const std::size_t count = possible_clients(why_fewer);
    if (!why_fewer.empty()) std::cout << count << " clients instead of " << kWantedClients << ": " << why_fewer << "\n";
    ClientProcess clients(count);
    start();
    ASSERT_EQ(ask(get_request("/hello")).status, 200);
    const std::uint64_t before = resident_bytes();
    ASSERT_TRUE(clients.answer(server_->port()));
    ASSERT_TRUE(eventually([&] { return server_->counters().event_streams_open == count; }))
        << server_->counters().event_streams_open << " of " << count;
    const std::uint64_t idle = resident_bytes() - before;
    std::cout << count << " idle streams: " << (idle >> 10U) << " KiB, " << idle / count << " bytes each\n";
    EXPECT_LT(idle, kMostMemory);

    hub_.publish("t", "to all of you");
    EXPECT_TRUE(clients.answer(0));
    EXPECT_LT(resident_bytes() - before, kMostMemory);
    // Others are served meanwhile.
    EXPECT_EQ(ask(get_request("/hello")).status, 200);
    EXPECT_TRUE(server_->shutdown(kPatience));
}

}  // namespace
}  // namespace cofre::net::testing
