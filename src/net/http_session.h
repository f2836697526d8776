#pragma once

/// @file
/// One connection: requests in, replies out, in a stackful coroutine of the
/// server's thread. Private to the server.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_exchange.h"
#include "net/http_request_parser.h"
#include "net/http_server_core.h"
#include "net/http_wire.h"

namespace cofre::net {

/// Bytes that came and were not understood yet. Small while nothing happens.
class InputBuffer {
public:
    std::string_view view() const { return {data_.data() + begin_, end_ - begin_}; }
    bool empty() const { return begin_ == end_; }
    void consume(std::size_t count);
    /// Room for at least `count` more bytes.
    asio::mutable_buffer room(std::size_t count);
    void added(std::size_t count) { end_ += count; }
    /// Gives memory back, if it is empty.
    void shrink();

private:
    std::vector<char> data_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// Lives as long as its coroutine, its timers and the jobs of its requests.
class HttpSession : public std::enable_shared_from_this<HttpSession> {
public:
    HttpSession(ServerCore& core, std::unique_ptr<Wire> wire, SocketName peer);

    void start();
    /// Ends it, if it waits for a request.
    void drain();
    /// Ends it, whatever it does; its handler is asked to stop.
    void cut();

private:
    enum class HeadResult { kRequest, kEnd, kRefused };
    enum class PieceResult { kPiece, kDone, kRefused, kGone };
    using Exchange = std::shared_ptr<HttpExchange>;
    using PieceReader = std::function<Result<std::size_t>(const CallContext&, std::span<std::byte>)>;
    struct ReplyPiece;

    // http_session.cc: the connection.
    void run(const Yield& yield);
    bool serve_one(const Yield& yield);
    HeadResult read_head(const Yield& yield);
    std::optional<HeadResult> parse_head();
    HeadResult head_ended();
    Exchange make_exchange();
    void finish(const Yield& yield);
    NetError read_more(std::size_t count, const Yield& yield);
    void arm(std::chrono::milliseconds timeout) { arm_at(now() + timeout); }
    void arm_at(SteadyTime deadline);
    void disarm();
    static SteadyTime now();
    const HttpServerLimits& limits() const { return core_.options().limits; }

    // http_session_request.cc: what is done about a request.
    std::optional<HttpReply> admit(HttpExchange& exchange);
    std::optional<HttpReply> route(HttpExchange& exchange);
    HttpReply refuse(const ServerRequest& request, const Refusal& refusal);
    HttpReply failed(const ServerRequest& request, const Error& error, int status);
    std::optional<HttpReply> handle(const Exchange& exchange, const Yield& yield);
    HttpReply outcome(HttpExchange& exchange);
    bool receive_body(HttpExchange& exchange, const Yield& yield);
    bool submit(const Exchange& exchange);
    void feed_handler(const Exchange& exchange, const Yield& yield);
    bool feed_once(const Exchange& exchange, const Yield& yield);
    PieceResult next_piece(ByteBuffer& piece, const Yield& yield);
    SteadyTime body_deadline() const;
    bool send_continue(HttpExchange& exchange, const Yield& yield);
    bool wait(SteadyTime until, const Yield& yield);
    void wake();

    // http_session_reply.cc: the answer.
    bool answer(const Exchange& exchange, HttpReply reply, const Yield& yield);
    bool send_text(std::string_view head, std::string_view body, const Yield& yield);
    bool send_pieces(const Exchange& exchange, const PieceReader& read, std::optional<std::uint64_t> length,
                     bool is_chunked, const Yield& yield);
    bool read_piece(const Exchange& exchange, const PieceReader& read, const std::shared_ptr<ReplyPiece>& piece,
                    const Yield& yield);
    bool write_all(std::string_view first, std::string_view second, std::string_view third, const Yield& yield);

    ServerCore& core_;
    std::unique_ptr<Wire> wire_;  // Null once events have taken it.
    const SocketName peer_;
    WireTimer deadline_timer_;
    WireTimer wake_timer_;
    SteadyTime deadline_ = SteadyTime::max();
    bool timed_out_ = false;
    bool is_idle_ = false;     // Waits for the first byte of a request.
    bool is_feeding_ = false;  // Reads a body for a handler that runs.
    bool is_cut_ = false;

    InputBuffer input_;
    std::optional<HttpRequestParser> parser_;
    std::optional<Refusal> refusal_;  // Of the request under way.
    Exchange exchange_;               // The request under way.
    std::uint64_t served_ = 0;
    bool body_is_read_ = true;  // Of the request under way: the next one begins where we are.
    SteadyTime body_started_;   // Later by the time we did not want to read.
    std::uint64_t body_received_ = 0;
};

}  // namespace cofre::net
