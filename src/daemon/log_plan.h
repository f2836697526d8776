#pragma once

/// @file
/// From the configuration to the sinks of the log that lie above base.

#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "config/config.h"

namespace cofre::daemon {

/// Adds what `logging` asks for to `options`. What cannot be had here, such as a
/// journal in a container, is a warning: the log never stops a backup. With
/// format json the console of `options` gives way to JSON lines on stderr.
/// kInvalidArgument: an address of SEQ that is none.
Status add_log_sinks(const config::LoggingConfig& logging, LogOptions& options, std::vector<std::string>& warnings);

}  // namespace cofre::daemon
