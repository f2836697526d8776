#pragma once

/// @file
/// The effective configuration for people and programs. Secrets are masked
/// before they get here (Setting::json): nothing below can show one.

#include <string>

#include "config/config.h"

namespace cofre::config {

/// YAML with the origin of each value as a comment. Values that are not set are
/// left out. Loads again to the same settings, but for masked secrets.
std::string show_yaml(const Config& config);

/// One JSON document: {"path", "form", "state_dir", "settings": nested values,
/// "origins": {"targets.main.url": "cofre.yaml:3"}, "warnings"}.
std::string show_json(const Config& config);

/// "cofre.yaml:3", "environment AWS_REGION", ".env:2 AWS_REGION", "default".
std::string describe(const Origin& origin);

}  // namespace cofre::config
