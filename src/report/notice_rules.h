#pragma once

/// @file
/// Who hears what, and when: pure functions over plain data.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time_format.h"
#include "report/notice.h"

namespace cofre::report {

/// Minutes since midnight, local time; [from, to), which may span midnight.
struct QuietHours {
    int from = 0;
    int to = 0;
};
/// "22:00-07:00". kInvalidArgument: anything else, or both times equal.
Result<QuietHours> parse_quiet_hours(std::string_view text);
/// "08:00" as minutes since midnight.
Result<int> parse_time_of_day(std::string_view text);

struct ChannelRule {
    std::string channel;
    std::set<NoticeKind> events;
    std::vector<std::string> jobs;  ///< Only of these; empty: of all.
    /// The same news of a job as last time is not told again, but after
    /// `remind_after` (0: never). Overdue backups and old proofs are always so.
    bool only_changes = false;
    std::chrono::milliseconds remind_after{0};
    /// Bad news comes only from the n-th failure in a row on, or when it has stood
    /// for so long and nobody acknowledged it; both 0: at once.
    std::uint64_t escalate_after_failures = 0;
    std::chrono::milliseconds escalate_after{0};
    bool has_quiet_hours = true;
    std::set<NoticeKind> digest_events;  ///< Collected for the daily digest instead of being sent.

    bool is_escalation() const { return escalate_after_failures > 0 || escalate_after.count() > 0; }
};

struct NoticeRules {
    std::vector<ChannelRule> channels;
    std::optional<QuietHours> quiet_hours;
    std::set<NoticeKind> quiet_pass;  ///< What is sent even then.
    int digest_at = 8 * 60;           ///< Minutes since midnight, local time.
};

/// What is remembered of a job between its runs.
struct JobMemory {
    struct Told {
        NoticeKind kind = NoticeKind::kTest;
        WallTime at{};  ///< May lie ahead: an escalation that waits.
    };
    std::uint64_t failures_in_row = 0;
    std::optional<WallTime> failing_since;
    std::optional<WallTime> last_success;
    bool is_overdue = false;
    bool is_acknowledged = false;      ///< A person knows of this failure; ends with it.
    std::map<std::string, Told> told;  ///< By channel.
};

std::string encode_job_memory(const JobMemory& memory);
/// kCorruption: not what encode_job_memory() writes.
Result<JobMemory> decode_job_memory(std::string_view json);

struct NoticeDecision {
    std::string channel;
    Notice notice;  ///< Its kind may differ from the event's: a success is a recovery.
    WallTime at{};  ///< Not before the event.
    bool is_for_digest = false;
    std::string dedup_key;  ///< The same for the same news, however often it is told.
};

struct RuleOutcome {
    std::vector<NoticeDecision> decisions;
    JobMemory memory;
};

/// `utc_offset`: of the local time at the event. A quiet time or digest on the
/// other side of a change of clocks is off by that change.
RuleOutcome decide(const NoticeRules& rules, const JobMemory& memory, const Notice& event,
                   std::chrono::minutes utc_offset);

}  // namespace cofre::report
