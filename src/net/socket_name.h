#pragma once

/// @file
/// Addresses of sockets as people write them.

#include <cstdint>
#include <string>

#include <sys/socket.h>

namespace cofre::net {

struct SocketName {
    std::string text;        ///< "192.0.2.1:80", "[2001:db8::1]:80", "unix:/path", "unix".
    std::string host;        ///< Without port and brackets; "unix" for a unix socket.
    std::uint16_t port = 0;  ///< 0: not TCP.
    bool is_loopback = false;
    bool is_unix = false;
};

SocketName name_socket(const sockaddr_storage& address, socklen_t size);

}  // namespace cofre::net
