#pragma once

/// @file
/// Empties the catalog's queue of notifications. Nothing that happens here
/// touches the outcome of a backup.

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "net/http_client.h"
#include "report/channel_settings.h"
#include "report/notice.h"

namespace cofre::report {

struct SenderOptions {
    std::string owner;      ///< Who claims: unique among all senders.
    int max_attempts = 12;  ///< With the waits below: about seven hours.
    std::chrono::milliseconds first_retry{15'000};
    std::chrono::milliseconds longest_retry{3'600'000};
    int channels_at_once = 8;
    std::size_t batch = 100;  ///< Notices claimed at once: what memory holds.
    /// What one channel may take of one pass; the rest of its batch waits.
    std::chrono::milliseconds channel_budget{120'000};
    /// Longest wait before the queue is looked at again: another process may
    /// have put something there.
    std::chrono::milliseconds poll{15'000};
};

/// Twice the wait of the attempt before, from half of it to all of it (`jitter` in
/// [0, 1)); at least what the service asked for.
std::chrono::milliseconds retry_wait(const SenderOptions& options, std::uint64_t attempts, double jitter,
                                     std::optional<std::chrono::milliseconds> asked);

struct SendReport {
    std::size_t sent = 0;
    std::size_t retried = 0;  ///< Will be tried again.
    std::size_t failed = 0;   ///< Given up; the audit log says so.
    std::size_t dropped = 0;  ///< The channel is gone, or the news has become old.
};

/// Thread-safe; any number may work on one catalog. Channels are served at the
/// same time, each one's notices in order; a channel that fails is left alone for
/// the rest of the pass. All references must outlive it.
class NoticeSender {
public:
    /// False: the notice need not be sent any more.
    using StillWanted = std::function<Result<bool>(const CallContext&, const Notice&)>;

    NoticeSender(catalog::Catalog& catalog, net::HttpClient& http, std::vector<ChannelSettings> channels,
                 SenderOptions options, StillWanted still_wanted = {}, Clock& clock = system_clock());

    /// Sends what is due now. Errors: the catalog's, or a stop.
    Result<SendReport> send_due(const CallContext& ctx);

    /// send_due() again and again, until a stop, which is not an error. What the
    /// catalog answers is logged and tried again.
    Status run(const CallContext& ctx);

private:
    struct Item {
        catalog::Notification queued;
        Notice notice;
    };
    using Batch = std::vector<Item>;

    Result<std::map<std::string, Batch>> claim(const CallContext& ctx, SendReport& report);
    Status serve(const CallContext& ctx, const std::string& channel, Batch& batch, Guarded<SendReport>& report);
    Status send_digest(const CallContext& ctx, const ChannelSettings& settings, Batch items,
                       Guarded<SendReport>& report, std::optional<Error>& trouble);
    Result<std::optional<Error>> attempt(const CallContext& ctx, const ChannelSettings& settings, const Notice& notice);
    Status settle(const Item& item, const std::optional<Error>& error, Guarded<SendReport>& report);
    Status give_up(const CallContext& ctx, const Item& item, const Error& error);

    catalog::Catalog& catalog_;
    net::HttpClient& http_;
    std::map<std::string, ChannelSettings> channels_;
    SenderOptions options_;
    StillWanted still_wanted_;
    Clock& clock_;
};

}  // namespace cofre::report
