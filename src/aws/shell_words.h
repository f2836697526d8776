#pragma once

/// @file
/// Private to aws: words of a line, where the AWS CLI reads one as a shell would.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cofre::aws {

/// Words by the quoting rules of a POSIX shell, without any expansion, as
/// Python's shlex.split() has them, which the AWS CLI applies to headings of its
/// config file and to credential_process. None if a quote is not closed or
/// nothing follows a backslash.
std::optional<std::vector<std::string>> split_shell_words(std::string_view text);

}  // namespace cofre::aws
