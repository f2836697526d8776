#pragma once

/// @file
/// Every operation as a request, before it has a host, a date and a signature.
/// Pure. Source: Amazon S3 API Reference, one page for each operation.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest.h"
#include "net/http_message.h"
#include "net/url.h"
#include "s3/object_choice.h"
#include "s3/object_settings.h"
#include "s3/provider_profile.h"
#include "store/object_store.h"

namespace cofre::s3 {

enum class S3Operation : std::uint8_t {
    kGetObject,
    kHeadObject,
    kPutObject,
    kDeleteObject,
    kDeleteObjects,
    kCopyObject,
    kListObjects,
    kCreateMultipartUpload,
    kUploadPart,
    kUploadPartCopy,
    kCompleteMultipartUpload,
    kAbortMultipartUpload,
    kListMultipartUploads,
    kListParts,
    kListObjectVersions,
    kDeleteVersion,
    kGetObjectAttributes,
    kRestoreObject,
    kGetObjectTagging,
    kPutObjectTagging,
    kDeleteObjectTagging,
    kGetObjectAcl,
    kPutObjectAcl,
    kGetObjectRetention,
    kPutObjectRetention,
    kGetObjectLegalHold,
    kPutObjectLegalHold,
    kGetBucketVersioning,
    kPutBucketVersioning,
    kGetLifecycle,
    kPutLifecycle,
    kDeleteLifecycle,
    kGetCors,
    kPutCors,
    kDeleteCors,
    kGetBucketLock,
    kPutBucketLock,
    kGetBucketLocation,
    kGetBucketPolicyStatus,
};

/// "get object", for messages; and the permission that it needs.
std::string_view describe(S3Operation operation);
std::string_view permission_for(S3Operation operation);

/// Views and pointers must outlive the request.
struct S3Request {
    S3Operation operation = S3Operation::kGetObject;
    std::string_view method = "GET";
    std::string key;  ///< Empty: the bucket itself.
    net::QueryParameters query;
    net::HttpHeaders headers;  ///< Names in lower case. Host, date and signature come later.
    bool has_text = false;
    std::string_view text;               ///< A body in memory, ...
    const ByteSource* source = nullptr;  ///< ... or one that is read while it is sent;
    /// the SHA-256 of either. Absent: computed from `text`.
    std::optional<crypto::Sha256Digest> sha256;
    /// Send Content-MD5 too: an object that is born locked is refused without
    /// it, or a checksum of Amazon's kind.
    bool needs_md5 = false;
    /// A status of 200 may still carry an error document: copies and completions.
    bool result_in_body = false;
    std::size_t max_reply = 65'536;  ///< Bytes of an answer that is kept.
};

/// What a new object is born with.
struct ObjectFields {
    std::string content_type;
    std::map<std::string, std::string> metadata;
    ObjectSettings settings;
    WallTime retain_until{};     ///< Where the settings have a retention.
    bool if_absent = false;      ///< Sends If-None-Match; only where the provider honours it.
    std::string if_match;        ///< Sent as it is, unless empty.
    bool with_checksum = false;  ///< Asks the store to check and keep SHA-256.

    bool is_conditional() const { return if_absent || !if_match.empty(); }
};

/// Where a listing goes on.
struct ListCursor {
    std::string token;        ///< Version 2: the continuation token; empty for the first page.
    std::string start_after;  ///< First page of version 2, or marker of version 1.
};

struct UploadedPart {
    int number = 0;
    std::uint64_t size = 0;
    std::string etag;  ///< With its quotes, as the store gave it.
    crypto::Sha256Digest sha256;
};

S3Request get_object(const store::ObjectKey& key, const store::ByteRange& range, const ObjectChoice& choice,
                     bool with_checksum);
S3Request head_object(const store::ObjectKey& key, bool with_checksum, const ObjectChoice& choice = {});
/// The body is for the caller to set.
S3Request put_object(const store::ObjectKey& key, const ObjectFields& fields, const crypto::Sha256Digest& sha256);
S3Request delete_object(const store::ObjectKey& key);
/// `document`: from delete_document().
S3Request delete_objects(std::string_view document);
/// What is copied: an object of the same bucket.
struct CopySource {
    std::string_view bucket;
    const store::ObjectKey& key;
    std::string_view version_id = {};
    const CustomerKey* customer_key = nullptr;  ///< That it is encrypted with.
};
/// Content type and metadata are copied too, tags unless `fields` has some.
S3Request copy_object(const CopySource& from, const store::ObjectKey& to, const ObjectFields& fields);
S3Request list_objects(const ProviderProfile& profile, std::string_view prefix, std::optional<char> delimiter,
                       const ListCursor& cursor, int max_keys);

S3Request create_multipart_upload(const store::ObjectKey& key, const ObjectFields& fields);
/// The body is for the caller to set.
S3Request upload_part(const store::ObjectKey& key, std::string_view upload_id, int number,
                      const crypto::Sha256Digest& sha256, bool with_checksum);
S3Request upload_part_copy(const store::ObjectKey& key, std::string_view upload_id, int number, const CopySource& from,
                           const store::ByteRange& range);
/// `document`: from complete_document().
/// Of `fields`, only the conditions matter.
S3Request complete_multipart_upload(const store::ObjectKey& key, std::string_view upload_id, std::string_view document,
                                    const ObjectFields& fields);
S3Request abort_multipart_upload(const store::ObjectKey& key, std::string_view upload_id);
/// Parts after number `after`.
S3Request list_parts(const store::ObjectKey& key, std::string_view upload_id, int after);
S3Request list_multipart_uploads(std::string_view prefix, std::string_view key_marker,
                                 std::string_view upload_id_marker);

}  // namespace cofre::s3
