#include "s3/subresource_request.h"

#include "base/encoding.h"
#include "base/units.h"

namespace cofre::s3 {
namespace {

// 1 000 lifecycle rules or versions, with keys percent-encoded threefold.
constexpr std::size_t kMaxDocumentBytes = 8_MiB;

S3Request subresource_request(S3Operation operation, std::string_view method, const Subresource& subresource) {
    S3Request request;
    request.operation = operation;
    request.method = method;
    request.key = subresource.key;
    request.query = {{std::string(subresource.name), ""}};
    if (!subresource.version_id.empty()) request.query.push_back({"versionId", std::string(subresource.version_id)});
    request.max_reply = kMaxDocumentBytes;
    return request;
}

}  // namespace

S3Request read_subresource(S3Operation operation, const Subresource& subresource) {
    return subresource_request(operation, "GET", subresource);
}

S3Request write_subresource(S3Operation operation, const Subresource& subresource, std::string_view document) {
    auto request = subresource_request(operation, "PUT", subresource);
    request.has_text = true;
    request.text = document;
    if (!document.empty()) request.headers.push_back({"content-type", "application/xml"});
    request.headers.push_back({"content-md5", base64_encode(crypto::md5(as_bytes(document)))});
    return request;
}

S3Request delete_subresource(S3Operation operation, const Subresource& subresource) {
    return subresource_request(operation, "DELETE", subresource);
}

S3Request list_object_versions(std::string_view prefix, std::string_view key_marker, std::string_view version_marker) {
    auto request = subresource_request(S3Operation::kListObjectVersions, "GET", {.name = "versions"});
    request.query.push_back({"prefix", std::string(prefix)});
    request.query.push_back({"max-keys", "1000"});
    request.query.push_back({"encoding-type", "url"});
    if (!key_marker.empty()) request.query.push_back({"key-marker", std::string(key_marker)});
    if (!version_marker.empty()) request.query.push_back({"version-id-marker", std::string(version_marker)});
    return request;
}

S3Request delete_version(const store::ObjectKey& key, std::string_view version_id, bool bypass_governance) {
    S3Request request;
    request.operation = S3Operation::kDeleteVersion;
    request.method = "DELETE";
    request.key = key.str();
    request.query = {{"versionId", std::string(version_id)}};
    if (bypass_governance) request.headers.push_back({"x-amz-bypass-governance-retention", "true"});
    return request;
}

}  // namespace cofre::s3
