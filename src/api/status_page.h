#pragma once

/// @file
/// The page that says at a glance whether last night is safe.

#include <cstdint>
#include <string>
#include <string_view>

#include "api/service_status.h"

namespace cofre::api {

enum class PageLanguage : std::uint8_t { kEnglish, kPortuguese };

/// By "?lang=" if it is one of "en" and "pt", else by the first language of Accept-Language that we have.
PageLanguage page_language(std::string_view query, std::string_view accept_language);

/// A whole HTML document: no script, nothing from elsewhere, readable without colours. Jobs as
/// sort_by_need() has them. Every text is escaped. It asks to be loaded again every 30 s.
std::string status_page(const ServiceStatus& status, PageLanguage language);

}  // namespace cofre::api
