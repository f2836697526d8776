#pragma once

/// @file
/// Between a client and a server on loopback, counting what passes.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace cofre::testing {

/// Passes TCP connections on, byte by byte as they are; the judge of how much a
/// client sent, whatever it says itself. Two threads for each connection; all
/// end with the object. bytes_sent() may be called on any thread.
class TcpRelay {
public:
    /// `server`: "http://127.0.0.1:PORT".
    static Result<std::unique_ptr<TcpRelay>> start(const std::string& server);
    TcpRelay(const TcpRelay&) = delete;
    TcpRelay& operator=(const TcpRelay&) = delete;
    ~TcpRelay();

    std::string endpoint() const;
    /// From clients to the server, heads of requests included.
    std::uint64_t bytes_sent() const { return sent_; }

private:
    TcpRelay(UniqueFd listener, int port, int server_port)
        : listener_(std::move(listener)), port_(port), server_port_(server_port) {}
    void accept_all();
    void pass(int from, int to, std::atomic<std::uint64_t>* count);

    UniqueFd listener_;
    const int port_;
    const int server_port_;
    std::atomic<std::uint64_t> sent_{0};
    std::vector<UniqueFd> sockets_;  // Of accept_all() until it has ended.
    std::vector<std::thread> connections_;
    std::thread acceptor_;
};

}  // namespace cofre::testing
