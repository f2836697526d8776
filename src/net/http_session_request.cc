#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/log.h"
#include "net/http_session.h"
#include "net/server_access.h"

namespace cofre::net {

namespace {

/// What the body of a refusal says, in the project's own terms.
ErrorCode refusal_code(int status) {
    switch (status) {
        case 401: return ErrorCode::kUnauthenticated;
        case 403: return ErrorCode::kPermissionDenied;
        case 404: return ErrorCode::kNotFound;
        case 408:
        case 504: return ErrorCode::kDeadlineExceeded;
        case 413:
        case 414:
        case 431: return ErrorCode::kResourceExhausted;
        case 501:
        case 505: return ErrorCode::kUnsupported;
        case 503: return ErrorCode::kUnavailable;
        default: return ErrorCode::kInvalidArgument;
    }
}

constexpr std::string_view kAllMethods = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

}  // namespace

HttpReply HttpSession::failed(const ServerRequest& request, const Error& error, int status) {
    if (core_.options().render_error) {
        HttpReply reply = core_.options().render_error(request, error, status);
        reply.status = status;
        return reply;
    }
    if (status == http_status(error.code())) return error_reply(error, request.id);
    return error_reply(status, to_string(error.code()), error.message(), error.hint(), request.id);
}

HttpReply HttpSession::refuse(const ServerRequest& request, const Refusal& refusal) {
    core_.reject(refusal.reason);
    const Error error(refusal_code(refusal.status), "request refused: " + std::string(refusal.reason));
    HttpReply reply = failed(request, error, refusal.status);
    if (refusal.status == 503) reply.headers.push_back({"Retry-After", "1"});
    return reply;
}

std::optional<HttpReply> HttpSession::admit(HttpExchange& exchange) {
    const ServerRequest& request = exchange.request;
    const HttpServerOptions& options = core_.options();
    auto no_route = route(exchange);
    const RouteOptions rules = exchange.route ? exchange.route->options : RouteOptions{};
    const std::string_view host = request.header("host");
    // No browser leaves out the name, and none reaches a unix socket.
    const bool is_browser = !host.empty() && peer_.host != "unix";
    if (is_browser && !rules.any_host && !is_allowed_host(host, options.hosts)) {
        return refuse(request, {421, "host-not-allowed"});
    }
    const bool needs_token = !options.token.empty() && !rules.is_public;
    if (needs_token && !has_bearer_token(request.headers, options.token)) {
        HttpReply reply = refuse(request, {401, "no-token"});
        if (find_header(reply.headers, "www-authenticate").empty()) {
            reply.headers.push_back({"WWW-Authenticate", "Bearer"});
        }
        return reply;
    }
    if (no_route) return no_route;
    if (!rules.any_origin &&
        !is_allowed_origin(request.method, request.headers, host, request.is_tls, options.origins)) {
        return refuse(request, {403, "origin-not-allowed"});
    }
    if (exchange.framing == BodyFraming::kLength && exchange.content_length > rules.max_body) {
        return refuse(request, {413, "body-too-large"});
    }
    return {};
}

std::optional<HttpReply> HttpSession::route(HttpExchange& exchange) {
    ServerRequest& request = exchange.request;
    const auto allow = [&](int status, std::string_view methods) {
        HttpReply reply = status == 204 ? HttpReply{.status = 204} : refuse(request, {status, "method-not-allowed"});
        reply.headers.push_back({"Allow", std::string(methods)});
        return reply;
    };
    if (request.path == "*") return allow(204, kAllMethods);
    auto found = core_.router().find(request.method, request.path);
    if (const auto* refusal = std::get_if<Refusal>(&found)) return refuse(request, *refusal);
    if (const auto* missing = std::get_if<HttpRouter::MethodMissing>(&found)) {
        return allow(request.method == "OPTIONS" ? 204 : 405, missing->allow);
    }
    auto& match = std::get<RouteMatch>(found);
    exchange.route = std::move(match.route);
    request.parameters = std::move(match.parameters);
    return {};
}

SteadyTime HttpSession::body_deadline() const {
    const SteadyTime idle = now() + limits().body_idle_timeout;
    if (limits().min_body_rate == 0) return idle;
    const auto due = std::chrono::milliseconds(body_received_ * 1000 / limits().min_body_rate);
    return std::min(idle, body_started_ + limits().min_rate_grace + due);
}

/// Decodes what has come; waits for more only if that gave nothing.
HttpSession::PieceResult HttpSession::next_piece(ByteBuffer& piece, const Yield& yield) {
    piece.set_size(0);
    for (;;) {
        const std::span<std::byte> room(piece.data() + piece.size(), piece.capacity() - piece.size());
        const auto step = parser_->read_body(input_.view(), room);
        input_.consume(step.consumed);
        piece.set_size(piece.size() + step.produced);
        body_received_ += step.produced;
        if (step.step == HttpRequestParser::Step::kRefused) {
            refusal_ = parser_->refusal();
            return PieceResult::kRefused;
        }
        if (body_received_ > exchange_->route->options.max_body) {
            refusal_ = Refusal{413, "body-too-large"};
            return PieceResult::kRefused;
        }
        if (step.step == HttpRequestParser::Step::kDone) {
            body_is_read_ = true;
            return PieceResult::kDone;
        }
        if (!piece.empty()) return PieceResult::kPiece;
        arm_at(body_deadline());
        const NetError ec = read_more(BodyPipe::kPieceSize, yield);
        if (!ec) continue;
        if (is_feeding_ && exchange_->is_done && !timed_out_) return PieceResult::kPiece;  // wake() has cancelled.
        if (!timed_out_) return PieceResult::kGone;
        refusal_ = Refusal{408, "body-timeout"};
        return PieceResult::kRefused;
    }
}

bool HttpSession::send_continue(HttpExchange& exchange, const Yield& yield) {
    if (!std::exchange(exchange.expects_continue, false)) return true;
    return write_all("HTTP/1.1 100 Continue\r\n\r\n", {}, {}, yield);
}

/// False: refusal_ says why, or the client has gone.
bool HttpSession::receive_body(HttpExchange& exchange, const Yield& yield) {
    if (exchange.framing == BodyFraming::kNone) return true;
    if (!send_continue(exchange, yield)) return false;
    ByteBuffer piece(16UL * 1024);
    body_started_ = now();
    body_received_ = 0;
    for (;;) {
        const PieceResult result = next_piece(piece, yield);
        if (result == PieceResult::kRefused || result == PieceResult::kGone) return false;
        exchange.request.body += piece.text();
        if (result == PieceResult::kDone) break;
    }
    disarm();
    return true;
}

/// The reply to an admitted request; nothing, if there is nobody to answer.
std::optional<HttpReply> HttpSession::handle(const Exchange& exchange, const Yield& yield) {
    const RouteOptions& rules = exchange->route->options;
    const bool streams = rules.streams_body && exchange->framing != BodyFraming::kNone;
    if (streams && core_.streaming_handlers >= core_.max_streaming_handlers()) {
        return refuse(exchange->request, {503, "too-many-uploads"});
    }
    if (rules.streams_body) {
        std::optional<std::uint64_t> length = exchange->content_length;
        if (exchange->framing == BodyFraming::kChunked) length.reset();
        exchange->pipe = std::make_unique<BodyPipe>(length, exchange->stop.get_token());
        if (!streams) exchange->pipe->finish();
    } else if (!receive_body(*exchange, yield)) {
        if (!refusal_) core_.reject("body-unfinished");
        if (!refusal_) return {};
        return refuse(exchange->request, *refusal_);
    }
    if (streams) ++core_.streaming_handlers;
    struct AtEnd {
        int* count;
        ~AtEnd() {
            if (count != nullptr) --*count;
        }
    } at_end{streams ? &core_.streaming_handlers : nullptr};

    if (!submit(exchange)) return refuse(exchange->request, {503, "queue-full"});
    if (streams) feed_handler(exchange, yield);
    const SteadyTime limit = now() + rules.request_timeout.value_or(limits().request_timeout);
    while (!exchange->is_done && !is_cut_ && wait(limit, yield)) {
    }
    if (is_cut_) return {};
    return outcome(*exchange);
}

/// What the handler has left, or that it has left nothing in time.
HttpReply HttpSession::outcome(HttpExchange& exchange) {
    if (!exchange.is_done) {
        exchange.stop.request_stop();
        exchange.keep_alive = false;
        return refuse(exchange.request, {504, "handler-timeout"});
    }
    if (refusal_) return refuse(exchange.request, *refusal_);
    Result<HttpReply>& reply = *exchange.reply;
    if (reply) return *std::move(reply);
    const Error& error = reply.error();
    if (error.code() == ErrorCode::kInternal) {
        log_error("net", "request " + exchange.request.id + ": " + error.message());
    }
    return failed(exchange.request, error, http_status(error.code()));
}

bool HttpSession::submit(const Exchange& exchange) {
    const RouteOptions& rules = exchange->route->options;
    // While a body streams in, what bounds the handler is how fast that must come.
    const bool is_bounded_by_body = exchange->pipe && !rules.request_timeout;
    const SteadyTime deadline =
        is_bounded_by_body ? SteadyTime::max() : now() + rules.request_timeout.value_or(limits().request_timeout);
    if (exchange->pipe) {
        exchange->pipe->set_on_demand([weak = weak_from_this(), &io = core_.io()] {
            asio::post(io, [weak] {
                if (const auto self = weak.lock()) self->wake();
            });
        });
    }
    return core_.pool().try_submit([self = shared_from_this(), exchange, deadline] {
        exchange->run(deadline);
        asio::post(self->core_.io(), [self, exchange] {
            exchange->is_done = true;
            self->wake();
            // Whoever reads for this handler need not any more.
            if (self->is_feeding_ && self->wire_) self->wire_->cancel();
        });
    });
}

/// Reads the body while the handler takes it; returns when it is complete, or
/// cannot be, or nobody wants it.
void HttpSession::feed_handler(const Exchange& exchange, const Yield& yield) {
    body_started_ = now();
    body_received_ = 0;
    while (!exchange->is_done && !is_cut_) {
        if (exchange->pipe->is_wanted() && exchange->pipe->has_room()) {
            if (!feed_once(exchange, yield)) break;
            continue;
        }
        const SteadyTime began = now();
        wait(SteadyTime::max(), yield);
        body_started_ += now() - began;
    }
    disarm();
}

bool HttpSession::feed_once(const Exchange& exchange, const Yield& yield) {
    BodyPipe& pipe = *exchange->pipe;
    ByteBuffer piece(BodyPipe::kPieceSize);
    is_feeding_ = true;
    const bool may_go_on = send_continue(*exchange, yield);
    const PieceResult result = may_go_on ? next_piece(piece, yield) : PieceResult::kGone;
    is_feeding_ = false;
    if (result == PieceResult::kPiece || result == PieceResult::kDone) pipe.push(std::move(piece));
    if (result == PieceResult::kPiece) return true;
    if (result == PieceResult::kDone) {
        pipe.finish();
    } else if (result == PieceResult::kGone) {
        if (!exchange->is_done) core_.reject("body-unfinished");
        pipe.fail(Error(ErrorCode::kUnavailable, "the client went away before the body was complete"));
    } else {
        const bool is_large = refusal_->status == 413;
        const bool is_slow = refusal_->status == 408;
        pipe.fail(Error(is_large  ? ErrorCode::kResourceExhausted
                        : is_slow ? ErrorCode::kUnavailable
                                  : ErrorCode::kInvalidArgument,
                        "the body cannot be read: " + std::string(refusal_->reason)));
    }
    return false;
}

/// Until wake(), or until the time has come: false.
bool HttpSession::wait(SteadyTime until, const Yield& yield) {
    if (now() >= until) return false;
    wake_timer_.expires_at(until);
    NetError ec;
    wake_timer_.async_wait(yield[ec]);
    return now() < until;
}

void HttpSession::wake() {
    wake_timer_.cancel();
}

}  // namespace cofre::net
