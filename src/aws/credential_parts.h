#pragma once

/// @file
/// Private to aws: from the parts of a set, as some source spells them, to Credentials.

#include <cstddef>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/result.h"

namespace cofre::aws {

/// The three parts under the names by which messages know them.
struct NamedParts {
    std::string_view id_name;
    std::string id;
    std::string_view secret_name;
    std::string secret;
    std::string token;
};

/// kUnauthenticated: a part is missing, or holds characters that no key has
/// (they go into HTTP headers). The message never repeats a value.
Result<Credentials> assemble(NamedParts parts, std::string_view source);

/// The JSON of a credential process, a container endpoint or IMDS: AccessKeyId,
/// SecretAccessKey, SessionToken or Token, Expiration. kUnauthenticated: it has
/// {"Code","Message"} instead of keys, parts are missing, or the expiry is not
/// a time. kUnavailable: not JSON, as from a service that is still starting.
struct CredentialDocument {
    Credentials credentials;
    int version = 0;  ///< "Version", 0 if there is none.
};
Result<CredentialDocument> parse_credential_document(std::string_view text, std::string_view source);

/// Bytes of a file that holds a token; a larger one is something else.
inline constexpr std::size_t kMaxTokenFile = 64U << 10U;

/// For messages: what somebody else wrote, short, on one line, without secrets.
std::string quote_reply(std::string_view text);

}  // namespace cofre::aws
