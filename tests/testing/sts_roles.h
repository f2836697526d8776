#pragma once

/// @file
/// Roles on a Ceph gateway, and an issuer of identity tokens that it asks.

#include <chrono>
#include <string>

#include "base/file.h"
#include "testing/rgw_server.h"

namespace cofre::testing {

/// An OpenID Connect issuer on loopback; ends with this process. Its token
/// file is written anew three times in each `lifetime` of a token.
class Issuer {
public:
    explicit Issuer(std::chrono::seconds lifetime = std::chrono::hours(1));
    /// Of "url" and "thumbprint".
    std::string read(const char* name) const;
    std::string token_file() const { return folder_.path() / "token"; }

private:
    TempDir folder_;
};

/// Each creates a role of its own, which may do everything with S3, and returns
/// its ARN; a failed test if the server refuses.
std::string role_for_user(const RgwServer& server);
std::string role_for_issuer(const RgwServer& server, const Issuer& issuer);
/// For whoever has assumed `role`.
std::string role_for_role(const RgwServer& server, const std::string& role);

}  // namespace cofre::testing
