#pragma once

/// @file
/// A page as PDF.

#include <string>
#include <string_view>

#include "base/result.h"
#include "report/page.h"

namespace cofre::report {

/// The bytes of a PDF file on A4, with the fonts that every reader has, so that
/// nothing is embedded. The page is set smaller, down to 6.6 points for commands,
/// until it fits on one sheet; what does not even then goes on to a second.
/// Commands are never broken: a line too long is set smaller.
///
/// kUnsupported: a character that to_windows_1252() does not have.
Result<std::string> page_pdf(const Page& page, std::string_view title);

}  // namespace cofre::report
