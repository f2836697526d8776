#pragma once

/// @file
/// A raw HTTP/1.1 request in a file, as AWS's signing test suite has them.

#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_message.h"

namespace cofre::cli {

struct RawRequest {
    std::string method;
    std::string path;   ///< As on the request line, without the query.
    std::string query;  ///< Without '?'.
    net::HttpHeaders headers;
    std::string body;
};

/// Lines end in LF or CRLF; the target may hold spaces and unescaped bytes; a
/// header line that begins with white space continues the one before.
/// kInvalidArgument: no request line, or a header without a colon.
Result<RawRequest> parse_raw_request(std::string_view text);

}  // namespace cofre::cli
