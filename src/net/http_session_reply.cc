#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/task_group.h"
#include "net/http_session.h"
#include "net/reply_head.h"

namespace cofre::net {

namespace {

constexpr std::size_t kWriteSize = 64UL * 1024;
constexpr std::size_t kReplyPieceSize = 128UL * 1024;

}  // namespace

/// What the pool makes while the connection waits. Both own it.
struct HttpSession::ReplyPiece {
    ByteBuffer buffer{kReplyPieceSize};
    Result<std::size_t> count{std::size_t{0}};
    bool is_done = false;  // Of the connection's thread.
};

/// All three, within the time that a body may be idle.
bool HttpSession::write_all(std::string_view first, std::string_view second, std::string_view third,
                            const Yield& yield) {
    const std::array<asio::const_buffer, 3> buffers{asio::buffer(first.data(), first.size()),
                                                    asio::buffer(second.data(), second.size()),
                                                    asio::buffer(third.data(), third.size())};
    arm(limits().body_idle_timeout);
    NetError ec;
    wire_->async_write(buffers, yield[ec]);
    disarm();
    if (ec && timed_out_) core_.reject("write-timeout");
    return !ec;
}

bool HttpSession::send_text(std::string_view head, std::string_view body, const Yield& yield) {
    do {
        const std::string_view part = body.substr(0, kWriteSize);
        if (!write_all(head, part, {}, yield)) return false;
        head = {};
        body.remove_prefix(part.size());
    } while (!body.empty());
    return true;
}

/// True: the connection is good for another request.
bool HttpSession::answer(const Exchange& exchange, HttpReply reply, const Yield& yield) {
    const ReplyFraming framing = choose_framing(reply, exchange->minor_version);
    ReplyHeadFacts facts{.framing = framing, .request_id = exchange->request.id, .now = system_clock().wall_now()};
    facts.length = reply_length(reply).value_or(0);
    facts.keeps_connection =
        exchange->keep_alive && body_is_read_ && framing != ReplyFraming::kClose && !core_.is_draining();
    const std::string head = make_reply_head(reply, facts);
    core_.count([&](HttpServerCounters& counters) { ++counters.replies[reply.status]; });
    if (log_enabled(LogLevel::kDebug)) {
        log_debug("net", exchange->request.id + " " + exchange->request.method + " " + exchange->request.path + " " +
                             std::to_string(reply.status));
    }
    bool is_sent = false;
    auto* stream = std::get_if<std::shared_ptr<EventStream>>(&reply.body);
    if (exchange->request.method == "HEAD" || framing == ReplyFraming::kNone) {
        if (stream != nullptr) (*stream)->detach();
        is_sent = write_all(head, {}, {}, yield);
    } else if (const auto* text = std::get_if<std::string>(&reply.body)) {
        is_sent = send_text(head, *text, yield);
    } else if (stream != nullptr) {
        if (write_all(head, {}, {}, yield)) {
            core_.adopt_events(std::move(wire_), std::move(*stream));
        } else {
            (*stream)->detach();
        }
        return false;
    } else if (auto* source = std::get_if<SourceBody>(&reply.body)) {
        const PieceReader read = [body = *source, at = std::uint64_t{0}](
                                     const CallContext& /*ctx*/,
                                     std::span<std::byte> room) mutable -> Result<std::size_t> {
            const std::size_t count = std::min<std::uint64_t>(room.size(), body.length - at);
            if (count > 0) COFRE_TRY(body.source->read_at(body.offset + at, room.first(count)));
            at += count;
            return count;
        };
        is_sent = write_all(head, {}, {}, yield) && send_pieces(exchange, read, source->length, false, yield);
    } else if (auto* streamed = std::get_if<StreamedBody>(&reply.body)) {
        is_sent = write_all(head, {}, {}, yield) &&
                  send_pieces(exchange, streamed->read, streamed->length, framing == ReplyFraming::kChunked, yield);
    }
    return is_sent && facts.keeps_connection;
}

/// Asks the pool for the next bytes. False: the server cuts, or nothing came in time.
bool HttpSession::read_piece(const Exchange& exchange, const PieceReader& read,
                             const std::shared_ptr<ReplyPiece>& piece, const Yield& yield) {
    const SteadyTime limit = now() + limits().request_timeout;
    piece->is_done = false;
    // The job may outlive our patience: what it uses it owns.
    core_.pool().submit_continued([self = shared_from_this(), exchange, read, piece, limit]() mutable {
        const CallContext ctx{exchange->stop.get_token(), limit};
        const Status ended = run_guarded([&]() -> Status {
            piece->count = read(ctx, piece->buffer.bytes());
            return {};
        });
        if (!ended) piece->count = ended.error();
        asio::post(self->core_.io(), [self, piece] {
            piece->is_done = true;
            self->wake();
        });
    });
    while (!piece->is_done && !is_cut_ && wait(limit, yield)) {
    }
    if (!piece->is_done) exchange->stop.request_stop();
    return piece->is_done && !is_cut_;
}

/// An error leaves the body without its end, which the client can tell.
bool HttpSession::send_pieces(const Exchange& exchange, const PieceReader& read, std::optional<std::uint64_t> length,
                              bool is_chunked, const Yield& yield) {
    const auto piece = std::make_shared<ReplyPiece>();
    // One reader for all pieces: it counts.
    const auto shared = std::make_shared<PieceReader>(read);
    const PieceReader next = [shared](const CallContext& ctx, std::span<std::byte> room) {
        return (*shared)(ctx, room);
    };
    std::uint64_t sent = 0;
    while (!length || sent < *length) {
        piece->buffer.set_size(length ? std::min<std::uint64_t>(kReplyPieceSize, *length - sent) : kReplyPieceSize);
        if (!read_piece(exchange, next, piece, yield)) return false;
        if (!piece->count || (length && *piece->count == 0)) {
            core_.reject("reply-failed");
            const std::string cause = piece->count ? "the body ended too early" : piece->count.error().message();
            log_error("net", "request " + exchange->request.id + ": reply cut after " + std::to_string(sent) +
                                 " bytes: " + cause);
            return false;
        }
        if (*piece->count == 0) break;
        const std::string_view data = piece->buffer.text().substr(0, *piece->count);
        std::array<char, 24> size{};
        if (is_chunked) std::snprintf(size.data(), size.size(), "%zx\r\n", data.size());
        if (!write_all(size.data(), data, is_chunked ? "\r\n" : "", yield)) return false;
        sent += data.size();
    }
    return !is_chunked || write_all("0\r\n\r\n", {}, {}, yield);
}

}  // namespace cofre::net
