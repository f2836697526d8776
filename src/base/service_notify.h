#pragma once

/// @file
/// What a service tells the service manager: the protocol of sd_notify(3), without its library.

#include <chrono>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace cofre {

/// Sends "READY=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=…", "WATCHDOG=1" or "STATUS=…" to
/// the socket that NOTIFY_SOCKET names; does nothing where it is not set. An error harms nothing.
Status notify_service_manager(std::string_view message);

/// Half of what WATCHDOG_USEC allows, if it is meant for this process: say "WATCHDOG=1" that often.
std::optional<std::chrono::milliseconds> watchdog_interval();

}  // namespace cofre
