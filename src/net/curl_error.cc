#include "net/curl_error.h"

#include <string_view>

#include <curl/curl.h>

namespace cofre::net {
namespace {

// libcurl writes sentences; our messages are clauses.
std::string as_clause(std::string text) {
    if (text.size() > 1 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'a') {
        text[0] = static_cast<char>(text[0] - 'A' + 'a');
    }
    return text;
}

bool mentions(std::string_view text, std::string_view words) {
    return text.find(words) != std::string_view::npos;
}

// OpenSSL's reasons, as X509_verify_cert_error_string() and libcurl word them.
std::string_view advice_on_certificate(std::string_view reason) {
    if (mentions(reason, "expired")) return "it has to be renewed on the server; or this machine's clock is wrong";
    if (mentions(reason, "not yet valid")) return "this machine's clock may be wrong";
    if (mentions(reason, "subject name")) {
        return "name the endpoint as its certificate does; if the bucket stands in the host name, try addressing: path";
    }
    return "name the CA that signed it in a CA bundle (ca_bundle, AWS_CA_BUNDLE)";
}

Error handshake_error(const std::string& message) {
    if (mentions(message, "wrong version number") || mentions(message, "http request")) {
        return Error(ErrorCode::kUnsupported, "the server does not speak TLS: " + message)
            .with_hint("check the port; http:// sends the data in the clear");
    }
    if (mentions(message, "protocol")) {
        return Error(ErrorCode::kUnsupported, "the server has no TLS 1.2 or newer: " + message)
            .with_hint("older versions are not safe, and not used; update the server");
    }
    return {ErrorCode::kUnavailable, message};
}

}  // namespace

Error error_of_curl(int code, const std::string& detail) {
    const auto curl_code = static_cast<CURLcode>(code);
    const std::string message = as_clause(detail.empty() ? curl_easy_strerror(curl_code) : detail);
    switch (curl_code) {
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_ISSUER_ERROR:
            return Error(ErrorCode::kUnauthenticated, "the server's certificate is not trusted: " + message)
                .with_hint(advice_on_certificate(message));
        case CURLE_SSL_CONNECT_ERROR: return handshake_error(message);
        case CURLE_SSL_CACERT_BADFILE:
            return Error(ErrorCode::kInvalidArgument, "the CA bundle cannot be used: " + message);
        case CURLE_URL_MALFORMAT:
        case CURLE_UNSUPPORTED_PROTOCOL: return {ErrorCode::kInvalidArgument, message};
        case CURLE_OUT_OF_MEMORY:
        case CURLE_FAILED_INIT: return {ErrorCode::kInternal, "libcurl: " + message};
        case CURLE_COULDNT_RESOLVE_PROXY:
            return Error(ErrorCode::kUnavailable, message).with_hint("check the proxy's address");
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
            return Error(ErrorCode::kUnavailable, message)
                .with_hint("check the endpoint's address, and that the server can be reached from here");
        default: return {ErrorCode::kUnavailable, message};
    }
}

}  // namespace cofre::net
