#pragma once

/// @file
/// From argv to options.

#include <string>
#include <variant>
#include <vector>

#include "cli/options.h"

namespace cofre::cli {

struct ParsedCommand {
    GlobalOptions globals;
    CommandOptions command;
};

/// The command line asked for help, or cannot be understood.
struct ParseStop {
    int exit_status = 0;  ///< 0: `text` is what was asked for; 1: it says what is wrong.
    std::string text;
};

std::variant<ParsedCommand, ParseStop> parse_command_line(int argc, const char* const* argv);

/// One command or option, for shell completion.
struct CommandWords {
    std::string path;  ///< "s3 cp"; empty for the program itself.
    std::vector<std::string> subcommands;
    std::vector<std::string> options;  ///< "--dry-run"
};
std::vector<CommandWords> command_words();

}  // namespace cofre::cli
