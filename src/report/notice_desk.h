#pragma once

/// @file
/// Where the rest of the program says what happened: decides who hears of it, and
/// queues it in the catalog. Sending is notice_sender's.

#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "report/notice_rules.h"

namespace cofre::report {

/// Event of queued notices that wait for a digest.
inline constexpr std::string_view kDigestItem = "digest_item";

/// Thread-safe for different jobs; runs of one job do not overlap. `catalog` and
/// `clock` must outlive it.
class NoticeDesk {
public:
    NoticeDesk(catalog::Catalog& catalog, NoticeRules rules, Clock& clock = system_clock())
        : catalog_(catalog), rules_(std::move(rules)), clock_(clock) {}

    /// Queues `event` for those who want it; how many that were. Its error and hint
    /// are redacted here once more. An empty id, and a time of 0, are filled in.
    /// Telling the same run's end twice queues nothing new. Errors: the catalog's.
    Result<std::size_t> tell(const CallContext& ctx, Notice event);

    /// A person knows that `job` fails: no escalation until it works again.
    Status acknowledge(const CallContext& ctx, const std::string& job);

    /// False: an escalation whose trouble has ended, or is acknowledged.
    Result<bool> is_still_wanted(const CallContext& ctx, const Notice& notice);

    Result<JobMemory> memory(const CallContext& ctx, const std::string& job);

private:
    Status remember(const CallContext& ctx, const std::string& job, const JobMemory& memory);

    catalog::Catalog& catalog_;
    NoticeRules rules_;
    Clock& clock_;
};

}  // namespace cofre::report
