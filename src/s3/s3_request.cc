#include "s3/s3_request.h"

#include <array>
#include <span>

#include "base/check.h"
#include "base/encoding.h"
#include "base/units.h"

namespace cofre::s3 {
namespace {

// A page of 1 000 keys of 1 024 bytes, percent-encoded threefold, and their attributes.
constexpr std::size_t kMaxPageBytes = 8_MiB;

S3Request on_key(S3Operation operation, std::string_view method, const store::ObjectKey& key) {
    S3Request request;
    request.operation = operation;
    request.method = method;
    request.key = key.str();
    return request;
}

void add_fields(S3Request& request, const ObjectFields& fields) {
    if (!fields.content_type.empty()) request.headers.push_back({"content-type", fields.content_type});
    add_creation_headers(fields.settings, fields.retain_until, request.headers);
    for (const auto& [name, value] : fields.metadata)
        request.headers.push_back({"x-amz-meta-" + name, value});
}

void add_conditions(S3Request& request, const ObjectFields& fields) {
    if (fields.if_absent) request.headers.push_back({"if-none-match", "*"});
    if (!fields.if_match.empty()) request.headers.push_back({"if-match", fields.if_match});
}

void choose(S3Request& request, const ObjectChoice& choice) {
    if (!choice.version_id.empty()) request.query.push_back({"versionId", choice.version_id});
    if (!choice.if_match.empty()) request.headers.push_back({"if-match", "\"" + choice.if_match + "\""});
}

void set_document(S3Request& request, std::string_view document) {
    request.has_text = true;
    request.text = document;
    request.headers.push_back({"content-type", "application/xml"});
}

std::string range_header(const store::ByteRange& range) {
    std::string text = "bytes=" + std::to_string(range.offset) + "-";
    if (range.length) text += std::to_string(range.offset + *range.length - 1);
    return text;
}

void add_copy_source(S3Request& request, const CopySource& from) {
    std::string source = "/" + percent_encode(from.bucket) + "/" + percent_encode(from.key.str(), SlashRule::kKeep);
    if (!from.version_id.empty()) source += "?versionId=" + percent_encode(from.version_id);
    request.headers.push_back({"x-amz-copy-source", std::move(source)});
    if (from.customer_key != nullptr) add_copy_source_key(*from.customer_key, request.headers);
}

struct OperationText {
    S3Operation operation;
    std::string_view phrase;
    std::string_view permission;
};

// In the order of the enumeration.
constexpr std::array kOperations = {
    OperationText{S3Operation::kGetObject, "get object", "s3:GetObject"},
    OperationText{S3Operation::kHeadObject, "look up object", "s3:GetObject"},
    OperationText{S3Operation::kPutObject, "put object", "s3:PutObject"},
    OperationText{S3Operation::kDeleteObject, "delete object", "s3:DeleteObject"},
    OperationText{S3Operation::kDeleteObjects, "delete objects", "s3:DeleteObject"},
    OperationText{S3Operation::kCopyObject, "copy object", "s3:GetObject and s3:PutObject"},
    OperationText{S3Operation::kListObjects, "list objects", "s3:ListBucket"},
    OperationText{S3Operation::kCreateMultipartUpload, "begin multipart upload", "s3:PutObject"},
    OperationText{S3Operation::kUploadPart, "upload part", "s3:PutObject"},
    OperationText{S3Operation::kUploadPartCopy, "copy part", "s3:GetObject and s3:PutObject"},
    OperationText{S3Operation::kCompleteMultipartUpload, "complete multipart upload", "s3:PutObject"},
    OperationText{S3Operation::kAbortMultipartUpload, "abort multipart upload", "s3:AbortMultipartUpload"},
    OperationText{S3Operation::kListMultipartUploads, "list multipart uploads", "s3:ListBucketMultipartUploads"},
    OperationText{S3Operation::kListParts, "list parts", "s3:ListMultipartUploadParts"},
    OperationText{S3Operation::kListObjectVersions, "list versions", "s3:ListBucketVersions"},
    OperationText{S3Operation::kDeleteVersion, "delete version of object", "s3:DeleteObjectVersion"},
    OperationText{S3Operation::kGetObjectAttributes, "read attributes of object",
                  "s3:GetObject and s3:GetObjectAttributes"},
    OperationText{S3Operation::kRestoreObject, "restore archived object", "s3:RestoreObject"},
    OperationText{S3Operation::kGetObjectTagging, "read tags of object", "s3:GetObjectTagging"},
    OperationText{S3Operation::kPutObjectTagging, "set tags of object", "s3:PutObjectTagging"},
    OperationText{S3Operation::kDeleteObjectTagging, "remove tags of object", "s3:DeleteObjectTagging"},
    OperationText{S3Operation::kGetObjectAcl, "read ACL of object", "s3:GetObjectAcl"},
    OperationText{S3Operation::kPutObjectAcl, "set ACL of object", "s3:PutObjectAcl"},
    OperationText{S3Operation::kGetObjectRetention, "read retention of object", "s3:GetObjectRetention"},
    OperationText{S3Operation::kPutObjectRetention, "set retention of object", "s3:PutObjectRetention"},
    OperationText{S3Operation::kGetObjectLegalHold, "read legal hold of object", "s3:GetObjectLegalHold"},
    OperationText{S3Operation::kPutObjectLegalHold, "set legal hold of object", "s3:PutObjectLegalHold"},
    OperationText{S3Operation::kGetBucketVersioning, "read versioning", "s3:GetBucketVersioning"},
    OperationText{S3Operation::kPutBucketVersioning, "set versioning", "s3:PutBucketVersioning"},
    OperationText{S3Operation::kGetLifecycle, "read lifecycle rules", "s3:GetLifecycleConfiguration"},
    OperationText{S3Operation::kPutLifecycle, "set lifecycle rules", "s3:PutLifecycleConfiguration"},
    OperationText{S3Operation::kDeleteLifecycle, "remove lifecycle rules", "s3:PutLifecycleConfiguration"},
    OperationText{S3Operation::kGetCors, "read CORS rules", "s3:GetBucketCORS"},
    OperationText{S3Operation::kPutCors, "set CORS rules", "s3:PutBucketCORS"},
    OperationText{S3Operation::kDeleteCors, "remove CORS rules", "s3:PutBucketCORS"},
    OperationText{S3Operation::kGetBucketLock, "read object lock settings", "s3:GetBucketObjectLockConfiguration"},
    OperationText{S3Operation::kPutBucketLock, "set object lock settings", "s3:PutBucketObjectLockConfiguration"},
    OperationText{S3Operation::kGetBucketLocation, "find the region", "s3:GetBucketLocation"},
    OperationText{S3Operation::kGetBucketPolicyStatus, "read policy status", "s3:GetBucketPolicyStatus"},
};

OperationText text_of(S3Operation operation) {
    const auto index = static_cast<std::size_t>(operation);
    COFRE_CHECK(index < kOperations.size() && kOperations[index].operation == operation);
    return kOperations[index];
}

}  // namespace

std::string_view describe(S3Operation operation) {
    return text_of(operation).phrase;
}

std::string_view permission_for(S3Operation operation) {
    return text_of(operation).permission;
}

S3Request get_object(const store::ObjectKey& key, const store::ByteRange& range, const ObjectChoice& choice,
                     bool with_checksum) {
    auto request = on_key(S3Operation::kGetObject, "GET", key);
    if (range.offset > 0 || range.length) request.headers.push_back({"range", range_header(range)});
    choose(request, choice);
    if (with_checksum) request.headers.push_back({"x-amz-checksum-mode", "ENABLED"});
    return request;
}

S3Request head_object(const store::ObjectKey& key, bool with_checksum, const ObjectChoice& choice) {
    auto request = on_key(S3Operation::kHeadObject, "HEAD", key);
    choose(request, choice);
    if (with_checksum) request.headers.push_back({"x-amz-checksum-mode", "ENABLED"});
    return request;
}

S3Request put_object(const store::ObjectKey& key, const ObjectFields& fields, const crypto::Sha256Digest& sha256) {
    auto request = on_key(S3Operation::kPutObject, "PUT", key);
    request.sha256 = sha256;
    add_fields(request, fields);
    if (fields.with_checksum) request.headers.push_back({"x-amz-checksum-sha256", sha256.base64()});
    request.needs_md5 = fields.settings.locks() && !fields.with_checksum;
    add_conditions(request, fields);
    return request;
}

S3Request delete_object(const store::ObjectKey& key) {
    return on_key(S3Operation::kDeleteObject, "DELETE", key);
}

S3Request delete_objects(std::string_view document) {
    S3Request request;
    request.operation = S3Operation::kDeleteObjects;
    request.method = "POST";
    request.query = {{"delete", ""}};
    request.max_reply = kMaxPageBytes;
    set_document(request, document);
    // The one operation that every store demands it for.
    request.headers.push_back({"content-md5", base64_encode(crypto::md5(as_bytes(document)))});
    return request;
}

S3Request copy_object(const CopySource& from, const store::ObjectKey& to, const ObjectFields& fields) {
    auto request = on_key(S3Operation::kCopyObject, "PUT", to);
    request.has_text = true;
    request.result_in_body = true;
    add_copy_source(request, from);
    add_creation_headers(fields.settings, fields.retain_until, request.headers);
    if (!fields.settings.tags.empty()) request.headers.push_back({"x-amz-tagging-directive", "REPLACE"});
    return request;
}

S3Request list_objects(const ProviderProfile& profile, std::string_view prefix, std::optional<char> delimiter,
                       const ListCursor& cursor, int max_keys) {
    S3Request request;
    request.operation = S3Operation::kListObjects;
    request.max_reply = kMaxPageBytes;
    auto& query = request.query;
    if (profile.list_version == 2) query.push_back({"list-type", "2"});
    query.push_back({"prefix", std::string(prefix)});
    query.push_back({"max-keys", std::to_string(max_keys)});
    if (delimiter) query.push_back({"delimiter", std::string(1, *delimiter)});
    if (profile.list_url_encoding) query.push_back({"encoding-type", "url"});
    if (!cursor.token.empty()) {
        query.push_back({"continuation-token", cursor.token});
    } else if (!cursor.start_after.empty()) {
        query.push_back({profile.list_version == 2 ? "start-after" : "marker", cursor.start_after});
    }
    return request;
}

S3Request create_multipart_upload(const store::ObjectKey& key, const ObjectFields& fields) {
    auto request = on_key(S3Operation::kCreateMultipartUpload, "POST", key);
    request.query = {{"uploads", ""}};
    request.has_text = true;
    add_fields(request, fields);
    if (fields.with_checksum) request.headers.push_back({"x-amz-checksum-algorithm", "SHA256"});
    return request;
}

S3Request upload_part(const store::ObjectKey& key, std::string_view upload_id, int number,
                      const crypto::Sha256Digest& sha256, bool with_checksum) {
    auto request = on_key(S3Operation::kUploadPart, "PUT", key);
    request.query = {{"partNumber", std::to_string(number)}, {"uploadId", std::string(upload_id)}};
    request.sha256 = sha256;
    if (with_checksum) request.headers.push_back({"x-amz-checksum-sha256", sha256.base64()});
    return request;
}

S3Request upload_part_copy(const store::ObjectKey& key, std::string_view upload_id, int number, const CopySource& from,
                           const store::ByteRange& range) {
    auto request = on_key(S3Operation::kUploadPartCopy, "PUT", key);
    request.query = {{"partNumber", std::to_string(number)}, {"uploadId", std::string(upload_id)}};
    request.has_text = true;
    request.result_in_body = true;
    add_copy_source(request, from);
    request.headers.push_back({"x-amz-copy-source-range", range_header(range)});
    return request;
}

S3Request complete_multipart_upload(const store::ObjectKey& key, std::string_view upload_id, std::string_view document,
                                    const ObjectFields& fields) {
    auto request = on_key(S3Operation::kCompleteMultipartUpload, "POST", key);
    request.query = {{"uploadId", std::string(upload_id)}};
    request.result_in_body = true;
    set_document(request, document);
    add_conditions(request, fields);
    return request;
}

S3Request abort_multipart_upload(const store::ObjectKey& key, std::string_view upload_id) {
    auto request = on_key(S3Operation::kAbortMultipartUpload, "DELETE", key);
    request.query = {{"uploadId", std::string(upload_id)}};
    return request;
}

S3Request list_parts(const store::ObjectKey& key, std::string_view upload_id, int after) {
    auto request = on_key(S3Operation::kListParts, "GET", key);
    request.max_reply = kMaxPageBytes;
    request.query = {{"uploadId", std::string(upload_id)}, {"max-parts", "1000"}};
    if (after > 0) request.query.push_back({"part-number-marker", std::to_string(after)});
    return request;
}

S3Request list_multipart_uploads(std::string_view prefix, std::string_view key_marker,
                                 std::string_view upload_id_marker) {
    S3Request request;
    request.operation = S3Operation::kListMultipartUploads;
    request.max_reply = kMaxPageBytes;
    request.query = {
        {"uploads", ""}, {"prefix", std::string(prefix)}, {"max-uploads", "1000"}, {"encoding-type", "url"}};
    if (!key_marker.empty()) request.query.push_back({"key-marker", std::string(key_marker)});
    if (!upload_id_marker.empty()) request.query.push_back({"upload-id-marker", std::string(upload_id_marker)});
    return request;
}

}  // namespace cofre::s3
