#pragma once

/// @file
/// One request on its way through the server: what the connection and the
/// handler's thread share. Private to the server.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "base/bounded_queue.h"
#include "base/byte_buffer.h"
#include "base/guarded.h"
#include "net/http_router.h"
#include "net/request_head.h"
#include "net/server_message.h"

namespace cofre::net {

/// The body of a request between the connection, which pushes pieces, and the
/// handler, which reads. The connection pushes only when has_room(), so it never
/// waits; `on_room` tells it when that has changed.
class BodyPipe final : public RequestBody {
public:
    static constexpr std::size_t kPieces = 4;
    static constexpr std::size_t kPieceSize = 64UL * 1024;

    BodyPipe(std::optional<std::uint64_t> length, std::stop_token stop) : length_(length), stop_(std::move(stop)) {}

    // --- The handler's thread.
    std::optional<std::uint64_t> length() const override { return length_; }
    Result<std::size_t> read(std::span<std::byte> room) override;

    // --- The connection's thread.
    /// Called on the handler's thread: at its first read, and when a piece was taken.
    void set_on_demand(std::function<void()> on_demand) { on_demand_ = std::move(on_demand); }
    bool is_wanted() const { return is_wanted_; }
    bool has_room() const { return queued_ < kPieces; }
    void push(ByteBuffer piece);
    /// The whole body has been pushed.
    void finish();
    /// The reader gets what was pushed, then `error`.
    void fail(Error error);

private:
    const std::optional<std::uint64_t> length_;
    const std::stop_token stop_;
    std::function<void()> on_demand_;
    std::atomic<bool> is_wanted_{false};
    std::atomic<std::size_t> queued_{0};
    Guarded<std::optional<Error>> error_;
    BoundedQueue<ByteBuffer> pieces_{kPieces};
    bool is_closed_ = false;  // Of the connection's thread.

    ByteBuffer current_;  // Of the handler's thread, and the rest.
    std::size_t current_used_ = 0;
    bool has_ended_ = false;
};

/// Owned by the connection and by the job that runs the handler.
struct HttpExchange {
    HttpExchange() = default;
    HttpExchange(const HttpExchange&) = delete;
    HttpExchange& operator=(const HttpExchange&) = delete;
    /// A stream of events that no client will get has ended.
    ~HttpExchange();

    ServerRequest request;
    int minor_version = 1;
    bool keep_alive = false;  ///< The client wants it, and nothing speaks against it.
    BodyFraming framing = BodyFraming::kNone;
    std::uint64_t content_length = 0;
    bool expects_continue = false;
    std::shared_ptr<const Route> route;
    std::stop_source stop;
    std::unique_ptr<BodyPipe> pipe;  ///< If the route streams bodies.

    std::optional<Result<HttpReply>> reply;  ///< The handler's thread's until `is_done`.
    bool is_done = false;                    ///< Of the connection's thread.

    /// The handler's job.
    void run(std::chrono::steady_clock::time_point deadline);
};

}  // namespace cofre::net
