#pragma once

/// @file
/// Private to net: libcurl's failures as errors.

#include <string>

#include "base/error.h"

namespace cofre::net {

/// `code`: a CURLcode other than CURLE_OK. `detail`: what libcurl's error buffer
/// holds, possibly nothing. kUnauthenticated: the server's certificate is not
/// trusted. kUnsupported: it speaks no TLS that we do. kInvalidArgument: the CA
/// bundle or the URL. kUnavailable: the rest.
Error error_of_curl(int code, const std::string& detail);

}  // namespace cofre::net
