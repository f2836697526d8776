#include "net/event_client.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "base/clock.h"

namespace cofre::net {

namespace {

constexpr std::chrono::milliseconds kGoodbye{1'000};

/// A comment, which clients skip; it keeps proxies from giving up, and finds
/// out which clients have gone.
const EventStream::Text& heartbeat_text() {
    static const EventStream::Text text = std::make_shared<const std::string>(":\n\n");
    return text;
}

}  // namespace

EventClient::EventClient(ServerCore& core, std::unique_ptr<Wire> wire, std::shared_ptr<EventStream> stream)
    : core_(core), wire_(std::move(wire)), stream_(std::move(stream)), last_write_(system_clock().now()) {}

void EventClient::start() {
    watch_peer();
    stream_->attach([weak = weak_from_this(), &io = core_.io()] {
        asio::post(io, [weak] {
            if (const auto self = weak.lock()) self->flush();
        });
    });
}

void EventClient::watch_peer() {
    wire_->async_read_some(asio::buffer(ignored_),
                           [self = shared_from_this(), wire = wire_](const NetError& ec, std::size_t got) {
                               if (!self->wire_) return;
                               if (ec || got == 0) {
                                   self->end();
                               } else {
                                   self->watch_peer();
                               }
                           });
}

void EventClient::flush() {
    if (!wire_ || is_ending_ || !in_flight_.empty()) return;
    EventStream::Batch batch = stream_->take();
    ends_after_write_ = batch.has_ended;
    in_flight_ = std::move(batch.texts);
    if (!in_flight_.empty()) {
        write();
    } else if (ends_after_write_) {
        end_well();
    }
}

void EventClient::write() {
    last_write_ = system_clock().now();
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(in_flight_.size());
    for (const auto& text : in_flight_)
        buffers.emplace_back(text->data(), text->size());
    wire_->async_write(buffers, [self = shared_from_this(), wire = wire_](const NetError& ec, std::size_t /*sent*/) {
        self->on_written(ec);
    });
}

void EventClient::on_written(const NetError& ec) {
    in_flight_ = {};
    if (!wire_) return;
    if (ec) {
        end();
    } else if (ends_after_write_) {
        end_well();
    } else {
        flush();
    }
}

void EventClient::tick(SteadyTime now) {
    if (!wire_) return;
    if (is_ending_) {
        if (now - last_write_ >= kGoodbye) end();
    } else if (!in_flight_.empty()) {
        if (now - last_write_ < core_.options().limits.body_idle_timeout) return;
        core_.reject("event-timeout");
        end();
    } else if (now - last_write_ >= core_.options().heartbeat) {
        in_flight_.push_back(heartbeat_text());
        write();
    }
}

void EventClient::cut() {
    end();
}

/// Without close_notify a client under TLS takes the end for an attack.
void EventClient::end_well() {
    if (!wire_->is_tls()) return end();
    is_ending_ = true;
    last_write_ = system_clock().now();
    wire_->async_shutdown([self = shared_from_this(), wire = wire_](const NetError& /*ec*/) { self->end(); });
}

void EventClient::end() {
    if (!wire_) return;
    const auto self = shared_from_this();
    stream_->detach();
    wire_->close();
    wire_.reset();
    core_.events_ended(this);
}

}  // namespace cofre::net
