#include "base/service_notify.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"

namespace cofre {
namespace {

TEST(ServiceNotify, TellsTheSocketThatIsNamed) {
    const auto folder = *TempDir::create("notify");
    const auto path = (folder.path() / "socket").native();
    const UniqueFd server(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    ASSERT_EQ(::bind(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    EXPECT_TRUE(notify_service_manager("READY=1"));
    std::array<char, 64> bytes{};
    const auto count = ::recv(server.get(), bytes.data(), bytes.size(), 0);
    EXPECT_EQ(std::string(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))), "READY=1");
    ::setenv("NOTIFY_SOCKET", (path + "-gone").c_str(), 1);
    EXPECT_FALSE(notify_service_manager("READY=1"));
    ::unsetenv("NOTIFY_SOCKET");
    EXPECT_TRUE(notify_service_manager("READY=1")) << "nobody to tell is no error";
}

TEST(ServiceNotify, HalvesTheWatchdogOfThisProcessOnly) {
    ::setenv("WATCHDOG_USEC", "20000000", 1);
    EXPECT_EQ(watchdog_interval(), std::chrono::milliseconds(10'000));
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    EXPECT_EQ(watchdog_interval(), std::chrono::milliseconds(10'000));
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_EQ(watchdog_interval(), std::nullopt);
    ::unsetenv("WATCHDOG_PID");
    ::unsetenv("WATCHDOG_USEC");
    EXPECT_EQ(watchdog_interval(), std::nullopt);
}

}  // namespace
}  // namespace cofre
