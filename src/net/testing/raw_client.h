#pragma once

/// @file
/// A client that sends the bytes it is told to, right or wrong, and a server to
/// send them to. For tests; each wait ends after kPatience.

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "net/http_server.h"

namespace cofre::net::testing {

constexpr std::chrono::seconds kPatience{20};

/// Until `condition` holds; false if it never does.
inline bool eventually(const std::function<bool()>& condition) {
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > limit) return false;
        std::this_thread::yield();
    }
    return true;
}

struct RawReply {
    int status = 0;  ///< 0: the connection ended before a whole head.
    std::string head;
    std::string body;
    bool is_whole = false;  ///< The body came to the end that the head promised.

    std::string field(std::string_view name) const {
        std::string lower(head);
        std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
        const std::size_t at = lower.find("\r\n" + std::string(name) + ": ");
        if (at == std::string::npos) return {};
        const std::size_t start = at + name.size() + 4;
        return head.substr(start, head.find("\r\n", start) - start);
    }
};

class RawClient {
public:
    explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0) << errno;
    }
    explicit RawClient(const std::string& unix_path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        unix_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0) << errno;
    }

    /// False: the server does not take it any more.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    void end_sending() { ::shutdown(fd_.get(), SHUT_WR); }

    /// The next reply. `has_body` is false for the answer to HEAD.
    RawReply read_reply(bool has_body = true) {
        RawReply reply;
        std::size_t end = 0;
        while ((end = input_.find("\r\n\r\n")) == std::string::npos) {
            if (!read_more()) return reply;
        }
        reply.head = input_.substr(0, end + 2);
        input_.erase(0, end + 4);
        reply.status = std::stoi(reply.head.substr(9, 3));
        const bool is_bare = !has_body || reply.status < 200 || reply.status == 204 || reply.status == 304;
        if (is_bare) {
            reply.is_whole = true;
        } else if (reply.field("transfer-encoding") == "chunked") {
            read_chunks(reply);
        } else if (const std::string length = reply.field("content-length"); !length.empty()) {
            reply.is_whole = take(std::stoul(length), reply.body);
        } else {
            reply.body = read_to_end();
            reply.is_whole = true;
        }
        return reply;
    }

    /// Until `mark` has come, which is included; what came so far if it never does.
    std::string read_until(std::string_view mark) {
        std::size_t end = 0;
        while ((end = input_.find(mark)) == std::string::npos) {
            if (!read_more()) return std::exchange(input_, {});
        }
        std::string text = input_.substr(0, end + mark.size());
        input_.erase(0, text.size());
        return text;
    }

    std::string read_to_end() {
        while (read_more()) {
        }
        return std::exchange(input_, {});
    }
    /// The server closes the connection, and says nothing more before.
    bool ends() { return read_to_end().empty() && !timed_out_; }

    int fd() const { return fd_.get(); }

private:
    bool read_more() {
        pollfd waiting{fd_.get(), POLLIN, 0};
        const int patience = static_cast<int>(std::chrono::milliseconds(kPatience).count());
        if (::poll(&waiting, 1, patience) <= 0) {
            timed_out_ = true;
            return false;
        }
        std::string room(64UL * 1024, '\0');
        const ssize_t got = ::recv(fd_.get(), room.data(), room.size(), 0);
        if (got <= 0) return false;
        input_.append(room, 0, static_cast<std::size_t>(got));
        return true;
    }
    bool take(std::size_t count, std::string& out) {
        while (input_.size() < count) {
            if (!read_more()) break;
        }
        const bool is_there = input_.size() >= count;
        out += input_.substr(0, count);
        input_.erase(0, count);
        return is_there;
    }
    void read_chunks(RawReply& reply) {
        for (;;) {
            const std::string line = read_until("\r\n");
            if (line.size() < 3) return;
            const std::size_t size = std::stoul(line, nullptr, 16);
            std::string end;
            if (!take(size, reply.body) || !take(2, end) || end != "\r\n") return;
            if (size == 0) {
                reply.is_whole = true;
                return;
            }
        }
    }

    UniqueFd fd_;
    std::string input_;
    bool timed_out_ = false;
};

inline std::string get_request(std::string_view path, std::string_view more_fields = {}) {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more_fields) + "\r\n";
}
inline std::string post_request(std::string_view path, std::string_view body, std::string_view more_fields = {}) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(more_fields) + "\r\n" + std::string(body);
}

/// A server on a free port of loopback, with what tests ask for.
class ServerFixture : public ::testing::Test {
protected:
    ServerFixture() {
        add("GET", "/hello", [](const CallContext&, const ServerRequest&) -> Result<HttpReply> {
            return HttpReply::text(200, "hello");
        });
        add("POST", "/echo", [](const CallContext&, const ServerRequest& request) -> Result<HttpReply> {
            return HttpReply::text(200, request.body, "application/octet-stream");
        });
    }
    void add(std::string method, std::string pattern, HttpHandler handler, RouteOptions rules = {}) {
        const Status added = router_.add(std::move(method), std::move(pattern), std::move(handler), rules);
        ASSERT_TRUE(added) << added.error().message();
    }
    void start() {
        auto server = HttpServer::start(options_, std::move(router_));
        ASSERT_TRUE(server) << server.error().message();
        server_ = *std::move(server);
    }
    RawClient client() const { return RawClient(server_->port()); }
    RawReply ask(std::string_view request) const {
        RawClient one = client();
        one.send(request);
        return one.read_reply(request.substr(0, 5) != "HEAD ");
    }
    std::uint64_t rejected(const std::string& reason) const {
        const auto counters = server_->counters();
        const auto found = counters.rejected.find(reason);
        return found == counters.rejected.end() ? 0 : found->second;
    }

    HttpServerOptions options_;
    HttpRouter router_;
    std::unique_ptr<HttpServer> server_;
};

}  // namespace cofre::net::testing
