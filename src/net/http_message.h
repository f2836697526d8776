#pragma once

/// @file
/// HTTP requests and responses as data.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_source.h"

namespace cofre::net {

struct HttpHeader {
    std::string name;
    std::string value;
};
using HttpHeaders = std::vector<HttpHeader>;

/// Value of the first header of that name, empty if there is none. `name` in
/// lower case; the comparison ignores the case of what it looks through.
std::string_view find_header(const HttpHeaders& headers, std::string_view name);

/// One request. At most one of `text` and `source` is the body; what they
/// refer to must outlive the request. Content-Length comes from them and is
/// not listed in `headers`.
struct HttpRequest {
    std::string method = "GET";
    std::string url;
    HttpHeaders headers;  ///< Sent as they are. Control characters are kInvalidArgument.
    bool has_text = false;
    std::string_view text;               ///< Body in memory, possibly empty, if has_text.
    const ByteSource* source = nullptr;  ///< Body that is read while it is sent.
};

struct HttpResponse {
    int status = 0;
    std::string protocol;  ///< As the server names it: "HTTP/1.1".
    HttpHeaders headers;   ///< Names in lower case, values trimmed.
    std::string body;      ///< Empty if it went to a sink.

    bool ok() const { return status >= 200 && status < 300; }
    std::string_view header(std::string_view name) const { return find_header(headers, name); }
};

}  // namespace cofre::net
