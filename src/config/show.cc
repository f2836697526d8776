#include "config/show.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "config/field_value.h"
#include "config/section_reader.h"

namespace cofre::config {
namespace {

using Json = nlohmann::ordered_json;

/// True if YAML reads `text` as that text without quotes.
bool is_plain(std::string_view text) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_allowed = [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '/' || c == '.' || c == '_' || c == '-';
    };
    const bool is_null = text == "null" || text == "Null" || text == "NULL";
    return !text.empty() && (is_letter(text.front()) || text.front() == '/') && !is_null &&
           std::all_of(text.begin(), text.end(), is_allowed);
}

std::string yaml_text(const std::string& text) {
    return is_plain(text) ? text : json_string(text);
}

std::string yaml_value(const std::string& json) {
    const Json value = Json::parse(json, nullptr, /*allow_exceptions=*/false);
    std::string text = value.is_string() ? yaml_text(value.get<std::string>()) : json;
    // What is shown is a value, not an expression to be replaced again.
    for (auto at = text.find("${"); at != std::string::npos; at = text.find("${", at + 3))
        text.insert(at, "$");
    return text;
}

/// The headings that `path` needs and the setting before it did not have.
std::string headings(const SettingPath& previous, const SettingPath& path) {
    std::string text;
    bool is_same = true;
    for (std::size_t depth = 0; depth + 1 < path.size(); ++depth) {
        is_same = is_same && depth + 1 < previous.size() && previous[depth] == path[depth];
        if (is_same) continue;
        text += (depth == 0 ? "\n" : "") + std::string(2 * depth, ' ') + yaml_text(path[depth]) + ":\n";
    }
    return text;
}

}  // namespace

std::string describe(const Origin& origin) {
    switch (origin.kind) {
        case Origin::Kind::kDefault: return "default";
        case Origin::Kind::kFile: return origin.file + ":" + std::to_string(origin.line);
        case Origin::Kind::kDotEnv: return origin.file + ":" + std::to_string(origin.line) + " " + origin.variable;
        case Origin::Kind::kEnvironment: return "environment " + origin.variable;
    }
    return "unknown";
}

std::string show_yaml(const Config& config) {
    std::string text = "# " + escape_for_display(config.path.string()) + "\n";
    for (const auto& warning : config.warnings)
        text += "# warning: " + escape_for_display(warning) + "\n";
    if (config.legacy) text += "# state folder: " + escape_for_display(config.state_dir.string()) + "\n";
    SettingPath previous;
    for (const auto& setting : config.settings) {
        if (setting.json == "null") continue;
        text += headings(previous, setting.path);
        text += std::string(2 * (setting.path.size() - 1), ' ') + setting.path.back() + ": " +
                yaml_value(setting.json) + "  # " + escape_for_display(describe(setting.origin)) + "\n";
        previous = setting.path;
    }
    return text;
}

std::string show_json(const Config& config) {
    Json settings = Json::object();
    Json origins = Json::object();
    for (const auto& setting : config.settings) {
        Json* place = &settings;
        for (const auto& part : setting.path)
            place = &(*place)[part];
        *place = Json::parse(setting.json, nullptr, /*allow_exceptions=*/false);
        origins[to_text(setting.path)] = describe(setting.origin);
    }
    const Json document = {{"path", config.path.string()},           {"form", config.legacy ? "legacy" : "cofre"},
                           {"state_dir", config.state_dir.string()}, {"settings", std::move(settings)},
                           {"origins", std::move(origins)},          {"warnings", config.warnings}};
    return document.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cofre::config
