#include "net/listen_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cofre::net {
namespace {

namespace fs = std::filesystem;

TEST(ListenAddressText, IsReadBack) {
    for (const char* text : {"127.0.0.1:8080", "[::1]:80", "localhost:0", "*:443", "unix:/run/x.sock", "systemd"}) {
        const auto address = ListenAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->str(), text);
    }
    EXPECT_EQ(ListenAddress::parse(":9")->str(), "127.0.0.1:9");
    for (const char* text : {"", "8080", "host", "host:", "host:x", "host:65536", "::1:80", "unix:x", "[]:1"}) {
        EXPECT_FALSE(ListenAddress::parse(text)) << text;
    }
}

TEST(ListenSockets, TellTheFreePortTheyGot) {
    const auto sockets = open_listen_sockets({*ListenAddress::parse("127.0.0.1:0")}, /*authenticates=*/false);
    ASSERT_TRUE(sockets) << sockets.error().message();
    EXPECT_NE(sockets->at(0).port(), 0);
    EXPECT_EQ(sockets->at(0).place(), "127.0.0.1:" + std::to_string(sockets->at(0).port()));
    const auto again = open_listen_sockets({*ListenAddress::parse(sockets->at(0).place())}, false);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code(), ErrorCode::kConflict);
}

TEST(ListenSockets, OtherMachinesOnlyWithAToken) {
    for (const char* place : {"0.0.0.0:0", "*:0"}) {
        const auto refused = open_listen_sockets({*ListenAddress::parse(place)}, /*authenticates=*/false);
        ASSERT_FALSE(refused) << place;
        EXPECT_EQ(refused.error().code(), ErrorCode::kPermissionDenied);
        EXPECT_TRUE(open_listen_sockets({*ListenAddress::parse(place)}, /*authenticates=*/true)) << place;
    }
}

TEST(UnixSocket, HasItsModeAndGoesAway) {
    const auto folder = TempDir::create("listen");
    ASSERT_TRUE(folder);
    ListenAddress address = *ListenAddress::parse("unix:" + (folder->path() / "s").string());
    address.mode = 0660;
    {
        const auto socket = open_unix_socket(address);
        ASSERT_TRUE(socket) << socket.error().message();
        struct stat info {};
        ASSERT_EQ(::stat(address.path.c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 0777U, 0660U);
        const auto second = open_unix_socket(address);
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().code(), ErrorCode::kConflict);
    }
    EXPECT_FALSE(fs::exists(address.path));
}

TEST(UnixSocket, ReplacesWhatNobodyServes) {
    const auto folder = TempDir::create("listen");
    ASSERT_TRUE(folder);
    const ListenAddress address = *ListenAddress::parse("unix:" + (folder->path() / "s").string());
    {
        auto left_behind = open_unix_socket(address);
        ASSERT_TRUE(left_behind);
        fs::create_hard_link(address.path, folder->path() / "kept");
    }
    fs::rename(folder->path() / "kept", address.path);
    EXPECT_TRUE(open_unix_socket(address));
    ASSERT_TRUE(write_file_atomic(address.path, "a file of somebody"));
    EXPECT_EQ(open_unix_socket(address).error().code(), ErrorCode::kConflict);
    EXPECT_TRUE(fs::exists(address.path));
}

TEST(SystemdSockets, AreAdopted) {
    auto made = open_listen_sockets({*ListenAddress::parse("127.0.0.1:0")}, false);
    ASSERT_TRUE(made);
    const int passed = ::dup(made->at(0).fd());
    const auto adopted = adopt_listen_sockets(passed, 1);
    ASSERT_TRUE(adopted) << adopted.error().message();
    EXPECT_EQ(adopted->at(0).port(), made->at(0).port());
    EXPECT_TRUE(adopted->at(0).is_loopback());
    EXPECT_NE(::fcntl(passed, F_GETFD) & FD_CLOEXEC, 0);
}

TEST(SystemdSockets, MustListen) {
    const UniqueFd idle(::socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(adopt_listen_sockets(idle.get(), 1).error().code(), ErrorCode::kInvalidArgument);
    const UniqueFd file(::open("/dev/null", O_RDONLY));
    EXPECT_FALSE(adopt_listen_sockets(file.get(), 1));
    EXPECT_EQ(open_listen_sockets({*ListenAddress::parse("systemd")}, false).error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace cofre::net
