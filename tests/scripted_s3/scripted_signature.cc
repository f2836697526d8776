#include "scripted_signature.h"

#include <sstream>
#include <vector>

#include "aws/sigv4.h"
#include "base/secret.h"
#include "crypto/digest.h"
#include "scripted_bucket.h"

namespace cofre::scripted {
namespace {

constexpr std::chrono::minutes kMaxSkew{15};

// The text between `before` and the next ',' or the end.
std::string field(std::string_view text, std::string_view before) {
    const auto at = text.find(before);
    if (at == std::string_view::npos) return "";
    text.remove_prefix(at + before.size());
    return std::string(text.substr(0, text.find(',')));
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, separator);)
        parts.push_back(part);
    return parts;
}

// "20260102T030405Z".
std::optional<WallTime> parse_basic(std::string_view text) {
    if (text.size() != 16) return std::nullopt;
    std::string rfc(text);
    rfc.insert(13, ":").insert(11, ":").insert(6, "-").insert(4, "-");
    const auto time = parse_rfc3339(rfc);
    if (!time) return std::nullopt;
    return *time;
}

}  // namespace

std::optional<Reply> check_signature(const Request& request, const ExpectedSigner& signer, WallTime now) {
    const auto authorization = request.header("authorization");
    const auto scope = split(field(authorization, "Credential="), '/');
    if (scope.size() != 5) return error_reply(403, "AccessDenied", "no signature");
    if (scope[0] != signer.access_key_id) return error_reply(403, "InvalidAccessKeyId");
    if (!signer.session_token.empty() && request.header("x-amz-security-token") != signer.session_token) {
        return error_reply(400, "ExpiredToken", "The provided token has expired.");
    }
    if (scope[2] != signer.region) {
        Reply reply = error_reply(400, "AuthorizationHeaderMalformed", "the region is wrong");
        reply.body.insert(reply.body.find("</Error>"), "<Region>" + signer.region + "</Region>");
        return reply;
    }
    const auto time = parse_basic(request.header("x-amz-date"));
    if (!time) return error_reply(403, "AccessDenied", "no date");
    if (now - *time > kMaxSkew || *time - now > kMaxSkew) return error_reply(403, "RequestTimeTooSkewed");

    net::HttpHeaders headers;
    for (const auto& name : split(field(authorization, "SignedHeaders="), ';')) {
        headers.push_back({name, std::string(request.header(name))});
    }
    const aws::SigningScope signing_scope{.region = signer.region, .time = *time};
    const auto key = aws::derive_signing_key(Secret(signer.secret_access_key), signing_scope);
    const auto expected = aws::sign({.method = request.method,
                                     .path = request.path(),
                                     .query = request.query(),
                                     .headers = &headers,
                                     .payload_sha256 = request.header("x-amz-content-sha256")},
                                    signing_scope, signer.access_key_id, key);
    if (field(authorization, "Signature=") != expected.signature) return error_reply(403, "SignatureDoesNotMatch");
    return std::nullopt;
}

std::optional<Reply> check_payload(const Request& request) {
    if (crypto::sha256(request.body).hex() == request.header("x-amz-content-sha256")) return std::nullopt;
    return error_reply(400, "XAmzContentSHA256Mismatch");
}

}  // namespace cofre::scripted
