#include "config/section_reader.h"

#include <algorithm>
#include <utility>

#include "base/nearest_name.h"
#include "base/utf8.h"

namespace cofre::config {
namespace {

SettingPath below(SettingPath path, std::string_view key) {
    path.emplace_back(key);
    return path;
}

/// "environment variable X: ", or "file:line:column: ".
std::string place_of(const Origin& origin, const std::string& file) {
    switch (origin.kind) {
        case Origin::Kind::kEnvironment: return "environment variable " + origin.variable;
        case Origin::Kind::kDotEnv: return origin.file + ":" + std::to_string(origin.line) + ": " + origin.variable;
        case Origin::Kind::kFile:
            return origin.file + ":" + std::to_string(origin.line) + ":" + std::to_string(origin.column);
        case Origin::Kind::kDefault: break;
    }
    return file;
}

std::vector<std::string> names_of(const std::vector<BoundField>& fields) {
    std::vector<std::string> names;
    names.reserve(fields.size());
    for (const auto& field : fields)
        names.emplace_back(field.info->name);
    return names;
}

}  // namespace

SettingPath key_of(const SettingPath& path, const char* key) {
    auto result = path;
    result.emplace_back(key);
    return result;
}

std::string to_text(const SettingPath& path) {
    std::string text;
    for (const auto& part : path)
        text += (text.empty() ? "" : ".") + part;
    return text;
}

Origin SectionReader::origin(const SettingPath& path) const {
    const auto found = origins_.find(path);
    return found == origins_.end() ? Origin{} : found->second;
}

Error SectionReader::error(const SettingPath& path, std::string_view cause) const {
    return Error(ErrorCode::kInvalidArgument,
                 place_of(origin(path), file_) + ": " + to_text(path) + ": " + std::string(cause));
}

Error SectionReader::unknown_key(const YamlEntry& entry, const SettingPath& path,
                                 const std::vector<std::string>& known) const {
    const std::string where = path.empty() ? "at the top level" : "in \"" + to_text(path) + "\"";
    std::string all;
    for (const auto& name : known)
        all += (all.empty() ? "" : ", ") + name;
    return error_at(file_, entry.position,
                    "unknown key \"" + escape_for_display(entry.key) + "\" " + where + did_you_mean(entry.key, known))
        .with_hint("keys there are: " + all);
}

Status SectionReader::read(const YamlNode* node, const SettingPath& path, const std::vector<BoundField>& fields) {
    const bool is_absent = node == nullptr || node->kind == YamlNode::Kind::kNull;
    if (!is_absent && node->kind != YamlNode::Kind::kMap) {
        return error_at(file_, node->position, "\"" + to_text(path) + "\" must be a map of keys");
    }
    if (!is_absent) {
        for (const auto& entry : node->entries) {
            const auto found = std::find_if(fields.begin(), fields.end(),
                                            [&](const BoundField& field) { return field.info->name == entry.key; });
            if (found == fields.end()) return unknown_key(entry, path, names_of(fields));
            // `key:` with nothing behind it leaves the default.
            if (entry.value.kind != YamlNode::Kind::kNull) COFRE_TRY(store(*found, entry, below(path, entry.key)));
        }
    }
    for (const auto& field : fields) {
        const auto field_path = below(path, field.info->name);
        COFRE_TRY(apply_environment(field, field_path));
        if (field.info->rules.required && origins_.count(field_path) == 0) {
            const Position position = is_absent ? Position{} : node->position;
            return error_at(file_, position, "\"" + to_text(field_path) + "\" is missing")
                .with_hint(field.info->description);
        }
    }
    return {};
}

Result<Written> SectionReader::written(const YamlNode& node) {
    Written result;
    if (node.kind == YamlNode::Kind::kScalar) {
        COFRE_ASSIGN(auto text, expander_.expand(node.text));
        result.items.push_back(std::move(text));
        return result;
    }
    if (node.kind == YamlNode::Kind::kMap) {
        result.is_map = true;
        for (const auto& entry : node.entries) {
            if (entry.value.kind != YamlNode::Kind::kScalar) {
                return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(entry.key) + "\" is not a text");
            }
            COFRE_ASSIGN(auto text, expander_.expand(entry.value.text));
            result.names.push_back(entry.key);
            result.items.push_back(std::move(text));
        }
        return result;
    }
    result.is_list = true;
    for (const auto& item : node.items) {
        if (item.kind == YamlNode::Kind::kNull) {
            return Error(ErrorCode::kInvalidArgument, "an empty item in the list")
                .with_hint("a bare ~ means nothing in YAML: write \"~\" for the home folder");
        }
        if (item.kind != YamlNode::Kind::kScalar) {
            return Error(ErrorCode::kInvalidArgument, "expected a list of texts");
        }
        COFRE_ASSIGN(auto text, expander_.expand(item.text));
        result.items.push_back(std::move(text));
    }
    return result;
}

Status SectionReader::store(const BoundField& field, const YamlEntry& entry, const SettingPath& path) {
    const auto& position = entry.value.position;
    const auto fail = [&](const Error& cause) {
        return error_at(file_, position, to_text(path) + ": " + cause.message()).with_hint(cause.hint());
    };
    if (entry.value.kind == YamlNode::Kind::kMap && type_of(field) != ValueType::kTextMap) {
        return fail(
            {ErrorCode::kInvalidArgument, "expected " + std::string(describe(type_of(field))) + ", found a map"});
    }
    auto value = written(entry.value);
    if (!value) return fail(value.error());
    for (const auto& item : value->items) {
        if (item.has_foreign_text) foreign_.insert(path);
    }
    const bool is_secret = type_of(field) == ValueType::kSecret;
    if (is_secret) {
        for (auto& item : value->items)
            has_literal_secret_ |= !std::exchange(item.has_foreign_text, true);
    }
    if (auto status = store_value(field, *value, bases_.file); !status) return fail(status.error());
    set_origin(path, {Origin::Kind::kFile, file_, position.line, position.column, {}});
    return {};
}

Status SectionReader::apply_environment(const BoundField& field, const SettingPath& path) {
    const auto& rules = field.info->rules;
    if (!rules.environment_wins && origins_.count(path) != 0) return {};
    for (const auto name : rules.environment) {
        const auto variable = variables_.find(std::string(name));
        if (!variable) continue;
        set_origin(path, variable->origin);
        const Written value{.items = {{variable->value, type_of(field) == ValueType::kSecret}}, .names = {}};
        const auto& base = variable->origin.kind == Origin::Kind::kDotEnv ? bases_.file : bases_.process;
        if (auto status = store_value(field, value, base); !status) {
            return error(path, status.error().message()).with_hint(status.error().hint());
        }
        return {};
    }
    return {};
}

void SectionReader::append_settings(const SettingPath& path, const std::vector<BoundField>& fields,
                                    std::vector<Setting>& out) const {
    for (const auto& field : fields) {
        auto field_path = below(path, field.info->name);
        Origin from = origin(field_path);
        out.push_back({std::move(field_path), value_json(field), std::move(from)});
    }
}

}  // namespace cofre::config
