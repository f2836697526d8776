#pragma once

/// @file
/// Whether the head of an HTTP/1.x request may be looked at by a parser at all.
///
/// Parsers are lenient, each in its own way, and two that read the same bytes
/// differently are how requests are smuggled. What is refused here no parser of
/// ours, and none behind or before us, has to agree about. Pure functions.
/// Source: RFC 9112 (sections 2.2, 3.2, 5.1, 5.2, 6.1, 6.3, 11.2), RFC 9110 section 5.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/units.h"

namespace cofre::net {

/// How the body of a request is delimited.
enum class BodyFraming : std::uint8_t { kNone, kLength, kChunked };

/// Why a request is turned away.
struct Refusal {
    int status = 400;         ///< What the client is told.
    std::string_view reason;  ///< A fixed word such as "bare-line-feed", for counters and messages.
};

struct HeadLimits {
    std::size_t max_bytes = 16_KiB;  ///< Request line and fields together; more is 431.
    std::size_t max_target = 8_KiB;  ///< Of the request target; more is 414.
    std::size_t max_fields = 100;    ///< Header fields; more is 431.
};

/// What the head says about itself. The views are parts of the block.
struct HeadSummary {
    std::string_view method;
    std::string_view target;       ///< As written: origin form, absolute form, or "*".
    std::string_view origin_form;  ///< Path and query of the target; "*" for "*".
    std::string_view host;         ///< Of the Host field, as written; empty in HTTP/1.0 without one.
    int minor_version = 1;         ///< HTTP/1.0 or HTTP/1.1.
    BodyFraming framing = BodyFraming::kNone;
    std::uint64_t content_length = 0;  ///< If framing is kLength.
    bool keep_alive = true;            ///< What the client wants.
    bool expects_continue = false;     ///< It waits for "100 Continue".
};

/// `block` is a request line and fields, up to and with the empty line.
std::variant<HeadSummary, Refusal> check_request_head(std::string_view block, const HeadLimits& limits);

/// Finds the end of a head in bytes that come bit by bit, each looked at once.
class HeadScanner {
public:
    explicit HeadScanner(const HeadLimits& limits) : limits_(limits) {}

    struct NeedMore {};
    /// `input` begins at the head and grows from call to call. The length of the
    /// head, or what is wrong with it already: a line feed without a carriage
    /// return, a carriage return without a line feed, a NUL, too many bytes.
    std::variant<NeedMore, std::size_t, Refusal> scan(std::string_view input);

private:
    HeadLimits limits_;
    std::size_t seen_ = 0;        // Bytes looked at.
    std::size_t line_start_ = 0;  // Of the line that seen_ is in.
    bool in_first_line_ = true;
};

/// A name of a header field, a method: RFC 9110 section 5.6.2.
bool is_http_token(std::string_view text);

}  // namespace cofre::net
