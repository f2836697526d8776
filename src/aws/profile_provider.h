#pragma once

/// @file
/// A profile of the shared files as a provider.

#include <memory>
#include <optional>
#include <string>

#include "aws/credentials.h"
#include "base/clock.h"

namespace cofre::aws {

/// Whatever a profile of the shared files says: keys, a role, a web identity, a
/// process (profile_sources.h). The files are looked at on each resolve() and
/// read again when they change; sessions live on unless their text differs. A
/// file that is damaged, as one is while it is being written, leaves the last
/// good state in use.
/// `profile`: AWS_PROFILE or "default" if absent; only then do the variables of
/// a web identity count. `clock` must outlive it.
/// kNotFound: nothing there. kUnauthenticated also: a profile that somebody
/// named is not there.
std::unique_ptr<CredentialProvider> make_profile_provider(std::optional<std::string> profile,
                                                          Clock& clock = system_clock());

}  // namespace cofre::aws
