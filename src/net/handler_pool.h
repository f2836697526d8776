#pragma once

/// @file
/// The threads on which handlers of the HTTP server run.

#include <atomic>
#include <cstddef>
#include <functional>

#include "base/bounded_queue.h"
#include "base/result.h"

namespace cofre::net {

/// A queue and what its threads do. The threads themselves belong to the server,
/// which runs work() on each. Jobs are submitted by one thread, the server's own.
class HandlerPool {
public:
    using Job = std::function<void()>;

    /// `max_waiting` new requests wait for a thread; `max_continued` is how many
    /// jobs of requests under way there can be: one for each connection.
    HandlerPool(std::size_t max_waiting, std::size_t max_continued)
        : max_waiting_(max_waiting), queue_(max_waiting + max_continued) {}

    /// A new request. False: too many wait, and nothing was done.
    bool try_submit(Job job);
    /// The next piece of a reply. Never refused.
    void submit_continued(Job job);

    std::size_t waiting() const { return waiting_; }

    /// No more jobs come; threads end when the queue is empty.
    void close() { queue_.close(); }

    /// What a thread does until close(). An exception of a job does not end it.
    Status work(const std::stop_token& stop);

private:
    void push(Job job);

    const std::size_t max_waiting_;
    std::atomic<std::size_t> waiting_{0};  // New requests in the queue.
    BoundedQueue<Job> queue_;
};

}  // namespace cofre::net
