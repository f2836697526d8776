#include "testing/tcp_relay.h"

#include <array>
#include <cerrno>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/number.h"

namespace cofre::testing {
namespace {

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

UniqueFd tcp_socket() {
    return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

bool send_whole(int fd, const char* data, ssize_t size) {
    for (ssize_t sent = 0; sent < size;) {
        const ssize_t count = ::send(fd, data + sent, static_cast<std::size_t>(size - sent), MSG_NOSIGNAL);
        if (count <= 0) return false;
        sent += count;
    }
    return true;
}

}  // namespace

Result<std::unique_ptr<TcpRelay>> TcpRelay::start(const std::string& server) {
    const auto server_port = parse_number<int>(std::string_view(server).substr(server.rfind(':') + 1));
    if (!server_port) return Error(ErrorCode::kInvalidArgument, server + " names no port");
    UniqueFd listener = tcp_socket();
    auto address = loopback(0);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (!listener || ::bind(listener.get(), generic, length) != 0 || ::listen(listener.get(), 64) != 0 ||
        ::getsockname(listener.get(), generic, &length) != 0) {
        return Error::from_errno(errno, "listen on loopback");
    }
    std::unique_ptr<TcpRelay> relay(new TcpRelay(std::move(listener), ntohs(address.sin_port), *server_port));
    relay->acceptor_ = std::thread([raw = relay.get()] { raw->accept_all(); });
    return relay;
}

TcpRelay::~TcpRelay() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    for (const auto& socket : sockets_)
        ::shutdown(socket.get(), SHUT_RDWR);
    for (auto& connection : connections_)
        connection.join();
}

std::string TcpRelay::endpoint() const {
    return "http://127.0.0.1:" + std::to_string(port_);
}

void TcpRelay::accept_all() {
    for (;;) {
        UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!client) return;
        UniqueFd server = tcp_socket();
        const auto address = loopback(server_port_);
        if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) continue;
        connections_.emplace_back([this, from = client.get(), to = server.get()] { pass(from, to, &sent_); });
        connections_.emplace_back([this, from = server.get(), to = client.get()] { pass(from, to, nullptr); });
        sockets_.push_back(std::move(client));
        sockets_.push_back(std::move(server));
    }
}

void TcpRelay::pass(int from, int to, std::atomic<std::uint64_t>* count) {
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t got = ::recv(from, buffer.data(), buffer.size(), 0);
        if (got <= 0) break;
        if (count != nullptr) *count += static_cast<std::uint64_t>(got);
        if (!send_whole(to, buffer.data(), got)) break;
    }
    ::shutdown(to, SHUT_WR);
}

}  // namespace cofre::testing
