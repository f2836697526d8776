#pragma once

/// @file
/// One accepted connection, plain or TLS. Private to the server: with the files
/// that include it, the only place that knows Boost.Asio.

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/spawn.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace cofre::net {

namespace asio = boost::asio;
using NetError = boost::system::error_code;
using IoExecutor = asio::io_context::executor_type;
using WireSocket = asio::basic_stream_socket<asio::generic::stream_protocol, IoExecutor>;
using WireTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, IoExecutor>;
using Yield = asio::basic_yield_context<IoExecutor>;
using TlsContext = asio::ssl::context;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Of the server's thread, as everything here. Destruction closes.
class Wire {
public:
    /// `on_close` is called by the destructor. `tls` may be null.
    Wire(WireSocket socket, std::shared_ptr<TlsContext> tls, std::function<void()> on_close)
        : socket_(std::move(socket)), context_(std::move(tls)), on_close_(std::move(on_close)) {
        if (context_) tls_ = std::make_unique<TlsStream>(socket_, *context_);
    }
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    ~Wire() {
        close();
        on_close_();
    }

    bool is_tls() const { return tls_ != nullptr; }
    WireSocket& socket() { return socket_; }

    /// What waits ends with operation_aborted.
    void cancel() {
        NetError ignored;
        socket_.cancel(ignored);
    }
    void close() {
        NetError ignored;
        socket_.close(ignored);
    }

    NetError handshake(const Yield& yield) {
        NetError ec;
        if (tls_) tls_->async_handshake(asio::ssl::stream_base::server, yield[ec]);
        return ec;
    }
    /// Says that no more bytes come; TLS: by close_notify, without which the other
    /// side may take the end for an attack.
    void end_sending(const Yield& yield) {
        NetError ignored;
        if (tls_) tls_->async_shutdown(yield[ignored]);
        socket_.shutdown(WireSocket::shutdown_send, ignored);
    }
    std::size_t read_some(asio::mutable_buffer room, NetError& ec, const Yield& yield) {
        return tls_ ? tls_->async_read_some(room, yield[ec]) : socket_.async_read_some(room, yield[ec]);
    }
    template <typename Token>
    void async_read_some(asio::mutable_buffer room, Token&& token) {
        if (tls_) {
            tls_->async_read_some(room, std::forward<Token>(token));
        } else {
            socket_.async_read_some(room, std::forward<Token>(token));
        }
    }
    /// Only of TLS: close_notify, and the other side's.
    template <typename Token>
    void async_shutdown(Token&& token) {
        tls_->async_shutdown(std::forward<Token>(token));
    }
    /// All of the buffers.
    template <typename Buffers, typename Token>
    void async_write(const Buffers& buffers, Token&& token) {
        if (tls_) {
            asio::async_write(*tls_, buffers, std::forward<Token>(token));
        } else {
            asio::async_write(socket_, buffers, std::forward<Token>(token));
        }
    }

private:
    using TlsStream = asio::ssl::stream<WireSocket&>;
    WireSocket socket_;
    std::shared_ptr<TlsContext> context_;
    std::unique_ptr<TlsStream> tls_;
    std::function<void()> on_close_;
};

}  // namespace cofre::net
