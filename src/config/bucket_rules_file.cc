#include "config/bucket_rules_file.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/nearest_name.h"
#include "base/units.h"
#include "base/utf8.h"
#include "config/yaml_tree.h"

namespace cofre::config {
namespace {

using Json = nlohmann::ordered_json;

/// Takes the keys of one map, and complains about those that nobody took.
class RuleMap {
public:
    RuleMap(const YamlNode& node, std::string_view file) : node_(node), file_(file) {}

    Status check_kind() const {
        if (node_.kind == YamlNode::Kind::kMap) return {};
        return error_at(file_, node_.position, "expected a map of keys");
    }

    const YamlNode* find(const char* key) {
        known_.emplace_back(key);
        const auto* const value = node_.find(key);
        return value != nullptr && value->kind == YamlNode::Kind::kNull ? nullptr : value;
    }

    Status take(const char* key, std::string& out) {
        const auto* const value = find(key);
        if (value == nullptr) return {};
        if (value->kind != YamlNode::Kind::kScalar) return wrong(*value, key, "expected a text");
        out = value->text;
        return {};
    }

    Status take(const char* key, std::optional<int>& out) {
        const auto* const value = find(key);
        if (value == nullptr) return {};
        int number = 0;
        const char* const end = value->text.data() + value->text.size();
        const auto [stop, error] = std::from_chars(value->text.data(), end, number);
        if (value->kind != YamlNode::Kind::kScalar || error != std::errc() || stop != end || number < 0) {
            return wrong(*value, key, "expected a whole number");
        }
        out = number;
        return {};
    }

    Status take(const char* key, bool& out) {
        const auto* const value = find(key);
        if (value == nullptr) return {};
        if (value->text != "true" && value->text != "false") return wrong(*value, key, "expected true or false");
        out = value->text == "true";
        return {};
    }

    Status take_size(const char* key, std::optional<std::uint64_t>& out) {
        const auto* const value = find(key);
        if (value == nullptr) return {};
        const auto size = parse_size(value->text);
        if (!size) return wrong(*value, key, "expected a size such as 50MiB");
        out = *size;
        return {};
    }

    Status take_date(const char* key, std::optional<WallTime>& out) {
        const auto* const value = find(key);
        if (value == nullptr) return {};
        const auto date = parse_rfc3339(value->text.size() == 10 ? value->text + "T00:00:00Z" : value->text);
        if (!date) return wrong(*value, key, "expected a date such as 2030-12-31");
        out = *date;
        return {};
    }

    Status take(const char* key, std::vector<std::string>& out) {
        const auto* const value = find(key);
        if (value == nullptr) return {};
        if (value->kind == YamlNode::Kind::kScalar) {
            out = {value->text};
            return {};
        }
        for (const auto& item : value->items) {
            if (item.kind != YamlNode::Kind::kScalar) return wrong(item, key, "expected a list of texts");
            out.push_back(item.text);
        }
        return {};
    }

    Status take(const char* key, std::map<std::string, std::string>& out) {
        const auto* const value = find(key);
        if (value == nullptr) return {};
        if (value->kind != YamlNode::Kind::kMap) return wrong(*value, key, "expected a map of texts");
        for (const auto& entry : value->entries)
            out[entry.key] = entry.value.text;
        return {};
    }

    /// `take_one` for each map of a list.
    template <typename TakeOne>
    Status take_each(const char* key, TakeOne take_one) {
        const auto* const value = find(key);
        if (value == nullptr) return {};
        if (value->kind != YamlNode::Kind::kList) return wrong(*value, key, "expected a list");
        for (const auto& item : value->items) {
            RuleMap map(item, file_);
            COFRE_TRY(map.check_kind());
            COFRE_TRY(take_one(map));
            COFRE_TRY(map.finish());
        }
        return {};
    }

    Status finish() const {
        for (const auto& entry : node_.entries) {
            if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
            return error_at(file_, entry.position,
                            "unknown key \"" + escape_for_display(entry.key) + "\"" + did_you_mean(entry.key, known_));
        }
        return {};
    }

    Error wrong(const char* key, std::string_view cause) const { return wrong(node_, key, cause); }

private:
    Error wrong(const YamlNode& at, const char* key, std::string_view cause) const {
        return error_at(file_, at.position, std::string(key) + ": " + std::string(cause));
    }

    const YamlNode& node_;
    std::string_view file_;
    std::vector<std::string> known_;
};

/// `rules:` at the top, and nothing else.
template <typename Rule, typename TakeRule>
Result<std::vector<Rule>> parse_rules(std::string_view text, std::string_view file, TakeRule take_rule) {
    COFRE_ASSIGN(const auto root, parse_yaml(text, file));
    RuleMap top(root, file);
    COFRE_TRY(top.check_kind());
    std::vector<Rule> rules;
    COFRE_TRY(top.take_each("rules", [&](RuleMap& map) -> Status {
        Rule rule;
        COFRE_TRY(take_rule(map, rule));
        rules.push_back(std::move(rule));
        return {};
    }));
    COFRE_TRY(top.finish());
    if (rules.empty()) return error_at(file, root.position, "there are no rules in it");
    return rules;
}

Status take_transitions(RuleMap& map, s3::LifecycleRule& rule) {
    COFRE_TRY(map.take_each("transitions", [&](RuleMap& each) -> Status {
        s3::LifecycleTransition transition;
        COFRE_TRY(each.take("days", transition.when.days));
        COFRE_TRY(each.take_date("date", transition.when.date));
        COFRE_TRY(each.take("storage_class", transition.storage_class));
        if (transition.storage_class.empty()) return each.wrong("storage_class", "is missing");
        if (transition.when.days.has_value() == transition.when.date.has_value()) {
            return each.wrong("days", "give either days or a date");
        }
        rule.transitions.push_back(std::move(transition));
        return {};
    }));
    return map.take_each("noncurrent_transitions", [&](RuleMap& each) -> Status {
        s3::NoncurrentTransition transition;
        std::optional<int> days;
        COFRE_TRY(each.take("days", days));
        COFRE_TRY(each.take("keep_newest", transition.keep_newest));
        COFRE_TRY(each.take("storage_class", transition.storage_class));
        if (!days) return each.wrong("days", "is missing");
        if (transition.storage_class.empty()) return each.wrong("storage_class", "is missing");
        transition.days = *days;
        rule.noncurrent_transitions.push_back(std::move(transition));
        return {};
    });
}

bool does_nothing(const s3::LifecycleRule& rule) {
    return rule.transitions.empty() && rule.noncurrent_transitions.empty() && !rule.expire &&
           !rule.expire_delete_markers && !rule.expire_noncurrent_days && !rule.abort_uploads_days;
}

Status take_lifecycle_rule(RuleMap& map, s3::LifecycleRule& rule) {
    COFRE_TRY(map.take("id", rule.id));
    COFRE_TRY(map.take("enabled", rule.enabled));
    COFRE_TRY(map.take("prefix", rule.prefix));
    COFRE_TRY(map.take("tags", rule.tags));
    COFRE_TRY(map.take_size("larger_than", rule.larger_than));
    COFRE_TRY(map.take_size("smaller_than", rule.smaller_than));
    COFRE_TRY(take_transitions(map, rule));
    s3::LifecycleMoment expire;
    COFRE_TRY(map.take("expire_days", expire.days));
    COFRE_TRY(map.take_date("expire_date", expire.date));
    if (expire.days && expire.date) return map.wrong("expire_days", "give either days or a date");
    if (expire.days || expire.date) rule.expire = expire;
    COFRE_TRY(map.take("expire_delete_markers", rule.expire_delete_markers));
    if (rule.expire && rule.expire_delete_markers) {
        return map.wrong("expire_delete_markers", "S3 allows it only in a rule without expire_days or expire_date");
    }
    COFRE_TRY(map.take("expire_noncurrent_days", rule.expire_noncurrent_days));
    COFRE_TRY(map.take("keep_newest_noncurrent", rule.keep_newest_noncurrent));
    COFRE_TRY(map.take("abort_uploads_days", rule.abort_uploads_days));
    COFRE_TRY(map.finish());  // A misspelt key explains more than what its absence means.
    if (does_nothing(rule)) return map.wrong("id", "the rule does nothing");
    return {};
}

Status take_cors_rule(RuleMap& map, s3::CorsRule& rule) {
    COFRE_TRY(map.take("id", rule.id));
    COFRE_TRY(map.take("allowed_origins", rule.allowed_origins));
    COFRE_TRY(map.take("allowed_methods", rule.allowed_methods));
    COFRE_TRY(map.take("allowed_headers", rule.allowed_headers));
    COFRE_TRY(map.take("expose_headers", rule.expose_headers));
    std::string age;
    COFRE_TRY(map.take("max_age", age));
    if (!age.empty()) {
        const auto duration = parse_duration(age);
        if (!duration) return map.wrong("max_age", "expected a duration such as 1h");
        rule.max_age = std::chrono::duration_cast<std::chrono::seconds>(*duration);
    }
    if (rule.allowed_origins.empty()) return map.wrong("allowed_origins", "is missing");
    if (rule.allowed_methods.empty()) return map.wrong("allowed_methods", "is missing");
    return {};
}

std::string date_text(WallTime date) {
    return format_rfc3339(date).substr(0, 10);
}

Json transition_json(const s3::LifecycleTransition& transition) {
    Json out;
    if (transition.when.days) out["days"] = *transition.when.days;
    if (transition.when.date) out["date"] = date_text(*transition.when.date);
    out["storage_class"] = transition.storage_class;
    return out;
}

template <typename Value>
void add_if(Json& out, const char* key, const std::optional<Value>& value) {
    if (value) out[key] = *value;
}

Json lifecycle_rule_json(const s3::LifecycleRule& rule) {
    Json out;
    if (!rule.id.empty()) out["id"] = rule.id;
    out["enabled"] = rule.enabled;
    if (!rule.prefix.empty()) out["prefix"] = rule.prefix;
    if (!rule.tags.empty()) out["tags"] = rule.tags;
    add_if(out, "larger_than", rule.larger_than);
    add_if(out, "smaller_than", rule.smaller_than);
    for (const auto& transition : rule.transitions)
        out["transitions"].push_back(transition_json(transition));
    for (const auto& transition : rule.noncurrent_transitions) {
        Json each = {{"days", transition.days}};
        add_if(each, "keep_newest", transition.keep_newest);
        each["storage_class"] = transition.storage_class;
        out["noncurrent_transitions"].push_back(std::move(each));
    }
    if (rule.expire) add_if(out, "expire_days", rule.expire->days);
    if (rule.expire && rule.expire->date) out["expire_date"] = date_text(*rule.expire->date);
    if (rule.expire_delete_markers) out["expire_delete_markers"] = true;
    add_if(out, "expire_noncurrent_days", rule.expire_noncurrent_days);
    add_if(out, "keep_newest_noncurrent", rule.keep_newest_noncurrent);
    add_if(out, "abort_uploads_days", rule.abort_uploads_days);
    return out;
}

Json cors_rule_json(const s3::CorsRule& rule) {
    Json out;
    if (!rule.id.empty()) out["id"] = rule.id;
    out["allowed_origins"] = rule.allowed_origins;
    out["allowed_methods"] = rule.allowed_methods;
    if (!rule.allowed_headers.empty()) out["allowed_headers"] = rule.allowed_headers;
    if (!rule.expose_headers.empty()) out["expose_headers"] = rule.expose_headers;
    if (rule.max_age) out["max_age"] = std::to_string(rule.max_age->count()) + "s";
    return out;
}

std::string document_of(Json rules) {
    const Json document = {{"rules", std::move(rules)}};
    return document.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

}  // namespace

Result<std::vector<s3::LifecycleRule>> parse_lifecycle_rules(std::string_view text, std::string_view file) {
    return parse_rules<s3::LifecycleRule>(text, file, take_lifecycle_rule);
}

Result<std::vector<s3::CorsRule>> parse_cors_rules(std::string_view text, std::string_view file) {
    return parse_rules<s3::CorsRule>(text, file, take_cors_rule);
}

std::string lifecycle_rules_json(const std::vector<s3::LifecycleRule>& rules) {
    Json list = Json::array();
    for (const auto& rule : rules)
        list.push_back(lifecycle_rule_json(rule));
    return document_of(std::move(list));
}

std::string cors_rules_json(const std::vector<s3::CorsRule>& rules) {
    Json list = Json::array();
    for (const auto& rule : rules)
        list.push_back(cors_rule_json(rule));
    return document_of(std::move(list));
}

}  // namespace cofre::config
