#pragma once

/// @file
/// What a program that says little says. Private to dump.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "base/subprocess.h"

namespace cofre::dump {

/// Its standard output, 1 MiB of it at most. kInvalidArgument: another status
/// than 0, with the end of its standard error; kNotFound: no such program.
Result<std::string> tool_output(const CallContext& ctx, const Command& command);

/// `name`, in `folder` if there is one, else to be looked up in PATH.
std::string tool_path(const std::optional<std::filesystem::path>& folder, const std::string& name);

/// Of the inherited variables, those that begin so are taken away.
void forget_inherited(Command& command, const std::vector<std::string_view>& prefixes);

/// Adds `options` to `argv` if the name of each is in `allowed`, as --name or
/// --name=value: everything else could change the server, the target or the form
/// of the dump. kInvalidArgument names the first refused.
Status add_allowed_options(const std::vector<std::string>& options, const std::vector<std::string_view>& allowed,
                           std::vector<std::string>& argv);

}  // namespace cofre::dump
