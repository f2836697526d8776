#pragma once

/// @file
/// Server-sent events: one stream to one client, and the hub that feeds many.
/// Source: WHATWG HTML, section 9.2 "Server-sent events".

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/units.h"

namespace cofre::net {

struct ServerEvent {
    std::string id;    ///< Comes back as Last-Event-ID; empty: none. Line breaks are left out.
    std::string type;  ///< Empty: "message". Line breaks are left out.
    std::string data;  ///< Any text; each line becomes a line.
    std::optional<std::chrono::milliseconds> retry;  ///< How long the client waits before it connects again.
};
/// As it goes over the wire.
std::string encode_event(const ServerEvent& event);

/// What happens to an event for which the queue of a client has no room.
enum class SlowClient : std::uint8_t {
    kClose,       ///< The stream ends; the client connects again with Last-Event-ID and gets what it missed.
    kDropOldest,  ///< The oldest queued events are lost, and counted.
};

struct EventStreamOptions {
    std::size_t max_queued_bytes = 256_KiB;
    SlowClient on_slow_client = SlowClient::kClose;
};

/// The events of one client. The handler that answers with it keeps a copy of
/// the pointer (the other owner is the server) and sends when it likes, before
/// or after the reply has left. Thread-safe; nothing here blocks.
/// Memory: twice `max_queued_bytes` at most; nothing while idle.
class EventStream {
public:
    explicit EventStream(EventStreamOptions options = {}) : options_(options) {}
    EventStream(const EventStream&) = delete;
    EventStream& operator=(const EventStream&) = delete;

    using Text = std::shared_ptr<const std::string>;  ///< Shared by the queues of all clients.

    /// False: the stream has ended, and nobody will see the event.
    bool send(const ServerEvent& event) { return send(std::make_shared<const std::string>(encode_event(event))); }
    bool send(Text encoded);

    /// What is queued is still sent. Idempotent.
    void close();
    bool is_open() const;
    /// Events lost under kDropOldest.
    std::uint64_t dropped() const;

    // --- For the server.

    /// `wake` is called, under a lock, whenever there is something to take().
    void attach(std::function<void()> wake);
    /// `wake` is not called any more, and the stream has ended.
    void detach();
    struct Batch {
        std::vector<Text> texts;
        bool has_ended = false;  ///< Nothing will come after these.
    };
    Batch take();

private:
    struct State {
        std::vector<Text> queue;
        std::size_t queued_bytes = 0;
        std::uint64_t dropped = 0;
        bool is_closed = false;
        bool wake_is_due = false;  // A wake was called and take() was not, yet.
        std::function<void()> wake;
    };
    static void wake_reader(State& state);

    const EventStreamOptions options_;
    Guarded<State> state_;
};

struct EventHubOptions {
    std::size_t max_history_events = 1024;  ///< What a client that comes back can catch up with.
    std::size_t max_history_bytes = 4_MiB;
    EventStreamOptions stream;
};

/// Sends each event to every subscriber and remembers the last ones. Ids are
/// those of this hub: after a restart no client mistakes old events for new.
/// Thread-safe. Owns no stream: a subscriber is forgotten when it has ended.
/// Memory: the history, and what EventStream says for each client.
class EventHub {
public:
    explicit EventHub(EventHubOptions options = {});

    /// A stream for a new client. `last_event_id` is its Last-Event-ID field: what
    /// it missed is queued at once. If that is no longer known, or of another
    /// run, the first event is of type "reset": load everything anew.
    std::shared_ptr<EventStream> subscribe(std::string_view last_event_id = {});

    /// Returns the event's id.
    std::string publish(std::string type, std::string data);

    std::size_t subscribers() const;
    /// Ends all streams.
    void close();

private:
    struct Remembered {
        std::uint64_t number = 0;
        EventStream::Text text;
    };
    struct State {
        std::uint64_t last_number = 0;
        std::deque<Remembered> history;
        std::size_t history_bytes = 0;
        std::vector<std::weak_ptr<EventStream>> streams;
    };
    std::string id_of(std::uint64_t number) const;
    /// The number in an id of this hub.
    std::optional<std::uint64_t> number_of(std::string_view id) const;

    const EventHubOptions options_;
    const std::string run_;  // Begins every id.
    Guarded<State> state_;
};

}  // namespace cofre::net
