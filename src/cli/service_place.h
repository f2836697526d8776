#pragma once

/// @file
/// How the commands of one machine reach its service.

#include <filesystem>
#include <string>

#include "base/result.h"
#include "cli/app.h"
#include "config/config.h"

namespace cofre::cli {

/// Where it listens if nothing is said.
inline constexpr const char* kServiceAddress = "127.0.0.1:8321";

/// The unix socket of the service that uses this configuration; only its user may connect.
std::filesystem::path service_socket(const config::Config& config);

/// One request to it; the body of a good answer. kUnavailable: no service is running.
/// Its own errors come back with their message.
Result<std::string> ask_service(const App& app, const config::Config& config, const std::string& method,
                                const std::string& path);

}  // namespace cofre::cli
