#pragma once

/// @file
/// Commands as a person pastes them into a POSIX shell, in lines that no printer
/// needs to break. Nothing here is ever run by this program.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace cofre::report {

/// One word for the shell, in single quotes unless it needs none.
std::string shell_quote(std::string_view word);

/// Words that are quoted already, with spaces between; where a line would be
/// longer than `columns`, " \" ends it and the next one is indented by two.
/// A single word is never broken.
std::string shell_command(std::span<const std::string> words, std::size_t columns);

/// "export NAME='value'". A value too long for a line comes in several, each of
/// which appends, as NAME=$NAME'more': a word broken by "\" would not survive an
/// indented paste, and no shell splits the value of an assignment.
/// The value is UTF-8; no character is cut.
std::string shell_export(std::string_view name, std::string_view value, std::size_t columns);

}  // namespace cofre::report
