#pragma once

/// @file
/// What an operator asks of every object: who encrypts it, where it lies, what
/// protects it. Pure: from settings to headers. Source: Amazon S3 API
/// Reference, "PutObject", "Common request headers"; Amazon S3 User Guide,
/// "Using server-side encryption with customer-provided keys".

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "base/time_format.h"
#include "net/http_message.h"
#include "s3/bucket_rules.h"

namespace cofre::s3 {

using Tags = std::map<std::string, std::string>;

/// Which keys of the store encrypt a new object.
enum class ServerSideEncryption : std::uint8_t {
    kBucketDefault,
    kStoreKeys,  ///< SSE-S3: "AES256".
    kKms,        ///< SSE-KMS: "aws:kms".
};

/// A key of 32 bytes that the store uses and forgets (SSE-C). Whoever loses it
/// loses the objects.
class CustomerKey {
public:
    /// Base64 of 32 bytes, as `openssl rand -base64 32` gives. kInvalidArgument
    /// otherwise; the message does not repeat it.
    static Result<CustomerKey> parse(const Secret& base64);

    const Secret& base64() const { return base64_; }
    const std::string& md5() const { return md5_; }  ///< Base64; tells keys apart, and not secret.

private:
    Secret base64_;
    std::string md5_;
};

/// So many days from the moment an object is put, or its upload begun.
struct RetentionRule {
    RetentionMode mode = RetentionMode::kGovernance;
    int days = 0;
};

/// What a new object is born with.
struct ObjectSettings {
    std::string storage_class;  ///< Empty: the bucket's default.
    ServerSideEncryption encryption = ServerSideEncryption::kBucketDefault;
    std::string kms_key_id;  ///< With kKms; empty: the account's own key for S3.
    Tags tags;
    std::string acl;  ///< One of canned_acls(); empty: the bucket's default.
    /// Both only for objects that are to stay: see store::Lifespan.
    std::optional<RetentionRule> retention;
    bool legal_hold = false;

    bool locks() const { return retention || legal_hold; }
    /// The same without what would keep the object from being deleted.
    ObjectSettings without_locks() const;
};

/// What requests for existing objects need as well.
struct AccessSettings {
    std::optional<CustomerKey> customer_key;
    bool requester_pays = false;
};

/// kInvalidArgument: tags or an ACL that S3 does not know, a KMS key without
/// kKms, kKms with a customer's key.
Status check_settings(const ObjectSettings& settings, const AccessSettings& access);

/// At most 10 tags, keys of 1 to 128 characters and values of up to 256.
Status check_tags(const Tags& tags);
bool is_canned_acl(std::string_view acl);
std::string canned_acls();  ///< For messages: "private, public-read, ...".

/// For PutObject, CreateMultipartUpload and CopyObject. `retain_until`: when the
/// retention ends, if there is one.
void add_creation_headers(const ObjectSettings& settings, WallTime retain_until, net::HttpHeaders& headers);

/// A customer's key, as the key of the object itself or of a copy's source.
void add_customer_key(const CustomerKey& key, net::HttpHeaders& headers);
void add_copy_source_key(const CustomerKey& key, net::HttpHeaders& headers);

/// All of it as one text: two that differ make different objects.
std::string describe_settings(const ObjectSettings& settings);

}  // namespace cofre::s3
