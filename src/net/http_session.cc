#include "net/http_session.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <boost/asio/detached.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#include "base/clock.h"
#include "net/request_id.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COFRE_SANITIZED_STACKS_ 1
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COFRE_SANITIZED_STACKS_ 1
#endif

namespace cofre::net {

namespace {

/// A quarter of it is ever touched; sanitizers need several times as much.
#ifdef COFRE_SANITIZED_STACKS_
constexpr std::size_t kStackSize = 256UL * 1024;
#else
constexpr std::size_t kStackSize = 64UL * 1024;
#endif

constexpr std::size_t kIdleInput = 1024;
constexpr std::chrono::milliseconds kLinger{2'000};
constexpr std::chrono::milliseconds kCloseNotifyWait{300};  // For the other side's close_notify, if nothing is unread.
constexpr std::uint64_t kLingerBytes = 1ULL << 20U;

}  // namespace

void InputBuffer::consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
}

asio::mutable_buffer InputBuffer::room(std::size_t count) {
    if (begin_ > 0 && data_.size() - end_ < count) {
        std::memmove(data_.data(), data_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (data_.size() - end_ < count) data_.resize(end_ + count);
    return {data_.data() + end_, data_.size() - end_};
}

void InputBuffer::shrink() {
    if (empty() && data_.size() > kIdleInput) data_ = {};
}

HttpSession::HttpSession(ServerCore& core, std::unique_ptr<Wire> wire, SocketName peer)
    : core_(core),
      wire_(std::move(wire)),
      peer_(std::move(peer)),
      deadline_timer_(core.io().get_executor()),
      wake_timer_(core.io().get_executor()) {}

SteadyTime HttpSession::now() {
    return system_clock().now();
}

void HttpSession::start() {
    asio::spawn(
        core_.io().get_executor(), std::allocator_arg, boost::context::protected_fixedsize_stack(kStackSize),
        [self = shared_from_this()](const Yield& yield) { self->run(yield); }, asio::detached);
}

void HttpSession::drain() {
    if (is_idle_ && wire_) wire_->cancel();
}

void HttpSession::cut() {
    is_cut_ = true;
    if (exchange_) exchange_->stop.request_stop();
    if (wire_) wire_->close();
    wake();
}

void HttpSession::arm_at(SteadyTime deadline) {
    timed_out_ = false;
    deadline_ = deadline;
    deadline_timer_.expires_at(deadline);
    deadline_timer_.async_wait([self = shared_from_this()](const NetError& ec) {
        // The timer may have fired just before it was set anew.
        if (ec || now() < self->deadline_ || !self->wire_) return;
        self->timed_out_ = true;
        self->wire_->cancel();
    });
}

void HttpSession::disarm() {
    deadline_ = SteadyTime::max();
    deadline_timer_.cancel();
}

void HttpSession::run(const Yield& yield) {
    /// Whatever leaves the coroutine: the server must not wait for it.
    struct AtEnd {
        HttpSession& session;
        ~AtEnd() {  // NOLINT(bugprone-exception-escape): cancelling a timer does not throw.
            session.disarm();
            // Here, because a job of the pool may be the last to own the session.
            session.wire_.reset();
            session.core_.session_ended(&session);
        }
    } at_end{*this};

    arm(limits().header_timeout);
    is_idle_ = true;
    const NetError ec = wire_->handshake(yield);
    is_idle_ = false;
    if (ec) {
        core_.reject(timed_out_ ? "tls-timeout" : "tls");
        return;
    }
    while (serve_one(yield)) {
        ++served_;
        exchange_.reset();
    }
    if (wire_ && !is_cut_) finish(yield);
}

bool HttpSession::serve_one(const Yield& yield) {
    refusal_.reset();
    body_is_read_ = true;
    const HeadResult head = read_head(yield);
    disarm();
    if (head == HeadResult::kEnd || is_cut_) return false;
    exchange_ = make_exchange();
    core_.count([](HttpServerCounters& counters) { ++counters.requests_under_way; });
    struct AtEnd {
        ServerCore& core;
        ~AtEnd() {
            core.count([](HttpServerCounters& counters) { --counters.requests_under_way; });
        }
    } at_end{core_};

    std::optional<HttpReply> reply;
    if (head == HeadResult::kRefused) {
        body_is_read_ = false;
        reply = refuse(exchange_->request, *refusal_);
    } else {
        body_is_read_ = exchange_->framing == BodyFraming::kNone;
        reply = admit(*exchange_);
        if (!reply) reply = handle(exchange_, yield);
    }
    if (!reply || is_cut_) return false;
    return answer(exchange_, *std::move(reply), yield);
}

/// Nothing, if more bytes are needed.
std::optional<HttpSession::HeadResult> HttpSession::parse_head() {
    if (input_.empty()) return {};
    const auto step = parser_->read_head(input_.view());
    if (step == HttpRequestParser::Step::kNeedMore) return {};
    if (step == HttpRequestParser::Step::kRefused) {
        refusal_ = parser_->refusal();
        return HeadResult::kRefused;
    }
    input_.consume(parser_->head_size());
    return HeadResult::kRequest;
}

/// No more bytes come: whose fault is it?
HttpSession::HeadResult HttpSession::head_ended() {
    if (input_.empty()) return HeadResult::kEnd;
    if (!timed_out_) {
        core_.reject("head-unfinished");
        return HeadResult::kEnd;
    }
    refusal_ = Refusal{408, "head-timeout"};
    return HeadResult::kRefused;
}

HttpSession::HeadResult HttpSession::read_head(const Yield& yield) {
    input_.shrink();
    parser_.emplace(limits().head);
    bool has_begun = !input_.empty();
    arm(has_begun || served_ == 0 ? limits().header_timeout : limits().keep_alive_timeout);
    for (;;) {
        if (const auto result = parse_head()) return *result;
        is_idle_ = input_.empty();
        if (is_idle_ && core_.is_draining()) return HeadResult::kEnd;
        const NetError ec = read_more(is_idle_ ? kIdleInput : 4096, yield);
        is_idle_ = false;
        if (ec) return head_ended();
        if (!std::exchange(has_begun, true) && served_ > 0) arm(limits().header_timeout);
    }
}

HttpSession::Exchange HttpSession::make_exchange() {
    auto exchange = std::make_shared<HttpExchange>();
    ServerRequest& request = exchange->request;
    request.peer = peer_.host;
    request.is_tls = wire_->is_tls();
    request.id = make_request_id();
    if (refusal_) return exchange;
    const HeadSummary& summary = parser_->summary();
    request.method = std::string(summary.method);
    const std::size_t question = std::min(summary.origin_form.find('?'), summary.origin_form.size());
    request.path = std::string(summary.origin_form.substr(0, question));
    request.query = std::string(summary.origin_form.substr(std::min(question + 1, summary.origin_form.size())));
    request.headers = parser_->take_headers();
    if (const auto id = request.header("x-request-id"); is_sane_request_id(id)) request.id = std::string(id);
    exchange->minor_version = summary.minor_version;
    exchange->keep_alive = summary.keep_alive;
    exchange->framing = summary.framing;
    exchange->content_length = summary.content_length;
    exchange->expects_continue = summary.expects_continue;
    return exchange;
}

NetError HttpSession::read_more(std::size_t count, const Yield& yield) {
    NetError ec;
    const std::size_t got = wire_->read_some(input_.room(count), ec, yield);
    input_.added(got);
    if (!ec && got == 0) ec = asio::error::eof;
    return ec;
}

/// Closing a socket with bytes that nobody read makes the kernel reset the
/// connection, and the client may never see our answer. So what it still sends
/// is read and dropped for a moment.
void HttpSession::finish(const Yield& yield) {
    const bool has_unread = !body_is_read_ || !input_.empty();
    if (!has_unread && !wire_->is_tls()) return;
    arm(has_unread ? kLinger : kCloseNotifyWait);
    wire_->end_sending(yield);
    if (!has_unread) return;
    std::vector<char> dropped(16UL * 1024);
    std::uint64_t total = 0;
    NetError ec;
    while (!ec && !is_cut_ && !timed_out_ && total < kLingerBytes) {
        total += wire_->socket().async_read_some(asio::buffer(dropped), yield[ec]);
    }
}

}  // namespace cofre::net
