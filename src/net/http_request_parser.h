#pragma once

/// @file
/// One HTTP/1.x request from bytes in memory: a strict check first, then
/// Boost.Beast, which only this module includes.

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/http_message.h"
#include "net/request_head.h"

namespace cofre::net {

/// Does no I/O; the server and its fuzzer feed it alike. The head is checked by
/// check_request_head() and must then mean the same to Beast: method, target
/// and framing are compared, and a difference is refused.
///
/// Not thread-safe. One object for each request. Memory: the head, about twice.
class HttpRequestParser {
public:
    /// Bytes of a line that begins a chunk, and of all extensions of one body.
    static constexpr std::size_t kMaxChunkLine = 1024;
    static constexpr std::size_t kMaxExtensions = 4096;

    explicit HttpRequestParser(const HeadLimits& limits);
    ~HttpRequestParser();
    HttpRequestParser(const HttpRequestParser&) = delete;
    HttpRequestParser& operator=(const HttpRequestParser&) = delete;

    enum class Step { kNeedMore, kDone, kRefused };

    /// `input` is all that has come since the last request, and grows from call
    /// to call. One empty line before the request is skipped.
    Step read_head(std::string_view input);

    /// After kDone: how much of `input` the head was.
    std::size_t head_size() const { return head_size_; }
    const HeadSummary& summary() const { return summary_; }
    /// Names in lower case, values trimmed, in the order sent.
    HttpHeaders take_headers();

    /// After kRefused of either function.
    const Refusal& refusal() const { return refusal_; }

    struct BodyStep {
        Step step = Step::kNeedMore;
        std::size_t consumed = 0;  ///< Of `input`; the caller drops them.
        std::size_t produced = 0;  ///< Bytes of `room` that were filled.
    };
    /// Decodes some of the body, after a head that has one. kNeedMore: give more
    /// input (all that was not consumed, and what came since) or more room.
    BodyStep read_body(std::string_view input, std::span<std::byte> room);

private:
    struct Impl;
    Step refuse(Refusal refusal);

    HeadScanner scanner_;
    HeadLimits limits_;
    std::string block_;  // The views of summary_ are parts of it.
    HeadSummary summary_;
    Refusal refusal_;
    std::size_t head_size_ = 0;
    std::size_t skipped_ = 0;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::net
