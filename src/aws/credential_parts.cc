#include "aws/credential_parts.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace cofre::aws {
namespace {

constexpr std::size_t kMaxQuote = 300;

/// Keys and tokens go into HTTP headers, and none has ever held white space:
/// what looks like one is a comment behind a value or a line too many.
Status check_characters(std::string_view what, std::string_view value) {
    const auto is_visible = [](char c) { return c > ' ' && c < '\x7F'; };
    if (std::all_of(value.begin(), value.end(), is_visible)) return {};
    return Error(ErrorCode::kUnauthenticated,
                 std::string(what) + " holds white space or other characters that no key has")
        .with_hint("in the AWS files a comment needs a line of its own");
}

/// Empty if absent, null or not a string.
std::string text_at(const nlohmann::json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Result<Credentials> assemble(NamedParts parts, std::string_view source) {
    if (parts.secret.empty()) {
        return Error(ErrorCode::kUnauthenticated,
                     std::string(parts.id_name) + " is set but " + std::string(parts.secret_name) + " is not")
            .with_hint("set both, or neither");
    }
    COFRE_TRY(check_characters(parts.id_name, parts.id));
    COFRE_TRY(check_characters(parts.secret_name, parts.secret));
    COFRE_TRY(check_characters("the session token", parts.token));
    Credentials credentials;
    credentials.access_key_id = std::move(parts.id);
    credentials.secret_access_key = Secret(std::move(parts.secret));
    credentials.session_token = Secret(std::move(parts.token));
    credentials.source = source;
    return credentials;
}

Result<CredentialDocument> parse_credential_document(std::string_view text, std::string_view source) {
    const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
    // Never quoted: half a document may hold half a key.
    if (!json.is_object()) return Error(ErrorCode::kUnavailable, "the answer is not a JSON object");
    NamedParts parts{.id_name = "AccessKeyId",
                     .id = text_at(json, "AccessKeyId"),
                     .secret_name = "SecretAccessKey",
                     .secret = text_at(json, "SecretAccessKey"),
                     .token = text_at(json, "SessionToken")};
    if (parts.token.empty()) parts.token = text_at(json, "Token");
    if (parts.id.empty()) {
        // IMDS answers 200 with these when the role cannot be had.
        const std::string code = text_at(json, "Code");
        if (!code.empty() && code != "Success") {
            return Error(ErrorCode::kUnauthenticated,
                         "the answer is " + quote_reply(code) + ": " + quote_reply(text_at(json, "Message")));
        }
        return Error(ErrorCode::kUnauthenticated, "the answer has no AccessKeyId");
    }
    CredentialDocument document;
    COFRE_ASSIGN(document.credentials, assemble(std::move(parts), source));
    if (const auto version = json.find("Version"); version != json.end() && version->is_number_integer()) {
        document.version = version->get<int>();
    }
    if (const auto expiry = json.find("Expiration"); expiry != json.end() && !expiry->is_null()) {
        const auto time = parse_rfc3339(text_at(json, "Expiration"));
        if (!time) return Error(ErrorCode::kUnauthenticated, "the answer's Expiration is not a time of RFC 3339");
        document.credentials.expires_at = *time;
    }
    return document;
}

std::string quote_reply(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ' || text.back() == '.'))
        text.remove_suffix(1);
    const bool is_long = text.size() > kMaxQuote;
    return redact(escape_for_display(text.substr(0, kMaxQuote))) + (is_long ? "…" : "");
}

}  // namespace cofre::aws
