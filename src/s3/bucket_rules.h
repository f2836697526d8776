#pragma once

/// @file
/// What a bucket is told to do by itself, as plain data. Source: Amazon S3 API
/// Reference, the data types of the same names.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time_format.h"

namespace cofre::s3 {

/// kOff: never switched on; it cannot be switched off again, only suspended.
enum class Versioning : std::uint8_t { kOff, kEnabled, kSuspended };

/// "off", "enabled", "suspended".
std::string_view word_for(Versioning versioning);

/// When something happens to an object: so many days after it was made, or
/// (for versions) was replaced, or at a date. One of the two.
struct LifecycleMoment {
    std::optional<int> days;
    std::optional<WallTime> date;  ///< Midnight UTC.
};

/// A move to another storage class.
struct LifecycleTransition {
    LifecycleMoment when;
    std::string storage_class;
};

/// The same of versions that are not the current one.
struct NoncurrentTransition {
    int days = 0;
    std::optional<int> keep_newest;  ///< So many of them stay where they are.
    std::string storage_class;
};

struct LifecycleRule {
    std::string id;  ///< Empty: the store names it.
    bool enabled = true;
    std::string prefix;                         ///< Of keys; empty: all.
    std::map<std::string, std::string> tags;    ///< An object must have all of them.
    std::optional<std::uint64_t> larger_than;   ///< Bytes.
    std::optional<std::uint64_t> smaller_than;  ///< Bytes.

    std::vector<LifecycleTransition> transitions;
    std::vector<NoncurrentTransition> noncurrent_transitions;
    std::optional<LifecycleMoment> expire;
    bool expire_delete_markers = false;  ///< Of objects that have no version left.
    std::optional<int> expire_noncurrent_days;
    std::optional<int> keep_newest_noncurrent;  ///< With the former.
    std::optional<int> abort_uploads_days;      ///< Unfinished multipart uploads.

    /// Elements that the store sent and that have no place above: what would be
    /// lost if the rule were written back.
    std::vector<std::string> not_understood;
};

/// Which web pages may use the bucket from a browser.
struct CorsRule {
    std::string id;
    std::vector<std::string> allowed_origins;  ///< "https://host", may hold one '*'.
    std::vector<std::string> allowed_methods;  ///< GET, PUT, HEAD, POST, DELETE.
    std::vector<std::string> allowed_headers;
    std::vector<std::string> expose_headers;  ///< That scripts may read, such as ETag.
    std::optional<std::chrono::seconds> max_age;
};

enum class RetentionMode : std::uint8_t {
    kGovernance,  ///< Whoever has s3:BypassGovernanceRetention can lift it.
    kCompliance,  ///< Nobody can, not even the owner of the account.
};

/// "GOVERNANCE", "COMPLIANCE".
std::string_view word_for(RetentionMode mode);

/// One object's protection against deletion.
struct Retention {
    RetentionMode mode = RetentionMode::kGovernance;
    WallTime until{};
};

/// Object lock of a bucket. It can be had only from the bucket's creation, or
/// from versioning on.
struct BucketLock {
    bool enabled = false;
    std::optional<RetentionMode> default_mode;  ///< What objects get that ask for nothing. With days or years.
    std::optional<int> default_days;
    std::optional<int> default_years;
};

}  // namespace cofre::s3
