#pragma once

/// @file
/// Completion of commands and options in interactive shells.

#include <string>
#include <string_view>

namespace cofre::cli {

/// A script for "bash", "zsh" or "fish", made from the command line's own
/// grammar. `source <(cofre completion bash)`; elsewhere a file name completes.
std::string completion_script(std::string_view shell);

}  // namespace cofre::cli
