#pragma once

/// @file
/// Status lines and header fields of replies, as text. Pure, but for the date.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time_format.h"
#include "net/server_message.h"

namespace cofre::net {

/// "Sun, 22 Nov 2026 01:36:59 GMT".
std::string format_http_date(WallTime time);

/// How the end of a reply's body is told.
enum class ReplyFraming : std::uint8_t {
    kNone,     ///< There is none, and no length is said: 1xx, 204, 304.
    kLength,   ///< Content-Length.
    kChunked,  ///< For a length that is not known, in HTTP/1.1.
    kClose,    ///< The connection ends: HTTP/1.0, event streams.
};

struct ReplyHeadFacts {
    ReplyFraming framing = ReplyFraming::kLength;
    std::uint64_t length = 0;
    bool keeps_connection = true;
    std::string_view request_id;
    WallTime now;
};

/// Everything up to and with the empty line. Fields that a handler may not set
/// (framing, Connection, Date, X-Request-Id) are left out of what it gave, and so
/// are fields with control characters; what browsers should be told is added
/// where it did not: nosniff, no framing, no referrer, a policy that allows
/// nothing, and no caching. No name or version of the server.
std::string make_reply_head(const HttpReply& reply, const ReplyHeadFacts& facts);

/// How the body of `reply` goes out.
ReplyFraming choose_framing(const HttpReply& reply, int minor_version);

/// Bytes of the body, if known.
std::optional<std::uint64_t> reply_length(const HttpReply& reply);

}  // namespace cofre::net
