#pragma once

/// @file
/// What a handler of the HTTP server gets and gives.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/byte_source.h"
#include "base/call_context.h"
#include "base/result.h"
#include "net/event_stream.h"
#include "net/http_message.h"

namespace cofre::net {

/// Parts of the path that the route's pattern names, percent-decoded.
using PathParameters = std::vector<std::pair<std::string, std::string>>;

/// The body of a request, pulled by its handler. For one thread.
class RequestBody {
public:
    virtual ~RequestBody() = default;
    /// What the client announced; nullopt for a chunked body.
    virtual std::optional<std::uint64_t> length() const = 0;
    /// Waits, then fills a part of `room`; 0 only at the whole body's end.
    /// kUnavailable: the client went away or was too slow. kInvalidArgument: the
    /// body is malformed. kResourceExhausted: longer than the route allows.
    /// kCancelled: the server stops.
    virtual Result<std::size_t> read(std::span<std::byte> room) = 0;
};

struct ServerRequest {
    std::string method;
    std::string path;     ///< As sent, still percent-encoded; "*" with OPTIONS.
    std::string query;    ///< Without '?'; see parse_query().
    HttpHeaders headers;  ///< Names in lower case.
    PathParameters parameters;
    std::string id;    ///< Request id: the client's if it is sane. Echoed in X-Request-Id.
    std::string peer;  ///< "192.0.2.1", "2001:db8::1" or "unix".
    bool is_tls = false;
    std::string body;               ///< Empty if the route streams it.
    RequestBody* stream = nullptr;  ///< Set if the route streams bodies; lives as long as the handler runs.

    /// The first field of that name (given in lower case); empty if there is none.
    std::string_view header(std::string_view name) const { return find_header(headers, name); }
    /// The parameter, which the pattern must name: another name is a bug.
    const std::string& parameter(std::string_view name) const;
    /// Of a {name:uint}.
    std::uint64_t number(std::string_view name) const;
};

/// Part of a source that can be read at any place, such as a file.
struct SourceBody {
    std::shared_ptr<const ByteSource> source;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// Bytes that are made while they are sent. `read` fills a part of the room, 0
/// at the end; it is called on the handler pool, never twice at once, and only
/// when the client has taken what came before: a slow client holds no thread.
/// An error cuts the connection, so that nobody takes a part for the whole.
struct StreamedBody {
    std::function<Result<std::size_t>(const CallContext&, std::span<std::byte>)> read;
    std::optional<std::uint64_t> length;  ///< Absent: chunked, or until the connection ends in HTTP/1.0.
};

struct HttpReply {
    int status = 200;
    HttpHeaders headers;  ///< Framing, Date, X-Request-Id and missing security fields are added by the server.
    /// A stream of events ends the use of the connection for other requests.
    std::variant<std::string, SourceBody, StreamedBody, std::shared_ptr<EventStream>> body;

    static HttpReply text(int status, std::string text, std::string content_type = "text/plain; charset=utf-8");
    static HttpReply json(int status, std::string document) {
        return text(status, std::move(document), "application/json");
    }
    static HttpReply events(std::shared_ptr<EventStream> stream);
    /// All of `source`, or the part that the request's single Range asks for (206,
    /// or 416). A Range with several parts, or a malformed one, counts as none.
    static HttpReply source(const ServerRequest& request, std::shared_ptr<const ByteSource> source,
                            std::string content_type);
};

/// Blocking code, run on the server's pool with the request's deadline; the stop
/// comes when the server cuts what did not finish in time. An Error becomes a
/// reply (base/error.h says which status); an exception becomes kInternal.
using HttpHandler = std::function<Result<HttpReply>(const CallContext&, const ServerRequest&)>;

/// The status that base/error.h names for a code; 503 for kCancelled.
int http_status(ErrorCode code);

/// {"error":{"code":…,"message":…,"hint":…},"request_id":…}
HttpReply error_reply(int status, std::string_view code, std::string_view message, std::string_view hint,
                      std::string_view request_id);
/// The same for an Error. What is our own fault (500) is only named, not told.
HttpReply error_reply(const Error& error, std::string_view request_id);

}  // namespace cofre::net
