#pragma once

/// @file
/// The letters that the fonts every PDF reader has can show: Western European.

#include <string>
#include <string_view>

#include "base/result.h"

namespace cofre::report {

/// UTF-8 as Windows-1252, which PDF calls WinAnsiEncoding. kUnsupported: a
/// character that it does not have (the message shows the text), or no UTF-8.
/// Source: PDF 32000-1:2008, annex D.2.
Result<std::string> to_windows_1252(std::string_view text);

}  // namespace cofre::report
