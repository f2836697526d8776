#include "net/socket_name.h"

#include <array>
#include <cstddef>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace cofre::net {

SocketName name_socket(const sockaddr_storage& address, socklen_t size) {
    SocketName name;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (address.ss_family == AF_INET) {
        sockaddr_in in{};
        std::memcpy(&in, &address, sizeof(in));
        ::inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size());
        name.host = text.data();
        name.port = ntohs(in.sin_port);
        name.is_loopback = (ntohl(in.sin_addr.s_addr) >> 24U) == 127;
        name.text = name.host + ":" + std::to_string(name.port);
    } else if (address.ss_family == AF_INET6) {
        sockaddr_in6 in{};
        std::memcpy(&in, &address, sizeof(in));
        ::inet_ntop(AF_INET6, &in.sin6_addr, text.data(), text.size());
        name.host = text.data();
        name.port = ntohs(in.sin6_port);
        name.is_loopback = IN6_IS_ADDR_LOOPBACK(&in.sin6_addr);
        name.text = "[" + name.host + "]:" + std::to_string(name.port);
    } else {
        name.is_unix = true;
        name.is_loopback = true;
        name.host = "unix";
        name.text = "unix";
        sockaddr_un un{};
        if (size > offsetof(sockaddr_un, sun_path)) {
            std::memcpy(&un, &address, sizeof(un));
            if (un.sun_path[0] != '\0') name.text = std::string("unix:") + un.sun_path;
        }
    }
    return name;
}

}  // namespace cofre::net
