#pragma once

/// @file
/// One piece of news about backups, as plain data. Its JSON is what the catalog
/// queues and what webhooks and commands get; docs/notifications.md has the form.

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time_format.h"

namespace cofre::report {

enum class NoticeKind : std::uint8_t {
    kStarted,
    kSucceeded,    ///< Everything is safe.
    kWarning,      ///< A backup was made, and something is missing in it.
    kFailed,       ///< No backup was made.
    kRecovered,    ///< It succeeded after failures.
    kOverdue,      ///< No good backup within the time that was promised.
    kProofTooOld,  ///< Nothing was proven within the time that was promised.
    kDigest,       ///< What happened since the last one.
    kTest,
};

/// In the order of the enumeration: for tables and documents.
inline constexpr std::array kNoticeKinds = {NoticeKind::kStarted,     NoticeKind::kSucceeded, NoticeKind::kWarning,
                                            NoticeKind::kFailed,      NoticeKind::kRecovered, NoticeKind::kOverdue,
                                            NoticeKind::kProofTooOld, NoticeKind::kDigest,    NoticeKind::kTest};

/// "started", "succeeded", "warning", "failed", "recovered", "overdue",
/// "proof_too_old", "digest", "test". Stored: never change one.
std::string_view to_string(NoticeKind kind);
/// Also "start", "success" and "failure". kInvalidArgument names the nearest.
Result<NoticeKind> parse_notice_kind(std::string_view text);
/// A failure, an overdue backup or an old proof.
bool is_bad_news(NoticeKind kind);

/// One line of a digest.
struct DigestLine {
    std::string job;
    NoticeKind kind = NoticeKind::kSucceeded;
    WallTime at{};
    std::uint64_t bytes = 0;
    std::string error;
};

/// What is not known stays empty. No field holds a secret: the error is redacted.
struct Notice {
    NoticeKind kind = NoticeKind::kTest;
    std::string id;      ///< Unique; the same for all channels that hear of it.
    std::string job;     ///< Empty: of no single one.
    std::string run_id;  ///< Of the catalog.
    std::string host;
    std::string target;
    WallTime at{};  ///< When it happened.
    std::optional<WallTime> started_at;
    std::chrono::milliseconds elapsed{0};
    std::uint64_t files = 0;
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_stored = 0;
    std::uint64_t warning_count = 0;
    std::string snapshot_id;
    std::string error;
    std::string hint;
    std::uint64_t failures_in_row = 0;  ///< Counting this one; of kRecovered: how many there were.
    std::optional<WallTime> failing_since;
    std::optional<WallTime> last_success;
    std::string proof_grade;  ///< "list", "read", "semantic", "restore".
    std::optional<WallTime> proven_at;
    std::chrono::milliseconds promised{0};  ///< kOverdue, kProofTooOld: within what it should have been.
    std::string url;                        ///< Of the dashboard's page about it.
    bool is_escalation = false;             ///< To people who were not told at first.
    std::vector<DigestLine> digest;         ///< kDigest: oldest first, at most kMaxDigest.
    std::uint64_t digest_left_out = 0;

    static constexpr std::size_t kMaxDigest = 200;
    static constexpr std::size_t kMaxError = 4096;
};

/// One JSON document without line breaks. Texts that are not UTF-8 are escaped.
std::string encode_notice(const Notice& notice);
/// kCorruption: not such a document. Unknown members are ignored.
Result<Notice> decode_notice(std::string_view json);

}  // namespace cofre::report
