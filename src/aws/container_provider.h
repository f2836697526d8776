#pragma once

/// @file
/// The credential endpoint of a container: ECS tasks, EKS Pod Identity.
/// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".

#include <memory>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/clock.h"

namespace cofre::aws {

/// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (at 169.254.170.2), else
/// AWS_CONTAINER_CREDENTIALS_FULL_URI. The token of
/// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is read at each fetch and goes before
/// AWS_CONTAINER_AUTHORIZATION_TOKEN. 2 s for an answer, 3 attempts, 1 s between.
/// kNotFound: neither variable is set. kUnauthenticated: the URI is not allowed,
/// the token cannot be read or is no header value, or the endpoint refuses.
/// kUnavailable: no usable answer.
std::unique_ptr<CredentialProvider> make_container_provider(Clock& clock);

/// Where keys may come from: https anywhere, plain http from this host
/// (loopback), ECS (169.254.170.2) and EKS (169.254.170.23, [fd00:ec2::23]).
/// kUnauthenticated otherwise.
Status check_container_uri(std::string_view uri);

}  // namespace cofre::aws
