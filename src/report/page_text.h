#pragma once

/// @file
/// A page as plain text.

#include <string>

#include "report/page.h"

namespace cofre::report {

/// UTF-8 with newlines. A line that begins with four spaces is a line of a
/// command, and no other line does, so that programs can take them out.
/// Paragraphs are broken at kCommandColumns; facts and commands never.
std::string page_text(const Page& page);

}  // namespace cofre::report
