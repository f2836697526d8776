#pragma once

/// @file
/// What is asked of a file before it is parsed. Private.

#include <string>
#include <string_view>

#include "base/result.h"

namespace cofre::config {

/// `text` without byte order mark and with LF for CR LF. kInvalidArgument, with
/// the position: NUL, what is not UTF-8, or a tab in the indentation, which the
/// parser would take without a word or refuse in words that help nobody.
Result<std::string> plain_yaml_text(std::string_view text, std::string_view file);

}  // namespace cofre::config
