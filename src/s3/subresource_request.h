#pragma once

/// @file
/// Private to s3: requests for what hangs on an object or a bucket: "?tagging",
/// "?lifecycle". Pure. Source: Amazon S3 API Reference.

#include <string>
#include <string_view>

#include "s3/s3_request.h"

namespace cofre::s3 {

/// Views must outlive the request.
struct Subresource {
    std::string_view key;  ///< Empty: the bucket's.
    std::string_view name;
    std::string_view version_id;  ///< Empty: the current version.
};

S3Request read_subresource(S3Operation operation, const Subresource& subresource);
/// With Content-MD5, without which stores refuse most of these. `document`: XML.
S3Request write_subresource(S3Operation operation, const Subresource& subresource, std::string_view document);
S3Request delete_subresource(S3Operation operation, const Subresource& subresource);

/// One page of ListObjectVersions after key and version.
S3Request list_object_versions(std::string_view prefix, std::string_view key_marker, std::string_view version_marker);
S3Request delete_version(const store::ObjectKey& key, std::string_view version_id, bool bypass_governance);

}  // namespace cofre::s3
