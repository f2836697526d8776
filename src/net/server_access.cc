#include "net/server_access.h"

#include <algorithm>

namespace cofre::net {

namespace {

std::string lower_text(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

/// A host without its port; an IPv6 address keeps its brackets.
std::string_view without_port(std::string_view host) {
    if (!host.empty() && host.front() == '[') return host.substr(0, host.find(']') + 1);
    return host.substr(0, host.find(':'));
}

bool is_literal_address(std::string_view host) {
    if (!host.empty() && host.front() == '[') return true;
    return !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

bool has_bearer_token(const HttpHeaders& headers, const Secret& token) {
    if (token.empty()) return false;
    std::string_view value = find_header(headers, "authorization");
    if (lower_text(value.substr(0, 7)) != "bearer ") return false;
    value.remove_prefix(7);
    while (!value.empty() && value.front() == ' ')
        value.remove_prefix(1);
    return Secret(std::string(value)) == token;
}

Status require_loopback_or_token(std::string_view place, bool is_loopback, bool authenticates) {
    if (is_loopback || authenticates) return {};
    return Error(ErrorCode::kPermissionDenied,
                 "listen on " + std::string(place) + ": no token is set, and other machines can reach that address")
        .with_hint("set a token, or listen on 127.0.0.1 or on a unix socket");
}

bool is_allowed_host(std::string_view host, const std::vector<std::string>& allowed) {
    const std::string name = lower_text(without_port(host));
    if (allowed.empty()) {
        const std::string_view suffix = ".localhost";
        const bool is_below = name.size() > suffix.size() && name.ends_with(suffix);
        return name == "localhost" || is_below || is_literal_address(name);
    }
    return std::any_of(allowed.begin(), allowed.end(),
                       [&](const std::string& one) { return one == "*" || one == name; });
}

bool is_allowed_origin(std::string_view method, const HttpHeaders& headers, std::string_view host, bool is_tls,
                       const std::vector<std::string>& allowed) {
    if (method == "GET" || method == "HEAD" || method == "OPTIONS") return true;
    const std::string origin = lower_text(find_header(headers, "origin"));
    if (origin.empty()) {
        // Browsers say this even where they leave out the origin.
        const std::string_view site = find_header(headers, "sec-fetch-site");
        return site != "cross-site" && site != "same-site";
    }
    // Behind a proxy that ends TLS we are asked in plain text for an https origin.
    if (origin == "https://" + lower_text(host) || (!is_tls && origin == "http://" + lower_text(host))) return true;
    return std::find(allowed.begin(), allowed.end(), origin) != allowed.end();
}

}  // namespace cofre::net
