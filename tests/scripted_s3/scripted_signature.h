#pragma once

/// @file
/// Whether a request is signed as the scripted store wants it.

#include <optional>
#include <string>

#include "base/time_format.h"
#include "scripted_http.h"

namespace cofre::scripted {

struct ExpectedSigner {
    std::string region;
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token;
};

/// The refusal that Amazon S3 would give, or nothing.
std::optional<Reply> check_signature(const Request& request, const ExpectedSigner& signer, WallTime now);

/// The refusal of a body that is not what its header says.
std::optional<Reply> check_payload(const Request& request);

}  // namespace cofre::scripted
