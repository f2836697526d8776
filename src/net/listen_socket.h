#pragma once

/// @file
/// Where the HTTP server listens: TCP, unix sockets, sockets that systemd passes.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "base/file.h"
#include "base/result.h"

namespace cofre::net {

struct ListenAddress {
    enum class Kind { kTcp, kUnix, kSystemd };
    Kind kind = Kind::kTcp;
    std::string host = "127.0.0.1";  ///< Name or address; "*" is every address of the machine.
    std::uint16_t port = 0;          ///< 0: one that is free, see ListenSocket::port.
    std::filesystem::path path;      ///< Of a unix socket.
    mode_t mode = 0600;              ///< Of its file: who may connect.

    /// "127.0.0.1:8080", "[::1]:8080", "localhost:0", "*:8080", ":8080" (loopback),
    /// "unix:/run/cofre.sock", "systemd". kInvalidArgument: anything else.
    static Result<ListenAddress> parse(std::string_view text);
    std::string str() const;
};

/// A socket that listens. Move-only; destruction closes it and removes the file of a
/// unix socket that we made, if it is still ours.
class ListenSocket {
public:
    ListenSocket(UniqueFd fd, std::string place, std::uint16_t port, bool is_loopback)
        : fd_(std::move(fd)), place_(std::move(place)), port_(port), is_loopback_(is_loopback) {}
    ListenSocket(ListenSocket&&) noexcept = default;
    ListenSocket& operator=(ListenSocket&&) = delete;
    ~ListenSocket();

    int fd() const { return fd_.get(); }
    const std::string& place() const { return place_; }  ///< "127.0.0.1:41234", "[::1]:80", "unix:/run/x.sock".
    std::uint16_t port() const { return port_; }         ///< 0: not TCP.
    bool is_loopback() const { return is_loopback_; }    ///< Only this machine reaches it.
    void close();

private:
    friend Result<ListenSocket> open_unix_socket(const ListenAddress& address);
    UniqueFd fd_;
    std::string place_;
    std::uint16_t port_;
    bool is_loopback_;
    std::filesystem::path file_;  // To be removed; empty: none.
    ino_t inode_ = 0;
};

/// Opens every address; a name may be several. Non-blocking, closed on exec.
/// kUnavailable: the name cannot be resolved now. kConflict: somebody listens
/// there. kPermissionDenied: not loopback and nothing `authenticates` (decided before
/// the port is opened), or the system refuses.
Result<std::vector<ListenSocket>> open_listen_sockets(const std::vector<ListenAddress>& addresses, bool authenticates);

/// The sockets of systemd's protocol (sd_listen_fds(3)): `count` descriptors
/// from `first` on. kInvalidArgument: one is not a listening stream socket.
Result<std::vector<ListenSocket>> adopt_listen_sockets(int first, int count);

/// A file of ours that nobody serves any more is replaced; a served one is kConflict.
Result<ListenSocket> open_unix_socket(const ListenAddress& address);

}  // namespace cofre::net
