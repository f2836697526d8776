#pragma once

/// @file
/// The content of files as streams of bytes, loaded ahead.

#include <deque>
#include <memory>
#include <span>

#include "base/bounded_queue.h"
#include "base/byte_source.h"
#include "base/call_context.h"
#include "base/result.h"
#include "base/task_group.h"
#include "repo/repository.h"

namespace cofre::repo {

/// Reads files one after the other, the blobs of each several at a time. For one
/// thread. Threads: `threads`. Memory: two blobs (of at most 8 MiB, as usual)
/// for each.
class BlobStream {
public:
    /// `repo` must outlive it. A stop of `ctx` ends it.
    BlobStream(const CallContext& ctx, Repository& repo, int threads);
    BlobStream(const BlobStream&) = delete;
    BlobStream& operator=(const BlobStream&) = delete;
    ~BlobStream();

    /// Passes the blobs to `sink` in order. Errors of load_blob() and of `sink`
    /// end it; some may have been passed by then.
    Status read(std::span<const Id> blobs, const ByteSink& sink);

private:
    struct Request;
    Status serve(const std::stop_token& stop);

    CallContext ctx_;
    Repository& repo_;
    std::size_t ahead_;
    BoundedQueue<std::shared_ptr<Request>> requests_;  // Shared with the thread that loads it.
    TaskGroup group_;                                  // Last: its threads use the rest.
};

}  // namespace cofre::repo
