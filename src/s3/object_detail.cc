#include "s3/object_detail.h"

#include <charconv>

#include "s3/object_head.h"

namespace cofre::s3 {
namespace {

/// The text between quotes behind `name=`; empty if it is not there.
std::string_view quoted_value(std::string_view text, std::string_view name) {
    const auto at = text.find(std::string(name) + "=\"");
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + name.size() + 2);
    return text.substr(0, text.find('"'));
}

bool is_archive_class(std::string_view storage_class) {
    return storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE";
}

// ongoing-request="false", expiry-date="Fri, 21 Dec 2012 00:00:00 GMT"
void read_readiness(const net::HttpResponse& response, ObjectDetail& detail) {
    const auto restore = response.header("x-amz-restore");
    const bool archived = is_archive_class(detail.storage_class) || !response.header("x-amz-archive-status").empty();
    if (archived) detail.readiness = Readiness::kArchived;
    if (restore.empty()) return;
    if (quoted_value(restore, "ongoing-request") == "true") {
        detail.readiness = Readiness::kUnderWay;
        return;
    }
    detail.readiness = Readiness::kRestored;
    if (const auto until = parse_http_date(quoted_value(restore, "expiry-date"))) detail.restored_until = *until;
}

void read_lock(const net::HttpResponse& response, ObjectDetail& detail) {
    detail.legal_hold = response.header("x-amz-object-lock-legal-hold") == "ON";
    const auto mode = response.header("x-amz-object-lock-mode");
    const auto until = parse_rfc3339(response.header("x-amz-object-lock-retain-until-date"));
    if (mode.empty() || !until) return;
    detail.retention =
        Retention{mode == "COMPLIANCE" ? RetentionMode::kCompliance : RetentionMode::kGovernance, *until};
}

}  // namespace

std::string_view word_for(Readiness readiness) {
    switch (readiness) {
        case Readiness::kReady: return "ready";
        case Readiness::kArchived: return "archived";
        case Readiness::kUnderWay: return "restoring";
        case Readiness::kRestored: return "restored";
    }
    return "unknown";
}

Result<ObjectDetail> read_object_detail(const net::HttpResponse& response) {
    ObjectDetail detail;
    COFRE_ASSIGN(detail.head, read_object_head(response));
    detail.storage_class = response.header("x-amz-storage-class");
    if (detail.storage_class.empty()) detail.storage_class = "STANDARD";
    detail.encryption = response.header("x-amz-server-side-encryption");
    if (!response.header("x-amz-server-side-encryption-customer-algorithm").empty()) detail.encryption = "SSE-C";
    detail.kms_key_id = response.header("x-amz-server-side-encryption-aws-kms-key-id");
    read_readiness(response, detail);
    read_lock(response, detail);
    const auto tags = response.header("x-amz-tagging-count");
    int count = 0;
    if (std::from_chars(tags.data(), tags.data() + tags.size(), count).ec == std::errc()) detail.tag_count = count;
    detail.expires = response.header("x-amz-expiration");
    detail.replication_status = response.header("x-amz-replication-status");
    return detail;
}

}  // namespace cofre::s3
