#pragma once

/// @file
/// Absolute http(s) URLs and query strings. Source: RFC 3986.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cofre::net {

/// An absolute URL. Path and query stay exactly as written: a signature covers
/// these very bytes.
struct Url {
    std::string scheme;                 ///< "http" or "https".
    std::string host;                   ///< Lower case; an IPv6 address without its brackets.
    std::optional<std::uint16_t> port;  ///< Absent: the scheme's own.
    std::string path = "/";             ///< Begins with '/'.
    std::string query;                  ///< Without the '?'.

    /// What a Host header says: host, and the port unless it is the scheme's own.
    std::string authority() const;
    std::string str() const;

    /// localhost, *.localhost, 127.0.0.0/8 or ::1.
    bool is_loopback() const;
    /// The host is an IPv4 or IPv6 address.
    bool is_address() const;
};

/// kInvalidArgument: not absolute, another scheme than http and https, a user
/// name or password (never repeated in the message), a fragment, white space,
/// bytes outside ASCII, or a port outside 1..65535.
Result<Url> parse_url(std::string_view text);

/// One name and value, both decoded.
struct QueryParameter {
    std::string name;
    std::string value;
    friend bool operator==(const QueryParameter&, const QueryParameter&) = default;
};
using QueryParameters = std::vector<QueryParameter>;

/// "a=1&b=" in the order given, without '?'; percent-encoded as Signature
/// Version 4 wants it, a space as %20.
std::string encode_query(const QueryParameters& parameters);

/// The inverse; "a" alone has an empty value, '+' stays '+', and a '%' without
/// two hexadecimal digits stands for itself.
QueryParameters parse_query(std::string_view query);

}  // namespace cofre::net
