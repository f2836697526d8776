#pragma once

/// @file
/// What all connections of one server share. Private to the server; all of it
/// belongs to the server's thread, except where said.

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "base/file.h"
#include "base/guarded.h"
#include "net/handler_pool.h"
#include "net/http_server.h"
#include "net/http_wire.h"
#include "net/socket_name.h"

namespace cofre::net {

class EventClient;
class HttpSession;
class ServerCore;

/// Takes connections from one listening socket.
class HttpAcceptor {
public:
    HttpAcceptor(ServerCore& core, ListenSocket socket);
    void wait();
    void close();
    const ListenSocket& socket() const { return socket_; }

private:
    void accept_some();
    void pause();

    ServerCore& core_;
    ListenSocket socket_;
    asio::posix::basic_stream_descriptor<IoExecutor> descriptor_;
    WireTimer retry_;
};

class ServerCore {
public:
    ServerCore(HttpServerOptions options, HttpRouter router);
    ~ServerCore();  // NOLINT(bugprone-exception-escape): see the definition.

    // --- From any thread.
    const HttpServerOptions& options() const { return options_; }
    const HttpRouter& router() const { return router_; }
    HandlerPool& pool() { return pool_; }
    asio::io_context& io() { return io_; }
    HttpServerCounters counters() const;
    /// A request or connection that was turned away.
    void reject(std::string_view reason);
    template <typename Change>
    void count(Change change) {
        counters_.with([&](HttpServerCounters& counters) { change(counters); });
    }

    // --- Before the thread runs, and then of the thread.
    void listen(std::vector<ListenSocket> sockets);
    void set_tls(std::shared_ptr<TlsContext> tls) { tls_ = std::move(tls); }
    const std::vector<std::unique_ptr<HttpAcceptor>>& acceptors() const { return acceptors_; }

    void run();
    void accept(UniqueFd fd, const SocketName& peer);
    void session_ended(HttpSession* session);
    void adopt_events(std::unique_ptr<Wire> wire, std::shared_ptr<EventStream> stream);
    void events_ended(EventClient* client);

    bool is_draining() const { return is_draining_; }
    void drain(SteadyTime deadline);
    void cut();
    bool has_cut() const { return has_cut_; }

    int streaming_handlers = 0;  ///< Handlers under way that pull a body.
    int max_streaming_handlers() const;

private:
    bool has_room_for(const SocketName& peer, const std::string& key);
    void sweep();
    void end_if_drained();

    const HttpServerOptions options_;
    const HttpRouter router_;
    HandlerPool pool_;
    Guarded<HttpServerCounters> counters_;
    asio::io_context io_{1};
    asio::executor_work_guard<IoExecutor> work_;
    WireTimer sweep_timer_;
    WireTimer drain_timer_;
    std::shared_ptr<TlsContext> tls_;
    std::vector<std::unique_ptr<HttpAcceptor>> acceptors_;
    std::unordered_map<HttpSession*, std::shared_ptr<HttpSession>> sessions_;
    std::unordered_map<EventClient*, std::shared_ptr<EventClient>> event_clients_;
    std::unordered_map<std::string, std::size_t> peers_;
    std::size_t connections_ = 0;
    bool is_draining_ = false;
    bool has_cut_ = false;
};

/// Min 1.2, certificate and key of `files`. kInvalidArgument: they cannot be used.
Result<std::shared_ptr<TlsContext>> load_tls(const TlsFiles& files);

}  // namespace cofre::net
