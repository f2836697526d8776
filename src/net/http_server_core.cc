#include "net/http_server_core.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/task_group.h"
#include "net/event_client.h"
#include "net/http_session.h"

namespace cofre::net {

namespace {

constexpr int kAcceptsInARow = 64;
constexpr std::chrono::milliseconds kAcceptPause{100};

constexpr std::string_view kOverloadedReply =
    "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Who counts as one peer: an IPv4 address, or the network of one IPv6 subscriber.
std::string peer_key(const SocketName& peer) {
    if (peer.is_unix || peer.host.find(':') == std::string::npos) return peer.host;
    in6_addr address{};
    if (::inet_pton(AF_INET6, peer.host.c_str(), &address) != 1) return peer.host;
    return {reinterpret_cast<const char*>(&address), 8};
}

}  // namespace

HttpAcceptor::HttpAcceptor(ServerCore& core, ListenSocket socket)
    : core_(core),
      socket_(std::move(socket)),
      descriptor_(core.io().get_executor(), socket_.fd()),
      retry_(core.io().get_executor()) {}

void HttpAcceptor::wait() {
    descriptor_.async_wait(decltype(descriptor_)::wait_read, [this](const NetError& ec) {
        if (!ec) accept_some();
    });
}

void HttpAcceptor::accept_some() {
    for (int i = 0; i < kAcceptsInARow; ++i) {
        sockaddr_storage address{};
        socklen_t size = sizeof(address);
        UniqueFd fd(
            ::accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (fd) {
            core_.accept(std::move(fd), name_socket(address, size));
            continue;
        }
        if (errno == EAGAIN) break;
        if (errno == EINTR || errno == ECONNABORTED) continue;
        // Out of descriptors or memory: the connection stays in the backlog.
        core_.reject("accept-failed");
        return pause();
    }
    wait();
}

void HttpAcceptor::pause() {
    retry_.expires_after(kAcceptPause);
    retry_.async_wait([this](const NetError& ec) {
        if (!ec) wait();
    });
}

void HttpAcceptor::close() {
    retry_.cancel();
    if (!descriptor_.is_open()) return;
    descriptor_.release();  // The descriptor is socket_'s.
    socket_.close();
}

ServerCore::ServerCore(HttpServerOptions options, HttpRouter router)
    : options_(std::move(options)),
      router_(std::move(router)),
      pool_(options_.max_waiting_requests, 2 * options_.limits.max_connections + 1),
      work_(io_.get_executor()),
      sweep_timer_(io_.get_executor()),
      drain_timer_(io_.get_executor()) {}

ServerCore::~ServerCore() {  // NOLINT(bugprone-exception-escape): closing open descriptors does not throw.
    for (const auto& acceptor : acceptors_)
        acceptor->close();
}

int ServerCore::max_streaming_handlers() const {
    if (options_.max_streaming_handlers > 0) return options_.max_streaming_handlers;
    return std::max(1, options_.handler_threads / 2);
}

HttpServerCounters ServerCore::counters() const {
    HttpServerCounters copy = counters_.with([](const HttpServerCounters& counters) { return counters; });
    copy.requests_waiting = pool_.waiting();
    return copy;
}

void ServerCore::reject(std::string_view reason) {
    count([&](HttpServerCounters& counters) { ++counters.rejected[std::string(reason)]; });
}

void ServerCore::listen(std::vector<ListenSocket> sockets) {
    for (auto& socket : sockets) {
        acceptors_.push_back(std::make_unique<HttpAcceptor>(*this, std::move(socket)));
        acceptors_.back()->wait();
    }
    sweep();
}

void ServerCore::run() {
    for (;;) {
        const Status ended = run_guarded([this]() -> Status {
            io_.run();
            return {};
        });
        if (ended) break;
        // What threw has lost its own connection; the others go on.
        log_error("net", "HTTP server: " + ended.error().message());
    }
    pool_.close();
}

bool ServerCore::has_room_for(const SocketName& peer, const std::string& key) {
    if (connections_ >= options_.limits.max_connections) {
        reject("too-many-connections");
        return false;
    }
    const std::size_t limit = options_.limits.max_connections_per_peer;
    if (limit == 0 || peer.is_unix) return true;
    const auto found = peers_.find(key);
    if (found == peers_.end() || found->second < limit) return true;
    reject("too-many-connections-of-peer");
    return false;
}

void ServerCore::accept(UniqueFd fd, const SocketName& peer) {
    const std::string key = peer_key(peer);
    const bool is_tls = tls_ && !peer.is_unix;
    if (!has_room_for(peer, key)) {
        if (!is_tls) ::send(fd.get(), kOverloadedReply.data(), kOverloadedReply.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        return;
    }
    int family = AF_UNIX;
    if (!peer.is_unix) {
        family = peer.text.front() == '[' ? AF_INET6 : AF_INET;
        const int on = 1;  // Events and small replies should not wait for acknowledgements.
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    NetError ec;
    WireSocket socket(io_.get_executor());
    socket.assign(asio::generic::stream_protocol(family, 0), fd.get(), ec);
    if (ec) return reject("accept-failed");
    static_cast<void>(fd.release());
    ++connections_;
    ++peers_[key];
    count([](HttpServerCounters& counters) {
        ++counters.connections_open;
        ++counters.connections_accepted;
    });
    auto wire = std::make_unique<Wire>(std::move(socket), is_tls ? tls_ : nullptr, [this, key] {
        --connections_;
        if (--peers_[key] == 0) peers_.erase(key);
        count([](HttpServerCounters& counters) { --counters.connections_open; });
    });
    auto session = std::make_shared<HttpSession>(*this, std::move(wire), peer);
    sessions_.emplace(session.get(), session);
    session->start();
}

void ServerCore::session_ended(HttpSession* session) {
    sessions_.erase(session);
    end_if_drained();
}

void ServerCore::adopt_events(std::unique_ptr<Wire> wire, std::shared_ptr<EventStream> stream) {
    auto client = std::make_shared<EventClient>(*this, std::move(wire), std::move(stream));
    event_clients_.emplace(client.get(), client);
    count([](HttpServerCounters& counters) { ++counters.event_streams_open; });
    client->start();
    if (is_draining_) client->drain();
}

void ServerCore::events_ended(EventClient* client) {
    event_clients_.erase(client);
    count([](HttpServerCounters& counters) { --counters.event_streams_open; });
    end_if_drained();
}

void ServerCore::sweep() {
    const SteadyTime now = system_clock().now();
    // A tick may end a client, which takes it off the list.
    std::vector<std::shared_ptr<EventClient>> clients;
    clients.reserve(event_clients_.size());
    for (const auto& [key, client] : event_clients_)
        clients.push_back(client);
    for (const auto& client : clients)
        client->tick(now);
    const auto period =
        std::clamp(options_.heartbeat / 4, std::chrono::milliseconds(20), std::chrono::milliseconds(2'000));
    sweep_timer_.expires_after(period);
    sweep_timer_.async_wait([this](const NetError& ec) {
        if (!ec) sweep();
    });
}

void ServerCore::drain(SteadyTime deadline) {
    if (is_draining_) return;
    is_draining_ = true;
    for (const auto& acceptor : acceptors_)
        acceptor->close();
    const auto sessions = sessions_;
    for (const auto& [key, session] : sessions)
        session->drain();
    const auto clients = event_clients_;
    for (const auto& [key, client] : clients)
        client->drain();
    drain_timer_.expires_at(deadline);
    drain_timer_.async_wait([this](const NetError& ec) {
        if (!ec) cut();
    });
    end_if_drained();
}

void ServerCore::cut() {
    has_cut_ = has_cut_ || !sessions_.empty() || !event_clients_.empty();
    const auto sessions = sessions_;
    for (const auto& [key, session] : sessions)
        session->cut();
    const auto clients = event_clients_;
    for (const auto& [key, client] : clients)
        client->cut();
}

void ServerCore::end_if_drained() {
    if (!is_draining_ || !sessions_.empty() || !event_clients_.empty()) return;
    sweep_timer_.cancel();
    drain_timer_.cancel();
    work_.reset();
}

}  // namespace cofre::net
