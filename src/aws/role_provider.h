#pragma once

/// @file
/// Roles: sessions that STS gives for other credentials, or for a token file.

#include <filesystem>
#include <memory>

#include "aws/credentials.h"
#include "aws/sts_client.h"
#include "base/clock.h"

namespace cofre::aws {

/// AssumeRole. `base` is asked at each renewal, so that base credentials which
/// expire themselves are renewed too, and is told when STS refuses a set of its.
/// Sets are cached and renewed as refreshing_provider.h says.
/// Errors of resolve(): those of `base` (kNotFound becomes kUnauthenticated:
/// the role is what was asked for) and of StsClient.
/// kInvalidArgument: as StsClient::create().
Result<std::unique_ptr<CredentialProvider>> make_assume_role_provider(RoleRequest role,
                                                                      std::unique_ptr<CredentialProvider> base,
                                                                      StsEndpoint endpoint, Clock& clock);

/// AssumeRoleWithWebIdentity, as in EKS (IRSA). The token file is read again at
/// each renewal, which the life of the credentials decides and not the file's
/// age. kUnauthenticated: there is no token in it.
Result<std::unique_ptr<CredentialProvider>> make_web_identity_provider(RoleRequest role,
                                                                       std::filesystem::path token_file,
                                                                       StsEndpoint endpoint, Clock& clock);

}  // namespace cofre::aws
