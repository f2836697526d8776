#pragma once

/// @file
/// A connection on which nothing but events will go: callbacks instead of a
/// coroutine, so that while it is silent it costs no stack. Private to the server.

#include <array>
#include <memory>
#include <vector>

#include "net/event_stream.h"
#include "net/http_server_core.h"
#include "net/http_wire.h"

namespace cofre::net {

/// Lives as long as the server lists it and its operations run.
class EventClient : public std::enable_shared_from_this<EventClient> {
public:
    EventClient(ServerCore& core, std::unique_ptr<Wire> wire, std::shared_ptr<EventStream> stream);

    void start();
    /// What is queued is sent, then the connection ends.
    void drain() { stream_->close(); }
    void cut();
    /// Heartbeat and the limit for a write. Called every now and then.
    void tick(SteadyTime now);

private:
    void flush();
    void write();
    void on_written(const NetError& ec);
    void watch_peer();
    void end_well();
    void end();

    ServerCore& core_;
    std::shared_ptr<Wire> wire_;  // Its operations own it, too. Null once it has ended.
    std::shared_ptr<EventStream> stream_;
    std::vector<EventStream::Text> in_flight_;  // Empty: nothing is being written.
    SteadyTime last_write_;                     // When the last one began.
    bool ends_after_write_ = false;
    bool is_ending_ = false;          // TLS says goodbye.
    std::array<char, 64> ignored_{};  // What the client sends has no meaning.
};

}  // namespace cofre::net
