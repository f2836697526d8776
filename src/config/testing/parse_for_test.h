#pragma once

/// @file
/// A configuration from text, in a made-up environment: for tests only.

#include <string>
#include <string_view>

#include "config/load.h"

namespace cofre::config::testing {

inline LoadOptions made_up_options(Environment environment = {}) {
    LoadOptions options;
    options.environment = std::move(environment);
    options.environment.emplace("HOME", "/h/me");
    options.current_dir = "/current";
    options.read_file = [](const std::filesystem::path& path) -> Result<std::string> {
        if (path == "/run/secrets/key" || path == "/run/secrets/catalog" || path == "/run/secrets/seq" ||
            path == "/run/secrets/slack_webhook") {
            return std::string("from-file\n");
        }
        return Error(ErrorCode::kNotFound, "open " + path.string() + ": No such file or directory");
    };
    return options;
}

/// As if read from /etc/cofre/c.yaml.
inline Result<Config> parse(std::string_view text, Environment environment = {}, std::string_view dot_env = {}) {
    return parse_config(text, "/etc/cofre/c.yaml", dot_env, made_up_options(std::move(environment)));
}

/// The setting at a dotted path; nullptr: there is none.
inline const Setting* find_setting(const Config& config, std::string_view dotted) {
    for (const auto& setting : config.settings) {
        std::string path;
        for (const auto& part : setting.path)
            path += (path.empty() ? "" : ".") + part;
        if (path == dotted) return &setting;
    }
    return nullptr;
}

}  // namespace cofre::config::testing
