#pragma once

/// @file
/// Who may ask the HTTP server at all: pure decisions, taken before a handler.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "net/http_message.h"

namespace cofre::net {

/// Whether "Authorization: Bearer …" (the scheme in any case) holds the token.
/// Compares in time that depends on the lengths only. An empty token fits nothing.
bool has_bearer_token(const HttpHeaders& headers, const Secret& token);

/// Decided at start. `place` is where the server would listen, for the message.
/// kPermissionDenied: anybody who reaches a place that is not loopback could do
/// what the server does, because nothing authenticates.
Status require_loopback_or_token(std::string_view place, bool is_loopback, bool authenticates);

/// Whether a Host field names us. `allowed` are names without port, in lower
/// case; "*" is any. Without any name only localhost, *.localhost and literal
/// addresses count: a page of another site that rebinds its own name to our address
/// still sends that name.
bool is_allowed_host(std::string_view host, const std::vector<std::string>& allowed);

/// Whether a browser may have sent this request of its user's own will: what
/// changes nothing (GET, HEAD, OPTIONS) always; anything else only if it says no origin
/// (no browser), our own, or one of `allowed` ("https://backup.example.com").
bool is_allowed_origin(std::string_view method, const HttpHeaders& headers, std::string_view host, bool is_tls,
                       const std::vector<std::string>& allowed);

}  // namespace cofre::net
