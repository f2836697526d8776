#pragma once

/// @file
/// Where a repository's password comes from when nobody is asked for it.

#include <filesystem>
#include <optional>
#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "base/secret.h"
#include "config/config.h"
#include "config/load.h"

namespace cofre::daemon {

/// What the command line says.
struct PasswordChoice {
    std::optional<std::filesystem::path> file;
    std::string command;
};

/// The first of: the command line; `password_file` and `password_command` of
/// the target (targets are many, the variables one); COFRE_PASSWORD,
/// RESTIC_PASSWORD, RESTIC_PASSWORD_FILE, RESTIC_PASSWORD_COMMAND. nullopt: none
/// of them is set. White space around what a file or command gives is cut, as
/// restic does it.
///
/// kInvalidArgument: file and command both given on one level, a command whose
/// quotes do not close, or an empty password. kPermissionDenied: the command
/// ended with another status than 0; the message has the end of what it wrote
/// on standard error. Blocks while the command runs; the whole of its process
/// group is killed by a stop of `ctx`.
Result<std::optional<Secret>> find_password(const CallContext& ctx, const PasswordChoice& given,
                                            const config::TargetConfig& target, const config::Environment& environment);

/// One file, for the new password of `key add` too.
Result<Secret> read_password_file(const std::filesystem::path& path);

}  // namespace cofre::daemon
