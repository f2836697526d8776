#pragma once

/// @file
/// All that a store says of one object when it is only asked what it is.
/// Source: Amazon S3 API Reference, "HeadObject" and "GetObjectAttributes".

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http_message.h"
#include "s3/bucket_rules.h"
#include "store/object_store.h"

namespace cofre::s3 {

/// Whether the bytes of an archived object can be read.
enum class Readiness : std::uint8_t {
    kReady,     ///< Not archived.
    kArchived,  ///< Reading it fails; ask for a restore.
    kUnderWay,  ///< A restore was asked for.
    kRestored,  ///< A copy can be read until `restored_until`.
};

/// "ready", "archived", "restoring", "restored".
std::string_view word_for(Readiness readiness);

struct ObjectDetail {
    store::ObjectHead head;
    std::string storage_class;  ///< "STANDARD" where the store says nothing.
    std::string encryption;     ///< "AES256", "aws:kms", "SSE-C"; empty: none, or not told.
    std::string kms_key_id;
    Readiness readiness = Readiness::kReady;
    std::optional<WallTime> restored_until;
    std::optional<Retention> retention;  ///< Only if the store tells, and we may know.
    bool legal_hold = false;
    std::optional<int> tag_count;
    std::string expires;             ///< What lifecycle rules have in store for it, in the store's own words.
    std::string replication_status;  ///< Empty: not replicated.
};

/// From a HEAD answer. kCorruption as for read_object_head(); a header of the
/// rest that cannot be understood is left out.
Result<ObjectDetail> read_object_detail(const net::HttpResponse& response);

/// What GetObjectAttributes adds.
struct ObjectAttributes {
    struct Part {
        int number = 0;
        std::uint64_t size = 0;
        std::map<std::string, std::string> checksums;
    };
    std::string etag;
    std::uint64_t size = 0;
    std::string storage_class;
    std::map<std::string, std::string> checksums;  ///< "SHA256", "CRC64NVME": as base64.
    std::string checksum_type;                     ///< "FULL_OBJECT" or "COMPOSITE".
    std::optional<int> part_count;
    std::vector<Part> parts;  ///< The first 1 000, if they have checksums.
};

}  // namespace cofre::s3
