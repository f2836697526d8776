#include "base/service_notify.h"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/number.h"

namespace cofre {
namespace {

std::string service_variable(const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
    return value == nullptr ? "" : value;
}

}  // namespace

Status notify_service_manager(std::string_view message) {
    const std::string path = service_variable("NOTIFY_SOCKET");
    if (path.empty()) return {};
    sockaddr_un address{};
    if (path.size() >= sizeof address.sun_path || (path.front() != '/' && path.front() != '@')) {
        return Error(ErrorCode::kInvalidArgument, "NOTIFY_SOCKET names no socket");
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path.front() == '@') address.sun_path[0] = '\0';  // Abstract: no file.
    const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd) return Error::from_errno(errno, "make a socket for the service manager");
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const auto sent = ::sendto(fd.get(), message.data(), message.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address), length);
    if (sent < 0) return Error::from_errno(errno, "tell the service manager");
    return {};
}

std::optional<std::chrono::milliseconds> watchdog_interval() {
    const auto pid = service_variable("WATCHDOG_PID");
    if (!pid.empty() && parse_number<long>(pid) != static_cast<long>(::getpid())) return std::nullopt;
    const auto micros = parse_number<long long>(service_variable("WATCHDOG_USEC"));
    if (!micros || *micros <= 0) return std::nullopt;
    return std::chrono::milliseconds(*micros / 2000);
}

}  // namespace cofre
