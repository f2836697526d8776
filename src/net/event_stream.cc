#include "net/event_stream.h"

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "net/request_id.h"

namespace cofre::net {

namespace {

void append_field(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ");
    for (const char c : value) {
        if (c != '\r' && c != '\n' && c != '\0') out += c;
    }
    out += '\n';
}

void append_data(std::string& out, std::string_view data) {
    for (;;) {
        const std::size_t end = data.find_first_of("\r\n");
        out.append("data: ").append(data.substr(0, end)).append("\n");
        if (end == std::string_view::npos) return;
        data.remove_prefix(end + (data.substr(end, 2) == "\r\n" ? 2 : 1));
    }
}

}  // namespace

std::string encode_event(const ServerEvent& event) {
    std::string out;
    out.reserve(event.data.size() + 64);
    if (!event.id.empty()) append_field(out, "id", event.id);
    if (!event.type.empty()) append_field(out, "event", event.type);
    if (event.retry) append_field(out, "retry", std::to_string(event.retry->count()));
    append_data(out, event.data);
    out += '\n';
    return out;
}

void EventStream::wake_reader(State& state) {
    if (!state.wake || state.wake_is_due) return;
    state.wake_is_due = true;
    state.wake();
}

bool EventStream::send(Text encoded) {
    return state_.with([&](State& state) {
        if (state.is_closed) return false;
        state.queued_bytes += encoded->size();
        state.queue.push_back(std::move(encoded));
        if (state.queued_bytes > options_.max_queued_bytes) {
            if (options_.on_slow_client == SlowClient::kClose) {
                // What is queued is the beginning of what the client missed.
                state.queued_bytes -= state.queue.back()->size();
                state.queue.pop_back();
                state.is_closed = true;
            } else {
                std::size_t gone = 0;
                while (state.queued_bytes > options_.max_queued_bytes) {
                    state.queued_bytes -= state.queue[gone++]->size();
                }
                state.queue.erase(state.queue.begin(), state.queue.begin() + static_cast<std::ptrdiff_t>(gone));
                state.dropped += gone;
            }
        }
        wake_reader(state);
        return !state.is_closed;
    });
}

void EventStream::close() {
    state_.with([](State& state) {
        if (state.is_closed) return;
        state.is_closed = true;
        wake_reader(state);
    });
}

bool EventStream::is_open() const {
    return state_.with([](const State& state) { return !state.is_closed; });
}

std::uint64_t EventStream::dropped() const {
    return state_.with([](const State& state) { return state.dropped; });
}

void EventStream::attach(std::function<void()> wake) {
    state_.with([&](State& state) {
        state.wake = std::move(wake);
        if (!state.queue.empty() || state.is_closed) wake_reader(state);
    });
}

void EventStream::detach() {
    // The function may own the last pointer to what detaches: it dies after the lock.
    std::function<void()> wake;
    state_.with([&](State& state) {
        wake.swap(state.wake);
        state.is_closed = true;
        state.queue = {};
        state.queued_bytes = 0;
    });
}

EventStream::Batch EventStream::take() {
    return state_.with([](State& state) {
        Batch batch{std::exchange(state.queue, {}), state.is_closed};
        state.queued_bytes = 0;
        state.wake_is_due = false;
        return batch;
    });
}

EventHub::EventHub(EventHubOptions options) : options_(options), run_(make_request_id().substr(0, 8)) {}

std::string EventHub::id_of(std::uint64_t number) const {
    return run_ + "-" + std::to_string(number);
}

std::optional<std::uint64_t> EventHub::number_of(std::string_view id) const {
    if (id.size() <= run_.size() + 1 || id.substr(0, run_.size()) != run_ || id[run_.size()] != '-') return {};
    id.remove_prefix(run_.size() + 1);
    return parse_number<std::uint64_t>(id);
}

std::shared_ptr<EventStream> EventHub::subscribe(std::string_view last_event_id) {
    auto stream = std::make_shared<EventStream>(options_.stream);
    state_.with([&](State& state) {
        if (!last_event_id.empty()) {
            const auto last = number_of(last_event_id);
            const std::uint64_t oldest = state.history.empty() ? state.last_number + 1 : state.history.front().number;
            if (!last || *last > state.last_number || *last + 1 < oldest) {
                stream->send(ServerEvent{.id = id_of(state.last_number), .type = "reset"});
            } else {
                for (const Remembered& event : state.history) {
                    if (event.number > *last) stream->send(event.text);
                }
            }
        }
        state.streams.push_back(stream);
    });
    return stream;
}

std::string EventHub::publish(std::string type, std::string data) {
    return state_.with([&](State& state) {
        const std::uint64_t number = ++state.last_number;
        ServerEvent event{.id = id_of(number), .type = std::move(type), .data = std::move(data)};
        const auto text = std::make_shared<const std::string>(encode_event(event));
        state.history.push_back({number, text});
        state.history_bytes += text->size();
        while (state.history.size() > options_.max_history_events || state.history_bytes > options_.max_history_bytes) {
            state.history_bytes -= state.history.front().text->size();
            state.history.pop_front();
        }
        std::erase_if(state.streams, [&](const std::weak_ptr<EventStream>& weak) {
            const auto stream = weak.lock();
            return !stream || !stream->send(text);
        });
        return event.id;
    });
}

std::size_t EventHub::subscribers() const {
    return state_.with([](const State& state) {
        return static_cast<std::size_t>(
            std::count_if(state.streams.begin(), state.streams.end(), [](const std::weak_ptr<EventStream>& weak) {
                const auto stream = weak.lock();
                return stream && stream->is_open();
            }));
    });
}

void EventHub::close() {
    state_.with([](State& state) {
        for (const auto& weak : state.streams) {
            if (const auto stream = weak.lock()) stream->close();
        }
        state.streams.clear();
    });
}

}  // namespace cofre::net
