#include "net/http_exchange.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/task_group.h"

namespace cofre::net {

Result<std::size_t> BodyPipe::read(std::span<std::byte> room) {
    if (room.empty()) return std::size_t{0};
    if (!is_wanted_.exchange(true) && on_demand_) on_demand_();
    if (current_used_ == current_.size() && !has_ended_) {
        auto piece = pieces_.pop(stop_);
        if (!piece) return std::move(piece).error().context("read the request's body");
        if (*piece) {
            current_ = *std::move(*piece);
            current_used_ = 0;
            --queued_;
            if (on_demand_) on_demand_();
        } else {
            has_ended_ = true;
            current_ = {};
            current_used_ = 0;
        }
    }
    if (has_ended_) {
        auto error = error_.with([](const std::optional<Error>& failed) { return failed; });
        if (error) return *std::move(error);
        return std::size_t{0};
    }
    const std::size_t count = std::min(room.size(), current_.size() - current_used_);
    std::memcpy(room.data(), current_.data() + current_used_, count);
    current_used_ += count;
    return count;
}

void BodyPipe::push(ByteBuffer piece) {
    if (piece.empty() || is_closed_) return;
    ++queued_;
    COFRE_CHECK(pieces_.push(std::move(piece), std::stop_token()).has_value());
}

void BodyPipe::finish() {
    if (std::exchange(is_closed_, true)) return;
    pieces_.close();
}

void BodyPipe::fail(Error error) {
    if (is_closed_) return;
    error_.with([&](std::optional<Error>& failed) { failed = std::move(error); });
    finish();
}

HttpExchange::~HttpExchange() {
    if (!reply || !*reply) return;
    auto* stream = std::get_if<std::shared_ptr<EventStream>>(&(*reply)->body);
    if (stream != nullptr && *stream) (*stream)->detach();
}

void HttpExchange::run(std::chrono::steady_clock::time_point deadline) {
    request.stream = pipe.get();
    const CallContext ctx{stop.get_token(), deadline};
    const Status ended = run_guarded([&]() -> Status {
        reply = route->handler(ctx, request);
        return {};
    });
    if (!ended) reply = ended.error();
    request.stream = nullptr;
}

}  // namespace cofre::net
