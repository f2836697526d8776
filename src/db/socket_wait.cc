#include "db/socket_wait.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include <poll.h>
#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/file.h"

namespace cofre::db {
namespace {

int milliseconds_until(std::chrono::steady_clock::time_point deadline) {
    std::chrono::milliseconds wait = std::chrono::hours(1);
    if (deadline != std::chrono::steady_clock::time_point::max()) {
        wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(deadline - system_clock().now()));
    }
    return static_cast<int>(std::max(wait, std::chrono::milliseconds(0)).count());
}

}  // namespace

Status wait_for_socket(const CallContext& ctx, int fd, short events) {
    const UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake) return Error::from_errno(errno, "create eventfd");
    const std::stop_callback on_stop(ctx.stop, [&wake] { ::eventfd_write(wake.get(), 1); });
    for (;;) {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "stop was requested");
        if (system_clock().now() >= ctx.deadline) return Error(ErrorCode::kDeadlineExceeded, "the deadline passed");
        std::array<pollfd, 2> waiting = {{{fd, events, 0}, {wake.get(), POLLIN, 0}}};
        const int ready = ::poll(waiting.data(), waiting.size(), milliseconds_until(ctx.deadline));
        if (ready < 0 && errno != EINTR) return Error::from_errno(errno, "wait for the server");
        if (ready > 0 && waiting[0].revents != 0) return {};
    }
}

}  // namespace cofre::db
