#include "net/url.h"

#include <algorithm>

#include <arpa/inet.h>

#include "base/encoding.h"
#include "base/number.h"

namespace cofre::net {
namespace {

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

Error invalid(std::string_view what) {
    return {ErrorCode::kInvalidArgument, "parse URL: " + std::string(what)};
}

std::string to_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return lower;
}

bool is_visible_ascii(char c) {
    return c > ' ' && c < '\x7f';
}

Result<std::uint16_t> parse_port(std::string_view text) {
    const auto port = parse_number<std::uint16_t>(text);
    if (!port || *port == 0) return invalid("the port is not a number from 1 to 65535");
    return *port;
}

bool is_host_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

// "host", "host:port", "[v6]" or "[v6]:port".
Status parse_authority(std::string_view authority, Url& url) {
    if (authority.find('@') != std::string_view::npos) return invalid("a user name or password is not allowed in it");
    std::string_view port;
    if (!authority.empty() && authority.front() == '[') {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return invalid("'[' without ']'");
        url.host = to_lower(authority.substr(1, close - 1));
        if (!url.is_address()) return invalid("not an IPv6 address between '[' and ']'");
        const auto rest = authority.substr(close + 1);
        if (!rest.empty() && rest.front() != ':') return invalid("text after ']'");
        if (!rest.empty()) port = rest.substr(1);
    } else {
        const auto colon = authority.find(':');
        url.host = to_lower(authority.substr(0, colon));
        if (colon != std::string_view::npos) port = authority.substr(colon + 1);
        if (!std::all_of(url.host.begin(), url.host.end(), is_host_char))
            return invalid("the host has an odd character");
    }
    if (url.host.empty()) return invalid("no host");
    if (!port.empty()) {
        COFRE_ASSIGN(url.port, parse_port(port));
    }
    return {};
}

std::string decode_leniently(std::string_view text) {
    auto decoded = percent_decode(text);
    return decoded ? *std::move(decoded) : std::string(text);
}

}  // namespace

std::string Url::authority() const {
    std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port && *port != (scheme == "https" ? kHttpsPort : kHttpPort)) text += ":" + std::to_string(*port);
    return text;
}

std::string Url::str() const {
    std::string text = scheme + "://" + authority() + path;
    if (!query.empty()) text += "?" + query;
    return text;
}

bool Url::is_address() const {
    in6_addr address{};
    return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

bool Url::is_loopback() const {
    if (host == "localhost" || host.ends_with(".localhost")) return true;
    in_addr v4{};
    if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
    in6_addr v6{};
    return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

Result<Url> parse_url(std::string_view text) {
    if (!std::all_of(text.begin(), text.end(), is_visible_ascii)) {
        return invalid("white space or a character outside ASCII");
    }
    Url url;
    const auto scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) return invalid("it must begin with https:// or http://");
    url.scheme = to_lower(text.substr(0, scheme_end));
    if (url.scheme != "http" && url.scheme != "https") return invalid("it must begin with https:// or http://");
    text.remove_prefix(scheme_end + 3);
    if (text.find('#') != std::string_view::npos) return invalid("'#' is not allowed in it");

    const auto authority = text.substr(0, text.find_first_of("/?"));
    COFRE_TRY(parse_authority(authority, url));
    text.remove_prefix(authority.size());

    const auto question = text.find('?');
    const auto path = text.substr(0, question);
    if (!path.empty()) url.path = path;
    if (question != std::string_view::npos) url.query = text.substr(question + 1);
    return url;
}

std::string encode_query(const QueryParameters& parameters) {
    std::string text;
    for (const auto& [name, value] : parameters) {
        if (!text.empty()) text += '&';
        text += percent_encode(name);
        text += '=';
        text += percent_encode(value);
    }
    return text;
}

QueryParameters parse_query(std::string_view query) {
    QueryParameters parameters;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const auto equals = pair.find('=');
        const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
        parameters.push_back({decode_leniently(pair.substr(0, equals)), decode_leniently(value)});
    }
    return parameters;
}

}  // namespace cofre::net
