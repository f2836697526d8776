#include "aws/sigv4.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "net/url.h"

namespace cofre::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// Proxies and servers change or add these on the way.
constexpr std::array<std::string_view, 9> kUnsignedHeaders = {
    "authorization",         "connection", "expect",     "sec-websocket-key", "sec-websocket-protocol",
    "sec-websocket-version", "upgrade",    "user-agent", "x-amzn-trace-id"};

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Without space at the ends, and runs of it as one blank.
void append_trimmed(std::string& out, std::string_view value) {
    const auto start = out.size();
    bool pending = false;
    for (const char c : value) {
        if (is_blank(c)) {
            pending = true;
            continue;
        }
        if (pending && out.size() > start) out += ' ';
        pending = false;
        out += c;
    }
}

// RFC 3986 section 5.2.4, and empty segments dropped as well.
std::string normalize_path(std::string_view path) {
    const bool ends_in_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    std::vector<std::string_view> kept;
    while (!path.empty()) {
        const auto segment = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), segment.size() + 1));
        if (segment.empty() || segment == ".") continue;
        if (segment != "..") {
            kept.push_back(segment);
        } else if (!kept.empty()) {
            kept.pop_back();
        }
    }
    std::string normal;
    for (const auto segment : kept)
        normal.append("/").append(segment);
    if (ends_in_folder || normal.empty()) normal += '/';
    return normal;
}

void append_canonical_path(std::string& out, std::string_view path, PathRule rule) {
    if (path.empty()) path = "/";
    switch (rule) {
        case PathRule::kAsSent: out += path; return;
        case PathRule::kEncode: out += percent_encode(path, SlashRule::kKeep); return;
        case PathRule::kNormalizeAndEncode: out += percent_encode(normalize_path(path), SlashRule::kKeep); return;
    }
}

void append_canonical_query(std::string& out, std::string_view query) {
    if (query.empty()) return;
    std::vector<std::pair<std::string, std::string>> encoded;
    for (const auto& [name, value] : net::parse_query(query)) {
        encoded.emplace_back(percent_encode(name), percent_encode(value));
    }
    std::sort(encoded.begin(), encoded.end());
    bool first = true;
    for (const auto& [name, value] : encoded) {
        if (!std::exchange(first, false)) out += '&';
        out.append(name).append("=").append(value);
    }
}

struct NamedValue {
    std::string name;  // In lower case.
    std::string_view value;
};

std::vector<NamedValue> headers_to_sign(const net::HttpHeaders& headers) {
    std::vector<NamedValue> chosen;
    chosen.reserve(headers.size());
    for (const auto& header : headers) {
        std::string name = header.name;
        std::transform(name.begin(), name.end(), name.begin(), to_lower);
        if (std::find(kUnsignedHeaders.begin(), kUnsignedHeaders.end(), name) != kUnsignedHeaders.end()) continue;
        chosen.push_back({std::move(name), header.value});
    }
    // Stable: the values of one name keep their order.
    std::stable_sort(chosen.begin(), chosen.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return chosen;
}

void append_headers(Signature& result, const net::HttpHeaders& headers) {
    std::string& out = result.canonical_request;
    const auto chosen = headers_to_sign(headers);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (i > 0 && chosen[i].name == chosen[i - 1].name) {
            out += ',';
        } else {
            if (i > 0) out += '\n';
            if (!result.signed_headers.empty()) result.signed_headers += ';';
            result.signed_headers += chosen[i].name;
            out.append(chosen[i].name).append(":");
        }
        append_trimmed(out, chosen[i].value);
    }
    out += '\n';
}

bool is_date_header(const net::HttpHeader& header) {
    std::string name = header.name;
    std::transform(name.begin(), name.end(), name.begin(), to_lower);
    return name == "x-amz-date";
}

std::string scope_text(const SigningScope& scope) {
    std::string text = format_basic(scope.time).substr(0, 8);
    text.append("/").append(scope.region).append("/").append(scope.service).append("/aws4_request");
    return text;
}

std::string signed_header_names(const net::HttpHeaders& headers) {
    std::string names;
    std::string last;
    for (const auto& header : headers_to_sign(headers)) {
        if (header.name == last) continue;
        if (!names.empty()) names += ';';
        names += header.name;
        last = header.name;
    }
    return names;
}

}  // namespace

std::string Signature::authorization() const {
    std::string text(kAlgorithm);
    text.append(" Credential=").append(credential);
    text.append(", SignedHeaders=").append(signed_headers);
    text.append(", Signature=").append(signature);
    return text;
}

SigningKey derive_signing_key(const Secret& secret, const SigningScope& scope) {
    const Secret prefixed("AWS4" + std::string(secret.reveal()));
    const auto date = crypto::hmac_sha256(as_bytes(prefixed.reveal()), format_basic(scope.time).substr(0, 8));
    const auto region = crypto::hmac_sha256(date.bytes(), scope.region);
    const auto service = crypto::hmac_sha256(region.bytes(), scope.service);
    return crypto::hmac_sha256(service.bytes(), "aws4_request");
}

Signature sign(const SignableRequest& request, const SigningScope& scope, std::string_view access_key_id,
               const SigningKey& key) {
    Signature result;
    std::string& canonical = result.canonical_request;
    canonical.reserve(1024);
    canonical.append(request.method).append("\n");
    append_canonical_path(canonical, request.path, request.path_rule);
    canonical += '\n';
    append_canonical_query(canonical, request.query);
    canonical += '\n';
    append_headers(result, *request.headers);
    canonical.append("\n").append(result.signed_headers).append("\n").append(request.payload_sha256);

    const std::string scope_name = scope_text(scope);
    result.string_to_sign.append(kAlgorithm).append("\n").append(format_basic(scope.time)).append("\n");
    result.string_to_sign.append(scope_name).append("\n").append(crypto::sha256(canonical).hex());
    result.signature = crypto::hmac_sha256(key.bytes(), result.string_to_sign).hex();
    result.credential.append(access_key_id).append("/").append(scope_name);
    return result;
}

Signature sign_headers(SignableRequest request, net::HttpHeaders& headers, const SigningScope& scope,
                       const Credentials& credentials, const SigningKey& key, TokenRule token) {
    const bool has_token = !credentials.session_token.empty();
    std::erase_if(headers, is_date_header);
    const auto add_token = [&] {
        headers.push_back({"x-amz-security-token", std::string(credentials.session_token.reveal())});
    };
    headers.push_back({"x-amz-date", format_basic(scope.time)});
    if (has_token && token == TokenRule::kSigned) add_token();
    request.headers = &headers;
    Signature signature = sign(request, scope, credentials.access_key_id, key);
    headers.push_back({"authorization", signature.authorization()});
    if (has_token && token == TokenRule::kAddAfter) add_token();
    return signature;
}

PresignedQuery sign_query(const SignableRequest& request, const SigningScope& scope, const Credentials& credentials,
                          const SigningKey& key, std::chrono::seconds lifetime, TokenRule token) {
    const bool has_token = !credentials.session_token.empty();
    net::HttpHeaders headers = *request.headers;
    std::erase_if(headers, is_date_header);  // The date is in the query.
    net::QueryParameters added = {
        {"X-Amz-Algorithm", std::string(kAlgorithm)},
        {"X-Amz-Credential", credentials.access_key_id + "/" + scope_text(scope)},
        {"X-Amz-Date", format_basic(scope.time)},
        {"X-Amz-SignedHeaders", signed_header_names(headers)},
        {"X-Amz-Expires", std::to_string(lifetime.count())},
    };
    const net::QueryParameter token_parameter{"X-Amz-Security-Token", std::string(credentials.session_token.reveal())};
    if (has_token && token == TokenRule::kSigned) added.push_back(token_parameter);

    PresignedQuery result;
    result.query = request.query;
    if (!result.query.empty()) result.query += '&';
    result.query += net::encode_query(added);

    SignableRequest with_parameters = request;
    with_parameters.query = result.query;
    with_parameters.headers = &headers;
    result.signature = sign(with_parameters, scope, credentials.access_key_id, key);
    result.query.append("&X-Amz-Signature=").append(result.signature.signature);
    if (has_token && token == TokenRule::kAddAfter) result.query += "&" + net::encode_query({token_parameter});
    return result;
}

SigningKey SigningKeyCache::get(const Secret& secret, const SigningScope& scope) {
    std::string name = scope_text(scope);
    return last_.with([&](Entry& entry) {
        if (entry.scope != name || !(entry.secret == secret)) {
            entry = Entry{secret, std::move(name), derive_signing_key(secret, scope)};
        }
        return entry.key;
    });
}

}  // namespace cofre::aws
