#include "s3/bucket_xml.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "s3/xml_read.h"

namespace cofre::s3 {
namespace {

constexpr const char* kNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";

pugi::xml_node begin_document(pugi::xml_document& document, const char* root) {
    auto node = document.append_child(root);
    node.append_attribute("xmlns").set_value(kNamespace);
    return node;
}

std::string finish_document(const pugi::xml_document& document) {
    std::ostringstream out;
    document.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
    return out.str();
}

void add_text(pugi::xml_node& parent, const char* name, const std::string& text) {
    parent.append_child(name).text().set(text.c_str());
}

template <typename Number>
void add_number(pugi::xml_node& parent, const char* name, const std::optional<Number>& number) {
    if (number) add_text(parent, name, std::to_string(*number));
}

/// Names of children that `known` does not list.
void note_others(const pugi::xml_node& node, std::initializer_list<std::string_view> known,
                 std::vector<std::string>& others) {
    for (const auto& child : node.children()) {
        if (child.type() != pugi::node_element) continue;
        if (std::find(known.begin(), known.end(), child.name()) == known.end()) others.emplace_back(child.name());
    }
}

Result<LifecycleMoment> parse_moment(const pugi::xml_node& node) {
    LifecycleMoment when;
    COFRE_ASSIGN(when.days, xml::optional_number<int>(node, "Days"));
    if (node.child("Date")) {
        COFRE_ASSIGN(when.date, xml::parse_time(xml::text_of(node, "Date"), "Date"));
    }
    return when;
}

void add_moment(pugi::xml_node& node, const LifecycleMoment& when) {
    add_number(node, "Days", when.days);
    if (when.date) add_text(node, "Date", format_rfc3339(*when.date));
}

void take_tag(const pugi::xml_node& node, LifecycleRule& rule) {
    rule.tags[std::string(xml::text_of(node, "Key"))] = xml::text_of(node, "Value");
}

/// A filter is one condition, or several inside an And.
Status parse_filter(const pugi::xml_node& filter, LifecycleRule& rule) {
    if (const auto prefix = filter.child("Prefix")) rule.prefix = prefix.child_value();
    for (const auto& tag : filter.children("Tag"))
        take_tag(tag, rule);
    if (filter.child("ObjectSizeGreaterThan")) {
        COFRE_ASSIGN(rule.larger_than, xml::optional_number<std::uint64_t>(filter, "ObjectSizeGreaterThan"));
    }
    if (filter.child("ObjectSizeLessThan")) {
        COFRE_ASSIGN(rule.smaller_than, xml::optional_number<std::uint64_t>(filter, "ObjectSizeLessThan"));
    }
    note_others(filter, {"Prefix", "Tag", "ObjectSizeGreaterThan", "ObjectSizeLessThan", "And"}, rule.not_understood);
    const auto both = filter.child("And");
    return both ? parse_filter(both, rule) : Status();
}

Status parse_expirations(const pugi::xml_node& node, LifecycleRule& rule) {
    if (const auto expiration = node.child("Expiration")) {
        COFRE_ASSIGN(const auto when, parse_moment(expiration));
        if (when.days || when.date) rule.expire = when;
        rule.expire_delete_markers = xml::text_of(expiration, "ExpiredObjectDeleteMarker") == "true";
    }
    if (const auto expiration = node.child("NoncurrentVersionExpiration")) {
        COFRE_ASSIGN(rule.expire_noncurrent_days, xml::optional_number<int>(expiration, "NoncurrentDays"));
        COFRE_ASSIGN(rule.keep_newest_noncurrent, xml::optional_number<int>(expiration, "NewerNoncurrentVersions"));
    }
    if (const auto abort = node.child("AbortIncompleteMultipartUpload")) {
        COFRE_ASSIGN(rule.abort_uploads_days, xml::optional_number<int>(abort, "DaysAfterInitiation"));
    }
    return {};
}

Status parse_transitions(const pugi::xml_node& node, LifecycleRule& rule) {
    for (const auto& child : node.children("Transition")) {
        COFRE_ASSIGN(const auto when, parse_moment(child));
        rule.transitions.push_back({when, std::string(xml::text_of(child, "StorageClass"))});
    }
    for (const auto& child : node.children("NoncurrentVersionTransition")) {
        NoncurrentTransition transition{.storage_class = std::string(xml::text_of(child, "StorageClass"))};
        COFRE_ASSIGN(transition.days, xml::number_in<int>(xml::text_of(child, "NoncurrentDays"), "NoncurrentDays"));
        COFRE_ASSIGN(transition.keep_newest, xml::optional_number<int>(child, "NewerNoncurrentVersions"));
        rule.noncurrent_transitions.push_back(std::move(transition));
    }
    return {};
}

Result<LifecycleRule> parse_rule(const pugi::xml_node& node) {
    LifecycleRule rule;
    rule.id = xml::text_of(node, "ID");
    const auto status = xml::text_of(node, "Status");
    if (status != "Enabled" && status != "Disabled") return xml::malformed("a rule without a Status");
    rule.enabled = status == "Enabled";
    rule.prefix = xml::text_of(node, "Prefix");  // The form of before 2016.
    COFRE_TRY(parse_filter(node.child("Filter"), rule));
    COFRE_TRY(parse_transitions(node, rule));
    COFRE_TRY(parse_expirations(node, rule));
    note_others(node,
                {"ID", "Status", "Prefix", "Filter", "Transition", "NoncurrentVersionTransition", "Expiration",
                 "NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"},
                rule.not_understood);
    return rule;
}

void add_conditions(pugi::xml_node& parent, const LifecycleRule& rule, bool with_prefix) {
    if (with_prefix) add_text(parent, "Prefix", rule.prefix);
    for (const auto& [key, value] : rule.tags) {
        auto tag = parent.append_child("Tag");
        add_text(tag, "Key", key);
        add_text(tag, "Value", value);
    }
    add_number(parent, "ObjectSizeGreaterThan", rule.larger_than);
    add_number(parent, "ObjectSizeLessThan", rule.smaller_than);
}

void add_filter(pugi::xml_node& parent, const LifecycleRule& rule) {
    auto filter = parent.append_child("Filter");
    const bool has_prefix = !rule.prefix.empty();
    const std::size_t others = rule.tags.size() + (rule.larger_than ? 1U : 0U) + (rule.smaller_than ? 1U : 0U);
    if (others + (has_prefix ? 1U : 0U) <= 1) {
        add_conditions(filter, rule, /*with_prefix=*/others == 0);
        return;
    }
    auto both = filter.append_child("And");
    add_conditions(both, rule, has_prefix);
}

void add_rule(pugi::xml_node& root, const LifecycleRule& rule) {
    auto node = root.append_child("Rule");
    if (rule.expire || rule.expire_delete_markers) {
        auto expiration = node.append_child("Expiration");
        if (rule.expire) add_moment(expiration, *rule.expire);
        if (rule.expire_delete_markers) add_text(expiration, "ExpiredObjectDeleteMarker", "true");
    }
    if (!rule.id.empty()) add_text(node, "ID", rule.id);
    add_filter(node, rule);
    add_text(node, "Status", rule.enabled ? "Enabled" : "Disabled");
    for (const auto& each : rule.transitions) {
        auto transition = node.append_child("Transition");
        add_moment(transition, each.when);
        add_text(transition, "StorageClass", each.storage_class);
    }
    for (const auto& each : rule.noncurrent_transitions) {
        auto transition = node.append_child("NoncurrentVersionTransition");
        add_text(transition, "NoncurrentDays", std::to_string(each.days));
        add_text(transition, "StorageClass", each.storage_class);
        add_number(transition, "NewerNoncurrentVersions", each.keep_newest);
    }
    if (rule.expire_noncurrent_days || rule.keep_newest_noncurrent) {
        auto expiration = node.append_child("NoncurrentVersionExpiration");
        add_number(expiration, "NoncurrentDays", rule.expire_noncurrent_days);
        add_number(expiration, "NewerNoncurrentVersions", rule.keep_newest_noncurrent);
    }
    if (rule.abort_uploads_days) {
        auto abort = node.append_child("AbortIncompleteMultipartUpload");
        add_number(abort, "DaysAfterInitiation", rule.abort_uploads_days);
    }
}

std::vector<std::string> texts_of(const pugi::xml_node& node, const char* name) {
    std::vector<std::string> texts;
    for (const auto& child : node.children(name))
        texts.emplace_back(child.child_value());
    return texts;
}

void add_texts(pugi::xml_node& node, const char* name, const std::vector<std::string>& texts) {
    for (const auto& text : texts)
        add_text(node, name, text);
}

}  // namespace

Result<Versioning> parse_versioning(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "VersioningConfiguration"));
    const auto status = xml::text_of(root, "Status");
    if (status.empty()) return Versioning::kOff;
    if (status == "Enabled") return Versioning::kEnabled;
    if (status == "Suspended") return Versioning::kSuspended;
    return xml::malformed("Status is neither Enabled nor Suspended");
}

std::string versioning_document(Versioning versioning) {
    pugi::xml_document document;
    auto root = begin_document(document, "VersioningConfiguration");
    add_text(root, "Status", versioning == Versioning::kEnabled ? "Enabled" : "Suspended");
    return finish_document(document);
}

Result<std::vector<LifecycleRule>> parse_lifecycle(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "LifecycleConfiguration"));
    std::vector<LifecycleRule> rules;
    for (const auto& node : root.children("Rule")) {
        COFRE_ASSIGN(auto rule, parse_rule(node));
        rules.push_back(std::move(rule));
    }
    return rules;
}

std::string lifecycle_document(std::span<const LifecycleRule> rules) {
    pugi::xml_document document;
    auto root = begin_document(document, "LifecycleConfiguration");
    for (const auto& rule : rules)
        add_rule(root, rule);
    return finish_document(document);
}

Result<std::vector<CorsRule>> parse_cors(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "CORSConfiguration"));
    std::vector<CorsRule> rules;
    for (const auto& node : root.children("CORSRule")) {
        CorsRule rule{.id = std::string(xml::text_of(node, "ID")),
                      .allowed_origins = texts_of(node, "AllowedOrigin"),
                      .allowed_methods = texts_of(node, "AllowedMethod"),
                      .allowed_headers = texts_of(node, "AllowedHeader"),
                      .expose_headers = texts_of(node, "ExposeHeader"),
                      .max_age = {}};
        COFRE_ASSIGN(const auto age, xml::optional_number<std::uint32_t>(node, "MaxAgeSeconds"));
        if (age) rule.max_age = std::chrono::seconds(*age);
        rules.push_back(std::move(rule));
    }
    return rules;
}

std::string cors_document(std::span<const CorsRule> rules) {
    pugi::xml_document document;
    auto root = begin_document(document, "CORSConfiguration");
    for (const auto& rule : rules) {
        auto node = root.append_child("CORSRule");
        if (!rule.id.empty()) add_text(node, "ID", rule.id);
        add_texts(node, "AllowedHeader", rule.allowed_headers);
        add_texts(node, "AllowedMethod", rule.allowed_methods);
        add_texts(node, "AllowedOrigin", rule.allowed_origins);
        add_texts(node, "ExposeHeader", rule.expose_headers);
        if (rule.max_age) add_text(node, "MaxAgeSeconds", std::to_string(rule.max_age->count()));
    }
    return finish_document(document);
}

Result<RetentionMode> parse_retention_mode(std::string_view text) {
    if (text == "GOVERNANCE") return RetentionMode::kGovernance;
    if (text == "COMPLIANCE") return RetentionMode::kCompliance;
    return xml::malformed("a retention that is neither GOVERNANCE nor COMPLIANCE");
}

Result<BucketLock> parse_bucket_lock(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "ObjectLockConfiguration"));
    BucketLock lock;
    lock.enabled = xml::text_of(root, "ObjectLockEnabled") == "Enabled";
    const auto retention = root.child("Rule").child("DefaultRetention");
    if (!retention) return lock;
    COFRE_ASSIGN(lock.default_mode, parse_retention_mode(xml::text_of(retention, "Mode")));
    COFRE_ASSIGN(lock.default_days, xml::optional_number<int>(retention, "Days"));
    COFRE_ASSIGN(lock.default_years, xml::optional_number<int>(retention, "Years"));
    return lock;
}

std::string bucket_lock_document(const BucketLock& lock) {
    pugi::xml_document document;
    auto root = begin_document(document, "ObjectLockConfiguration");
    add_text(root, "ObjectLockEnabled", "Enabled");
    if (lock.default_mode) {
        auto retention = root.append_child("Rule").append_child("DefaultRetention");
        add_text(retention, "Mode", std::string(word_for(*lock.default_mode)));
        add_number(retention, "Days", lock.default_days);
        add_number(retention, "Years", lock.default_years);
    }
    return finish_document(document);
}

Result<std::string> parse_location(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "LocationConstraint"));
    const std::string_view region = root.child_value();
    if (region.empty()) return std::string("us-east-1");
    return std::string(region == "EU" ? "eu-west-1" : region);
}

Result<bool> parse_policy_status(std::string_view xml) {
    pugi::xml_document document;
    COFRE_ASSIGN(const auto root, xml::load_root(document, xml, "PolicyStatus"));
    const auto text = xml::text_of(root, "IsPublic");
    return text == "TRUE" || text == "true";
}

}  // namespace cofre::s3
