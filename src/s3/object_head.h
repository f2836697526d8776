#pragma once

/// @file
/// Private to s3: what the headers of an answer say of an object.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_message.h"
#include "store/object_store.h"

namespace cofre::s3 {

/// Metadata that marks what one upload of ours made, so that an answer that
/// got lost can be looked up. Never shown in ObjectHead::metadata.
inline constexpr std::string_view kUploadMarker = "cofre-upload";

/// From a HEAD or GET answer. `size` is that of the whole object, also for a
/// range. kCorruption: no length, or an odd one.
Result<store::ObjectHead> read_object_head(const net::HttpResponse& response);

/// kUnsupported: the answer has a Content-Encoding, which for what no one stores
/// encoded means that a proxy compressed it on its way.
Status check_not_recoded(const net::HttpResponse& response);

/// Value of the marker, empty if there is none.
std::string_view upload_marker(const net::HttpResponse& response);

/// "bytes 0-99/1234".
struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::uint64_t total = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view text);

std::string strip_quotes(std::string_view etag);

}  // namespace cofre::s3
