#pragma once

/// @file
/// An HTTP/1.1 server on loopback that misbehaves on demand, for tests of
/// whatever talks HTTP.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http_message.h"

namespace cofre::scripted {

struct Request {
    std::string method;
    std::string target;  ///< As on the request line.
    net::HttpHeaders headers;
    std::string body;
    int connection = 0;  ///< Counts accepted connections from 1.

    std::string_view header(std::string_view name) const { return net::find_header(headers, name); }
    std::string_view path() const;
    std::string_view query() const;
};

struct Reply {
    int status = 200;
    net::HttpHeaders headers;
    std::string body;
};

/// What goes wrong on the wire. The default is nothing.
struct WireFault {
    std::optional<std::uint64_t> reset_after_body_bytes;   ///< RST once so much of the request body was read.
    bool never_answer = false;                             ///< Read everything, then stay silent.
    bool drop_reply = false;                               ///< Do the work, then RST instead of the answer.
    std::optional<std::uint64_t> reset_after_reply_bytes;  ///< RST after so many bytes of the reply's body.
    std::optional<std::uint64_t> cut_after_reply_bytes;    ///< Orderly close there instead.
    std::chrono::milliseconds delay{0};                    ///< Pause before the answer, when the work is done.
    std::chrono::milliseconds drip{0};                     ///< Pause before each byte of the reply's body.
    std::chrono::milliseconds sip{0};                      ///< Pause before each read of the request's body.
    bool close_after = false;                              ///< "Connection: close".
};

/// Thread-safe. One thread for each connection; all end with the object.
class HttpServer {
public:
    /// Decides on the request's head, before its body is read.
    using OnHead = std::function<WireFault(const Request& head)>;
    using OnRequest = std::function<Reply(const Request&)>;

    /// Both functions are called on several threads at once.
    static Result<std::unique_ptr<HttpServer>> start(OnHead on_head, OnRequest on_request);
    ~HttpServer();

    std::uint16_t port() const;
    std::string url() const;  ///< "http://127.0.0.1:PORT".
    int connections() const;  ///< Accepted so far.

private:
    struct Impl;
    explicit HttpServer(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::scripted
