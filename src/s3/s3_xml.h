#pragma once

/// @file
/// The XML of what moves objects, both ways. Pure. Source: Amazon S3 API
/// Reference, response syntax of each operation. (Of settings: admin_xml.h.)
///
/// A document that is malformed, has another root, or lacks a field that its
/// meaning hangs on is kCorruption: an answer that cannot be understood is
/// never an empty one.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "s3/s3_request.h"
#include "store/object_store.h"

namespace cofre::s3 {

/// One page of ListObjects, of either version.
struct ListPage {
    std::vector<store::ObjectInfo> objects;
    std::vector<std::string> common_prefixes;
    bool is_truncated = false;
    std::string next_token;                  ///< Version 2.
    std::string next_marker;                 ///< Version 1, often absent: then the last key is it.
    std::optional<std::string> token;        ///< Version 2: of which page this is, if the store says.
    std::optional<std::uint64_t> key_count;  ///< Version 2: keys and prefixes, if the store says.
};
/// kUnsupported: a key that no ObjectKey can hold.
Result<ListPage> parse_list_page(std::string_view xml);

struct UploadPage {
    struct Upload {
        std::string key;
        std::string upload_id;
        WallTime initiated{};
    };
    std::vector<Upload> uploads;
    bool is_truncated = false;
    std::string next_key_marker;
    std::string next_upload_id_marker;
};
Result<UploadPage> parse_upload_page(std::string_view xml);

/// One page of ListParts. `sha256` is not set: the store gives none.
struct PartPage {
    std::vector<UploadedPart> parts;
    bool is_truncated = false;
};
Result<PartPage> parse_part_page(std::string_view xml);

/// The id of a new multipart upload; never empty.
Result<std::string> parse_upload_id(std::string_view xml);

/// ETag of a CompleteMultipartUpload, CopyObject or UploadPartCopy answer, with
/// its quotes. Empty if the store gives none: Ceph RGW 16 does so.
Result<std::string> parse_result_etag(std::string_view xml);

/// The keys that DeleteObjects did not delete.
struct DeleteFailure {
    std::string key;
    std::string code;
    std::string message;
};
Result<std::vector<DeleteFailure>> parse_delete_result(std::string_view xml);

/// An <Error> document; nullopt if `xml` is none.
struct ErrorDocument {
    std::string code;
    std::string message;
    std::string region;  ///< Where the bucket is, if the store says.
    std::string request_id;
};
std::optional<ErrorDocument> parse_error_document(std::string_view xml);

/// True for keys that XML 1.0 can carry: no control characters but tab and newline.
bool fits_in_xml(std::string_view key);

/// Body of DeleteObjects in quiet mode, for keys that fit_in_xml().
std::string delete_document(std::span<const store::ObjectKey> keys);

/// Body of CompleteMultipartUpload.
std::string complete_document(std::span<const UploadedPart> parts, bool with_checksum);

}  // namespace cofre::s3
