#pragma once

/// @file
/// Telling whether the process that wrote a lock or leads a run has ended, for certain.

#include <cstdint>
#include <string>
#include <string_view>

namespace cofre {

/// Tells this process from every other that has had, or will have, its number:
/// boot id, process namespace, and start time in ticks since the boot. Empty
/// where /proc does not say, or is that of another namespace.
/// Source: proc(5), namespaces(7).
std::string process_mark();

/// True: process `pid`, whose mark was `mark`, has ended. False: it lives, or
/// it cannot be told, because it ran in another container, on another machine,
/// or before this one was booted.
bool has_process_ended(std::uint64_t pid, std::string_view mark);

/// True: process `pid`, whose mark was `mark`, lives. False: it has ended, or it
/// cannot be told.
bool is_process_running(std::uint64_t pid, std::string_view mark);

/// True: the mark is from before this machine was booted. Only for marks that are
/// known to be of this machine: on another one it is always true.
bool is_of_earlier_boot(std::string_view mark);

}  // namespace cofre
