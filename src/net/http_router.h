#pragma once

/// @file
/// Which handler answers for a method and a path.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "net/request_head.h"
#include "net/server_message.h"

namespace cofre::net {

/// What one route allows.
struct RouteOptions {
    std::uint64_t max_body = 64_KiB;  ///< Decoded bytes; more is 413.
    /// The handler pulls the body (ServerRequest::stream) on its thread while it
    /// comes. Otherwise the body is complete, in memory, before the handler is
    /// called: a slow client then holds no thread.
    bool streams_body = false;
    std::optional<std::chrono::milliseconds> request_timeout;  ///< Instead of the server's.
    bool is_public = false;                                    ///< Needs no token.
    bool any_origin = false;          ///< Scripts of other origins may call it: the route answers CORS itself.
    bool any_host = false;            ///< Works under any name in the Host field.
    bool keeps_dot_segments = false;  ///< "." and ".." in a tail are names as others: keys of objects.
};

struct Route {
    std::string method;
    std::string pattern;
    RouteOptions options;
    HttpHandler handler;
};

struct RouteMatch {
    std::shared_ptr<const Route> route;
    PathParameters parameters;
};

/// Patterns: "/api/v1/documents/{id}/process". A segment is literal text,
/// "{name}" (one segment, not empty), "{name:uint}" (a decimal number below
/// 2^63), "{name:uuid}", or, at the end, "{name...}" (the rest with its
/// slashes, perhaps empty).
///
/// A path has one meaning: in each place literal text goes before "{name}" and
/// that before a tail, whatever the method. Percent-encoding is decoded once,
/// after the path was cut at its slashes.
///
/// Thread-safe once all routes are added.
class HttpRouter {
public:
    HttpRouter();
    HttpRouter(HttpRouter&&) noexcept;
    HttpRouter& operator=(HttpRouter&&) noexcept;
    ~HttpRouter();

    /// kInvalidArgument: the pattern cannot be read. kConflict: a route for it is
    /// there already, or a parameter of another name or type is in the same place.
    Status add(std::string method, std::string pattern, HttpHandler handler, RouteOptions options = {});

    struct MethodMissing {
        std::string allow;  ///< "GET, HEAD, OPTIONS"
    };
    /// `path` as in the request line, without the query. Refusal: 404, or 400 for a
    /// percent-encoding that is malformed or hides a control character, a dot
    /// segment or, outside a tail, a slash. HEAD finds GET's route.
    std::variant<RouteMatch, MethodMissing, Refusal> find(std::string_view method, std::string_view path) const;

private:
    struct Node;
    std::unique_ptr<Node> root_;
};

}  // namespace cofre::net
