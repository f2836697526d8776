#pragma once

/// @file
/// AWS Signature Version 4, by headers and by query. Pure: no clock, no I/O.
/// Source: AWS General Reference, "Signature Version 4 signing process"; Amazon
/// S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/guarded.h"
#include "base/secret.h"
#include "base/time_format.h"
#include "crypto/digest.h"
#include "net/http_message.h"

namespace cofre::aws {

/// Stands for the hash of a body that is not signed.
inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
/// SHA-256 of nothing.
inline constexpr std::string_view kEmptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// How the path of the request line becomes the canonical URI.
enum class PathRule : std::uint8_t {
    kAsSent,              ///< Amazon S3: encoded once already, never normalized.
    kEncode,              ///< Other services: encoded once more.
    kNormalizeAndEncode,  ///< Other services: "." and ".." and "//" resolved first.
};

/// What a signature is about. All views must outlive the call.
struct SigningScope {
    std::string_view region;
    std::string_view service = "s3";
    WallTime time{};
};

struct SignableRequest {
    std::string_view method;
    std::string_view path;                      ///< As on the request line.
    std::string_view query;                     ///< As on the request line, without '?'.
    const net::HttpHeaders* headers = nullptr;  ///< All are signed but those that proxies change.
    std::string_view payload_sha256;            ///< 64 hexadecimal digits, or kUnsignedPayload.
    PathRule path_rule = PathRule::kAsSent;
};

struct Signature {
    std::string canonical_request;
    std::string string_to_sign;
    std::string signature;       ///< 64 hexadecimal digits.
    std::string credential;      ///< "KEYID/20260101/region/s3/aws4_request".
    std::string signed_headers;  ///< "host;x-amz-date".

    /// The value of an Authorization header.
    std::string authorization() const;
};

/// The key of one day, region and service. A secret, though in a digest's clothes.
using SigningKey = crypto::Sha256Digest;
SigningKey derive_signing_key(const Secret& secret, const SigningScope& scope);

/// Signs the request as it is: X-Amz-Date, and the token's header if there is
/// one, must be among its headers (or query) already.
Signature sign(const SignableRequest& request, const SigningScope& scope, std::string_view access_key_id,
               const SigningKey& key);

enum class TokenRule : std::uint8_t {
    kSigned,    ///< Amazon S3: the session token is part of what is signed.
    kAddAfter,  ///< Some other services: added when the signature is made.
};

/// Adds X-Amz-Date (in place of one that is there), the session token if there
/// is one, and Authorization to `headers`, which are the ones that are signed.
Signature sign_headers(SignableRequest request, net::HttpHeaders& headers, const SigningScope& scope,
                       const Credentials& credentials, const SigningKey& key, TokenRule token = TokenRule::kSigned);

struct PresignedQuery {
    Signature signature;
    std::string query;  ///< The whole query of the signed URL.
};

/// Signs by query. `request.headers` holds at least Host; whoever uses the URL
/// must send all of them, but for X-Amz-Date, which is in the query.
PresignedQuery sign_query(const SignableRequest& request, const SigningScope& scope, const Credentials& credentials,
                          const SigningKey& key, std::chrono::seconds lifetime, TokenRule token = TokenRule::kSigned);

/// Keeps the last derived key: deriving costs four HMACs, a request one.
/// Thread-safe.
class SigningKeyCache {
public:
    SigningKey get(const Secret& secret, const SigningScope& scope);

private:
    struct Entry {
        Secret secret;
        std::string scope;
        SigningKey key;
    };
    Guarded<Entry> last_;
};

}  // namespace cofre::aws
