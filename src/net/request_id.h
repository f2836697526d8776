#pragma once

/// @file
/// The name under which a request is found again in logs and messages.

#include <string>
#include <string_view>

namespace cofre::net {

/// 32 random hexadecimal digits. Not a secret.
std::string make_request_id();

/// What a client may choose itself: 1 to 64 letters, digits, '-', '_' and '.'.
bool is_sane_request_id(std::string_view id);

}  // namespace cofre::net
