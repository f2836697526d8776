#include "config/schema.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "config/field_value.h"
#include "config/fields.h"
#include "config/section_reader.h"

namespace cofre::config {
namespace {

using Json = nlohmann::ordered_json;

KeySpec spec_of(const Section& section, const BoundField& field) {
    const FieldRules& rules = field.info->rules;
    KeySpec spec;
    auto path = section.path;
    path.emplace_back(field.info->name);
    spec.path = to_text(path);
    spec.type = type_of(field);
    spec.required = rules.required;
    spec.default_json = value_json(field);
    spec.description = field.info->description;
    spec.choices = choices_of(field);
    spec.minimum = rules.minimum / static_cast<long long>(rules.unit);
    spec.maximum = rules.maximum / static_cast<long long>(rules.unit);
    spec.environment.assign(rules.environment.begin(), rules.environment.end());
    spec.environment_wins = rules.environment_wins;
    return spec;
}

Json integer_schema(const KeySpec& spec) {
    Json result = {{"type", "integer"}, {"minimum", spec.minimum}};
    if (spec.maximum != 0) result["maximum"] = spec.maximum;
    return result;
}

/// Choices are accepted in any case, which a schema can only say letter by letter.
std::string any_case_pattern(const std::vector<std::string>& choices) {
    std::string pattern;
    for (const auto& choice : choices) {
        pattern += pattern.empty() ? "^(" : "|";
        for (const char c : choice) {
            const bool is_lower = c >= 'a' && c <= 'z';
            const bool is_upper = c >= 'A' && c <= 'Z';
            if (is_lower) pattern += std::string("[") + c + static_cast<char>(c - 'a' + 'A') + "]";
            if (is_upper) pattern += std::string("[") + static_cast<char>(c - 'A' + 'a') + c + "]";
            if (!is_lower && !is_upper) pattern += c;
        }
    }
    return pattern + ")$";
}

Json pattern_schema(std::string_view pattern) {
    return {{"type", "string"}, {"pattern", pattern}};
}

/// What may be written for a key, without ${...}.
std::vector<Json> alternatives(const KeySpec& spec) {
    const Json text = {{"type", {"string", "number"}}};
    switch (spec.type) {
        case ValueType::kBool: return {{{"type", "boolean"}}, pattern_schema("^(true|false|yes|no|on|off)$")};
        case ValueType::kInteger: return {integer_schema(spec)};
        case ValueType::kSize:
            return {integer_schema(spec), pattern_schema("^[0-9]+(\\.[0-9]+)? ?[KMGTPkmgtp]?([iI]?[bB])?$")};
        case ValueType::kDuration: return {{{"type", "number"}}, pattern_schema("^([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+$")};
        case ValueType::kChoice: return {{{"enum", spec.choices}}, pattern_schema(any_case_pattern(spec.choices))};
        case ValueType::kTextList: return {{{"type", "array"}, {"items", text}}, text};
        case ValueType::kTextMap: return {{{"type", "object"}, {"additionalProperties", text}}};
        case ValueType::kText:
        case ValueType::kSecret:
        case ValueType::kPath: return {text};
    }
    return {text};
}

Json value_schema(const KeySpec& spec) {
    Json options = Json::array();
    for (auto& each : alternatives(spec))
        options.push_back(std::move(each));
    options.push_back(pattern_schema("\\$\\{"));
    if (!spec.required) options.push_back({{"type", "null"}});
    Json result = {{"description", spec.description}, {"anyOf", std::move(options)}};
    const Json value = Json::parse(spec.default_json, nullptr, /*allow_exceptions=*/false);
    if (!value.is_null() && !value.is_discarded()) result["default"] = value;
    return result;
}

Json section_schema(const Section& section) {
    Json result = {{"type", {"object", "null"}}, {"additionalProperties", false}};
    if (!section.description.empty()) result["description"] = section.description;
    Json properties = Json::object();
    Json required = Json::array();
    for (const auto& field : section.fields) {
        const KeySpec spec = spec_of(section, field);
        properties[std::string(field.info->name)] = value_schema(spec);
        // What a variable may supply need not stand in the file.
        if (spec.required && spec.environment.empty()) required.push_back(field.info->name);
    }
    result["properties"] = std::move(properties);
    if (!required.empty()) {
        result["type"] = "object";
        result["required"] = std::move(required);
    }
    return result;
}

/// Any number of such sections, by name.
Json named_schema(const Section& section) {
    return {{"type", {"object", "null"}},
            {"propertyNames", {{"pattern", "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$"}}},
            {"additionalProperties", section_schema(section)}};
}

std::string markdown_cell(std::string_view text) {
    std::string result;
    for (const char c : text)
        result += c == '|' ? std::string("\\|") : std::string(1, c);
    return result;
}

std::string type_text(const KeySpec& spec) {
    if (spec.type != ValueType::kChoice) return std::string(describe(spec.type));
    std::string text;
    for (const auto& choice : spec.choices)
        text += (text.empty() ? "`" : ", `") + choice + "`";
    return text;
}

std::string reference_row(const KeySpec& spec, std::string_view name) {
    std::string variables;
    for (const auto& variable : spec.environment)
        variables += (variables.empty() ? "`" : ", `") + variable + "`";
    const std::string fallback = spec.required                 ? "required"
                                 : spec.default_json == "null" ? ""
                                                               : "`" + spec.default_json + "`";
    return "| `" + std::string(name) + "` | " + markdown_cell(type_text(spec)) + " | " + fallback + " | " + variables +
           " | " + markdown_cell(spec.description) + " |\n";
}

}  // namespace

std::string_view describe(ValueType type) {
    switch (type) {
        case ValueType::kBool: return "true or false";
        case ValueType::kInteger: return "a whole number";
        case ValueType::kText: return "a text";
        case ValueType::kSecret: return "a secret";
        case ValueType::kPath: return "a path";
        case ValueType::kSize: return "a size such as 50MiB";
        case ValueType::kDuration: return "a duration such as 30s";
        case ValueType::kChoice: return "one word";
        case ValueType::kTextList: return "a list of texts";
        case ValueType::kTextMap: return "a map of texts";
    }
    return "a value";
}

std::vector<KeySpec> config_keys(Form form) {
    std::vector<KeySpec> result;
    for (const auto& section : sections(form)) {
        for (const auto& field : section.fields)
            result.push_back(spec_of(section, field));
    }
    return result;
}

std::string config_json_schema(Form form) {
    Json root;
    Json properties = Json::object();
    for (const auto& section : sections(form)) {
        if (section.path.empty()) {
            root = section_schema(section);
        } else if (section.path.size() == 1) {
            properties[section.path.front()] = section_schema(section);
        } else if (section.path.size() == 2) {
            properties[section.path.front()] = named_schema(section);
        } else {
            // Names within a section that stands before it in the table.
            properties[section.path.front()]["properties"][section.path[1]] = named_schema(section);
        }
    }
    Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                   {"title", form == Form::kCofre ? "cofre.yaml" : "config.yaml of cofre's aws/s3/backup form"},
                   {"type", "object"},
                   {"additionalProperties", false},
                   {"patternProperties", {{"^x-", true}}}};
    for (const auto& [name, value] : root.items()) {
        if (name == "properties") properties.update(value);
    }
    schema["properties"] = std::move(properties);
    return schema.dump(2) + "\n";
}

std::string config_reference(Form form) {
    std::string text;
    for (const auto& section : sections(form)) {
        SettingPath shown = section.path;
        for (auto& part : shown)
            part = part == "*" ? "<name>" : part;
        text += shown.empty() ? "### Top level\n\n"
                              : "### `" + to_text(shown) + "`\n\n" + std::string(section.description) + "\n\n";
        text += "| key | value | default | variables | meaning |\n|---|---|---|---|---|\n";
        for (const auto& field : section.fields)
            text += reference_row(spec_of(section, field), field.info->name);
        text += "\n";
    }
    text.pop_back();
    return text;
}

}  // namespace cofre::config
