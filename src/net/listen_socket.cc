#include "net/listen_socket.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/number.h"
#include "net/server_access.h"
#include "net/socket_name.h"

namespace cofre::net {

namespace {

constexpr int kBacklog = 4096;  // The kernel cuts it to net.core.somaxconn.

Error socket_error(std::string_view what, const std::string& place) {
    const int errnum = errno;
    const std::string text = std::string(what) + " " + place;
    if (errnum == EADDRINUSE) {
        return Error(ErrorCode::kConflict, text + ": the address is in use")
            .with_hint("is another cofre running? otherwise choose another port");
    }
    return Error::from_errno(errnum, text);
}

Result<ListenSocket> describe_socket(UniqueFd fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof(storage);
    if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
        return Error::from_errno(errno, "name of a listening socket");
    }
    const SocketName name = name_socket(storage, size);
    return ListenSocket(std::move(fd), name.text, name.port, name.is_loopback);
}

struct FreeAddresses {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

Result<ListenSocket> open_tcp_socket(const addrinfo& info, std::string_view wanted, bool authenticates) {
    sockaddr_storage storage{};
    std::memcpy(&storage, info.ai_addr, info.ai_addrlen);
    const SocketName name = name_socket(storage, info.ai_addrlen);
    COFRE_TRY(require_loopback_or_token(wanted, name.is_loopback, authenticates));
    UniqueFd fd(::socket(info.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return socket_error("open a socket for", name.text);
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (info.ai_family == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (::bind(fd.get(), info.ai_addr, info.ai_addrlen) != 0) return socket_error("listen on", name.text);
    if (::listen(fd.get(), kBacklog) != 0) return socket_error("listen on", name.text);
    return describe_socket(std::move(fd));
}

Status open_tcp(const ListenAddress& address, bool authenticates, std::vector<ListenSocket>& out) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(address.port);
    const bool is_any = address.host == "*";
    const int answer = ::getaddrinfo(is_any ? nullptr : address.host.c_str(), port.c_str(), &hints, &found);
    if (answer != 0) {
        return Error(answer == EAI_AGAIN ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument,
                     "listen on " + address.str() + ": " + ::gai_strerror(answer));
    }
    const std::unique_ptr<addrinfo, FreeAddresses> list(found);
    std::optional<Error> failure;
    bool is_open = false;
    for (const addrinfo* info = list.get(); info != nullptr; info = info->ai_next) {
        // With port 0 a second family would get another port.
        if (is_open && address.port == 0) break;
        auto socket = open_tcp_socket(*info, address.str(), authenticates);
        if (socket) {
            is_open = true;
            out.push_back(*std::move(socket));
        } else if (!failure || socket.error().code() != ErrorCode::kInternal) {
            failure = std::move(socket).error();
        }
    }
    // A machine without IPv6 has names for it all the same.
    if (is_open && (!failure || failure->code() == ErrorCode::kInternal)) return {};
    return failure ? *std::move(failure)
                   : Error(ErrorCode::kInvalidArgument, "listen on " + address.str() + ": no address");
}

/// Whether anybody answers there.
bool is_served(const sockaddr_un& name) {
    const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!probe) return true;
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) == 0) return true;
    return errno != ECONNREFUSED;
}

Result<std::vector<ListenSocket>> open_systemd() {
    const char* pid = std::getenv("LISTEN_PID");    // NOLINT(concurrency-mt-unsafe): at start, before threads.
    const char* count = std::getenv("LISTEN_FDS");  // NOLINT(concurrency-mt-unsafe)
    if (pid == nullptr || count == nullptr || std::to_string(::getpid()) != pid) {
        return Error(ErrorCode::kNotFound, "listen on systemd: no socket was passed (LISTEN_PID, LISTEN_FDS)")
            .with_hint("start cofre from a socket unit");
    }
    const auto number = parse_number<int>(count);
    if (!number || *number < 1) return Error(ErrorCode::kInvalidArgument, "LISTEN_FDS is not a number");
    return adopt_listen_sockets(3, *number);
}

}  // namespace

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
    const Error bad(ErrorCode::kInvalidArgument,
                    "listen address \"" + std::string(text) + "\" is not host:port, unix:/path or systemd");
    ListenAddress address;
    if (text == "systemd") {
        address.kind = Kind::kSystemd;
        return address;
    }
    if (text.substr(0, 5) == "unix:") {
        address.kind = Kind::kUnix;
        address.path = std::string(text.substr(5));
        if (!address.path.is_absolute()) return bad;
        return address;
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return bad;
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    if (!port) return bad;
    address.port = *port;
    std::string_view host = text.substr(0, colon);
    if (host.empty()) return address;
    if (host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return bad;
    }
    if (host.empty()) return bad;
    address.host = std::string(host);
    return address;
}

std::string ListenAddress::str() const {
    if (kind == Kind::kSystemd) return "systemd";
    if (kind == Kind::kUnix) return "unix:" + path.string();
    const bool is_ipv6 = host.find(':') != std::string::npos;
    return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

ListenSocket::~ListenSocket() {
    close();
}

void ListenSocket::close() {
    if (!fd_) return;
    struct stat info {};
    if (!file_.empty() && ::lstat(file_.c_str(), &info) == 0 && info.st_ino == inode_) ::unlink(file_.c_str());
    fd_ = UniqueFd();
}

Result<ListenSocket> open_unix_socket(const ListenAddress& address) {
    const std::string path = address.path.string();
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.size() >= sizeof(name.sun_path)) {
        return Error(ErrorCode::kInvalidArgument, "listen on " + address.str() + ": the path is too long");
    }
    path.copy(name.sun_path, path.size());
    struct stat info {};
    if (::lstat(path.c_str(), &info) == 0) {
        if (!S_ISSOCK(info.st_mode) || is_served(name)) {
            return Error(ErrorCode::kConflict, "listen on " + address.str() + ": something is there already")
                .with_hint("is another cofre running? otherwise choose another path");
        }
        if (::unlink(path.c_str()) != 0) return socket_error("replace", address.str());
    }
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) return socket_error("open", address.str());
    // Before bind(2): the file then never exists with wider rights.
    ::fchmod(fd.get(), address.mode & 0700U);
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)) != 0) {
        return socket_error("listen on", address.str());
    }
    ListenSocket socket(std::move(fd), address.str(), 0, /*is_loopback=*/true);
    socket.file_ = address.path;
    if (::lstat(path.c_str(), &info) == 0) socket.inode_ = info.st_ino;
    if (::chmod(path.c_str(), address.mode) != 0) return socket_error("set the mode of", address.str());
    if (::listen(socket.fd(), kBacklog) != 0) return socket_error("listen on", address.str());
    return socket;
}

Result<std::vector<ListenSocket>> adopt_listen_sockets(int first, int count) {
    std::vector<ListenSocket> out;
    for (int number = first; number < first + count; ++number) {
        int listens = 0;
        int type = 0;
        socklen_t size = sizeof(listens);
        const bool ok = ::getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 &&
                        ::getsockopt(number, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && listens != 0 &&
                        type == SOCK_STREAM;
        if (!ok) {
            return Error(ErrorCode::kInvalidArgument,
                         "descriptor " + std::to_string(number) + " is not a stream socket that listens");
        }
        UniqueFd fd(number);
        if (::fcntl(number, F_SETFD, FD_CLOEXEC) != 0 || ::fcntl(number, F_SETFL, O_NONBLOCK) != 0) {
            return Error::from_errno(errno, "prepare descriptor " + std::to_string(number));
        }
        COFRE_ASSIGN(auto socket, describe_socket(std::move(fd)));
        out.push_back(std::move(socket));
    }
    return out;
}

Result<std::vector<ListenSocket>> open_listen_sockets(const std::vector<ListenAddress>& addresses, bool authenticates) {
    std::vector<ListenSocket> out;
    for (const ListenAddress& address : addresses) {
        if (address.kind == ListenAddress::Kind::kTcp) {
            COFRE_TRY(open_tcp(address, authenticates, out));
        } else if (address.kind == ListenAddress::Kind::kUnix) {
            COFRE_ASSIGN(auto socket, open_unix_socket(address));
            out.push_back(std::move(socket));
        } else {
            COFRE_ASSIGN(auto sockets, open_systemd());
            for (auto& socket : sockets) {
                COFRE_TRY(require_loopback_or_token(socket.place(), socket.is_loopback(), authenticates));
                out.push_back(std::move(socket));
            }
        }
    }
    if (out.empty()) return Error(ErrorCode::kInvalidArgument, "no address to listen on");
    return out;
}

}  // namespace cofre::net
