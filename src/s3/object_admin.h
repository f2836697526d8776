#pragma once

/// @file
/// What hangs on an object: tags, ACL, retention, versions, its place in an
/// archive. S3Store::object_admin() gives one.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "s3/bucket_rules.h"
#include "s3/object_detail.h"
#include "s3/object_settings.h"
#include "store/object_store.h"

namespace cofre::s3 {

class S3Client;
struct UploadSettings;

struct ObjectAcl {
    struct Grant {
        std::string grantee;     ///< An id, a group's URI or an e-mail address.
        std::string permission;  ///< "READ", "FULL_CONTROL", ...
    };
    std::string owner;
    std::vector<Grant> grants;
};

/// How fast, and at what price, an archived object comes back.
enum class RestoreTier : std::uint8_t { kStandard, kBulk, kExpedited };

struct RestoreRequest {
    /// How long the copy can be read; absent for the archive tiers of
    /// INTELLIGENT_TIERING, which move the object itself.
    std::optional<int> days = 1;
    RestoreTier tier = RestoreTier::kStandard;
};

/// One version of one object, or the mark that it was deleted.
struct VersionInfo {
    store::ObjectKey key;
    std::string version_id;  ///< "null": from before the bucket was versioned.
    bool is_latest = false;
    bool is_delete_marker = false;
    std::uint64_t size = 0;
    std::string etag;
    std::string storage_class;
    WallTime last_modified{};
};

/// Free to copy, thread-safe, and only as long as its store lives. A
/// `version_id` may be empty: the current version. Errors common to all: those
/// of ObjectStore; kNotFound: no such object or version; kUnsupported: the store
/// does not know the operation.
class ObjectAdmin {
public:
    ObjectAdmin(S3Client& client, const UploadSettings& settings) : client_(&client), settings_(&settings) {}

    Result<ObjectDetail> stat(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id) const;
    /// nullopt where the provider keeps no checksums: nothing to be had there.
    Result<std::optional<ObjectAttributes>> attributes(const CallContext& ctx, const store::ObjectKey& key,
                                                       std::string_view version_id) const;

    Result<Tags> tags(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id) const;
    /// Replaces all tags; none: removes them.
    Status set_tags(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                    const Tags& tags) const;

    Result<ObjectAcl> acl(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id) const;
    /// `canned`: one of canned_acls().
    Status set_acl(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                   std::string_view canned) const;

    /// nullopt: none.
    Result<std::optional<Retention>> retention(const CallContext& ctx, const store::ObjectKey& key,
                                               std::string_view version_id) const;
    struct RetentionChange {
        Retention retention;
        /// Lets a GOVERNANCE retention be shortened by those who may. A
        /// COMPLIANCE one can only be extended, by anyone.
        bool bypass_governance = false;
    };
    /// kPermissionDenied: it would end sooner than the one that holds.
    Status set_retention(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                         const RetentionChange& change) const;
    Result<bool> legal_hold(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id) const;
    Status set_legal_hold(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                          bool on) const;

    /// Asks for an archived object; one whose restore is under way is not an
    /// error. How it stands then: kUnderWay or kRestored. kInvalidArgument: it is
    /// not archived.
    Result<Readiness> restore(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                              const RestoreRequest& request) const;
    /// Returns when the object can be read. Looks every minute at first, then
    /// ever more rarely, up to every 10 minutes; `on_look` hears what each look
    /// finds. kUnsupported: it is archived and no restore is under way.
    Result<ObjectDetail> wait_until_readable(const CallContext& ctx, const store::ObjectKey& key,
                                             std::string_view version_id,
                                             const std::function<void(const ObjectDetail&)>& on_look) const;

    /// Calls `visit` for each version below `prefix`: keys in ascending order,
    /// of each key the newest version first. As ObjectStore::list() otherwise.
    Status list_versions(const CallContext& ctx, std::string_view prefix,
                         const std::function<Status(const VersionInfo&)>& visit) const;
    /// Gone for good. kPermissionDenied: it is locked.
    Status remove_version(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id,
                          bool bypass_governance = false) const;
    /// Makes an old version the current one, by a copy of it; the versions since
    /// stay. A deleted object comes back so.
    Status restore_version(const CallContext& ctx, const store::ObjectKey& key, std::string_view version_id) const;
    Status copy_version(const CallContext& ctx, const store::ObjectKey& from, std::string_view version_id,
                        const store::ObjectKey& to) const;

private:
    S3Client* client_;
    const UploadSettings* settings_;
};

}  // namespace cofre::s3
