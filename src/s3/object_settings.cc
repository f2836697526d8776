#include "s3/object_settings.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "net/url.h"

namespace cofre::s3 {
namespace {

// Source: Amazon S3 User Guide, "Categorizing your objects using tags".
constexpr std::size_t kMaxTags = 10;
constexpr std::size_t kMaxTagKey = 128;
constexpr std::size_t kMaxTagValue = 256;
constexpr std::size_t kCustomerKeyBytes = 32;

// Source: Amazon S3 User Guide, "Access control list (ACL) overview".
constexpr std::array<std::string_view, 7> kCannedAcls = {
    "private",           "public-read",   "public-read-write",        "authenticated-read",
    "bucket-owner-read", "aws-exec-read", "bucket-owner-full-control"};

Error bad_setting(std::string message) {
    return {ErrorCode::kInvalidArgument, std::move(message)};
}

// Characters, not bytes, are what S3 counts.
std::size_t character_count(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string encode_tags(const Tags& tags) {
    net::QueryParameters query;
    for (const auto& [key, value] : tags)
        query.push_back({key, value});
    return net::encode_query(query);
}

void add_key_headers(const std::string& prefix, const CustomerKey& key, net::HttpHeaders& headers) {
    headers.push_back({prefix + "algorithm", "AES256"});
    headers.push_back({prefix + "key", std::string(key.base64().reveal())});
    headers.push_back({prefix + "key-md5", key.md5()});
}

}  // namespace

Result<CustomerKey> CustomerKey::parse(const Secret& base64) {
    const auto bytes = base64_decode(base64.reveal());
    if (!bytes || bytes->size() != kCustomerKeyBytes) {
        return bad_setting("the customer's key is not base64 of 32 bytes")
            .with_hint("make one: openssl rand -base64 32");
    }
    CustomerKey key;
    key.base64_ = base64;
    key.md5_ = base64_encode(crypto::md5(*bytes));
    return key;
}

ObjectSettings ObjectSettings::without_locks() const {
    ObjectSettings settings = *this;
    settings.retention.reset();
    settings.legal_hold = false;
    return settings;
}

Status check_settings(const ObjectSettings& settings, const AccessSettings& access) {
    if (!settings.kms_key_id.empty() && settings.encryption != ServerSideEncryption::kKms) {
        return bad_setting("a KMS key is named, but the encryption is not aws:kms");
    }
    if (access.customer_key && settings.encryption != ServerSideEncryption::kBucketDefault) {
        return bad_setting("encryption with the store's keys and with a customer's key exclude each other");
    }
    if (!settings.acl.empty() && !is_canned_acl(settings.acl)) {
        return bad_setting("\"" + settings.acl + "\" is not a canned ACL").with_hint("one of: " + canned_acls());
    }
    if (settings.retention && settings.retention->days < 1) return bad_setting("a retention lasts a day or more");
    return check_tags(settings.tags);
}

Status check_tags(const Tags& tags) {
    if (tags.size() > kMaxTags) return bad_setting("an object has 10 tags at most");
    for (const auto& [key, value] : tags) {
        if (key.empty()) return bad_setting("a tag has no name");
        if (character_count(key) > kMaxTagKey) return bad_setting("the name of a tag is longer than 128 characters");
        if (character_count(value) > kMaxTagValue) return bad_setting("tag " + key + " is longer than 256 characters");
    }
    return {};
}

bool is_canned_acl(std::string_view acl) {
    return std::find(kCannedAcls.begin(), kCannedAcls.end(), acl) != kCannedAcls.end();
}

std::string canned_acls() {
    std::string names;
    for (const auto acl : kCannedAcls)
        names.append(names.empty() ? "" : ", ").append(acl);
    return names;
}

void add_creation_headers(const ObjectSettings& settings, WallTime retain_until, net::HttpHeaders& headers) {
    const auto add = [&](const char* name, std::string value) { headers.push_back({name, std::move(value)}); };
    if (!settings.storage_class.empty()) add("x-amz-storage-class", settings.storage_class);
    if (settings.encryption == ServerSideEncryption::kStoreKeys) add("x-amz-server-side-encryption", "AES256");
    if (settings.encryption == ServerSideEncryption::kKms) {
        add("x-amz-server-side-encryption", "aws:kms");
        if (!settings.kms_key_id.empty()) add("x-amz-server-side-encryption-aws-kms-key-id", settings.kms_key_id);
    }
    if (!settings.tags.empty()) add("x-amz-tagging", encode_tags(settings.tags));
    if (!settings.acl.empty()) add("x-amz-acl", settings.acl);
    if (settings.retention) {
        add("x-amz-object-lock-mode", std::string(word_for(settings.retention->mode)));
        add("x-amz-object-lock-retain-until-date",
            format_rfc3339(std::chrono::ceil<std::chrono::seconds>(retain_until)));
    }
    if (settings.legal_hold) add("x-amz-object-lock-legal-hold", "ON");
}

void add_customer_key(const CustomerKey& key, net::HttpHeaders& headers) {
    add_key_headers("x-amz-server-side-encryption-customer-", key, headers);
}

void add_copy_source_key(const CustomerKey& key, net::HttpHeaders& headers) {
    add_key_headers("x-amz-copy-source-server-side-encryption-customer-", key, headers);
}

std::string describe_settings(const ObjectSettings& settings) {
    // The rule, not its date, which is another one at each attempt.
    net::HttpHeaders headers;
    add_creation_headers(settings, WallTime(), headers);
    std::string text;
    for (const auto& [name, value] : headers)
        text.append(name).append(1, '=').append(value).append(1, '\n');
    if (settings.retention) text.append("days=").append(std::to_string(settings.retention->days));
    return text;
}

}  // namespace cofre::s3
