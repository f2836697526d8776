#pragma once

/// @file
/// A recovery kit as a page.

#include <cstddef>
#include <string_view>

#include "report/page.h"
#include "report/recovery_kit.h"

namespace cofre::report {

/// At most so many keys are listed; the page says how many more there are.
inline constexpr std::size_t kKitKeys = 3;

/// `kit` must have passed check_printable(). What key files say of their makers
/// is escaped; no secret is in the page but a password that the kit has.
Page kit_page(const RecoveryKit& kit, KitLanguage language);

/// "Recovery kit"
std::string_view kit_title(KitLanguage language);

}  // namespace cofre::report
