#pragma once

/// @file
/// Private to net: libcurl's own set-up.

namespace cofre::net {

/// Sets libcurl up at the first call. False: it cannot be.
bool libcurl_is_ready();

}  // namespace cofre::net
