#include "report/notice_sender.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/parallel.h"
#include "crypto/random.h"
#include "report/notice_delivery.h"
#include "report/notice_desk.h"

namespace cofre::report {
namespace {

using std::chrono::milliseconds;

/// A lease outlasts what one channel may take, so that nobody else sends the same.
milliseconds lease_of(const SenderOptions& options) {
    return options.channel_budget * 2 + std::chrono::minutes(5);
}

constexpr milliseconds kBookLimit{15'000};  // To note in the catalog what came of a notice.

bool is_worth_retrying(const Error& error) {
    return error.is_retryable() || error.code() == ErrorCode::kDeadlineExceeded ||
           error.code() == ErrorCode::kResourceExhausted || error.code() == ErrorCode::kInternal;
}

}  // namespace

milliseconds retry_wait(const SenderOptions& options, std::uint64_t attempts, double jitter,
                        std::optional<milliseconds> asked) {
    milliseconds wait = options.first_retry;
    for (std::uint64_t i = 1; i < attempts && wait < options.longest_retry; ++i)
        wait *= 2;
    wait = std::min(wait, options.longest_retry);
    const double part = 0.5 + jitter / 2;
    wait = milliseconds(static_cast<std::int64_t>(static_cast<double>(wait.count()) * part));
    return std::max(wait, asked.value_or(milliseconds(0)));
}

NoticeSender::NoticeSender(catalog::Catalog& catalog, net::HttpClient& http, std::vector<ChannelSettings> channels,
                           SenderOptions options, StillWanted still_wanted, Clock& clock)
    : catalog_(catalog),
      http_(http),
      options_(std::move(options)),
      still_wanted_(std::move(still_wanted)),
      clock_(clock) {
    for (auto& channel : channels) {
        const std::string name = channel.name;
        channels_.emplace(name, std::move(channel));
    }
}

Result<std::map<std::string, NoticeSender::Batch>> NoticeSender::claim(const CallContext& ctx, SendReport& report) {
    auto& queue = catalog_.notifications();
    COFRE_ASSIGN(auto claimed, queue.claim(ctx, options_.owner, clock_.wall_now(), lease_of(options_), options_.batch));
    std::map<std::string, Batch> batches;
    for (auto& note : claimed) {
        auto notice = decode_notice(note.payload);
        if (!notice || channels_.count(note.channel) == 0) {
            const std::string why =
                notice ? "there is no channel \"" + note.channel + "\" any more" : notice.error().message();
            COFRE_TRY(queue.give_up(ctx, note.id, options_.owner, why, catalog::NotificationState::kDropped));
            ++report.dropped;
            continue;
        }
        auto& batch = batches[note.channel];
        batch.push_back({std::move(note), *std::move(notice)});
    }
    return batches;
}

Status NoticeSender::give_up(const CallContext& ctx, const Item& item, const Error& error) {
    const auto& note = item.queued;
    COFRE_TRY(catalog_.notifications().give_up(ctx, note.id, options_.owner, error.message()));
    log_error("report", "notification given up: " + error.message());
    const nlohmann::ordered_json details = {
        {"event", note.event}, {"job", note.job}, {"attempts", note.attempts}, {"error", error.message()}};
    return catalog_.audit().append(
        ctx, {.id = {},
              .at = clock_.wall_now(),
              .who = "notifications",
              .what = "notification.given_up",
              .subject = note.channel,
              .details = details.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)});
}

Status NoticeSender::settle(const Item& item, const std::optional<Error>& error, Guarded<SendReport>& report) {
    // Not the pass's own limits: what was sent must not be sent again because it ended just now.
    const CallContext ctx{{}, clock_.now() + kBookLimit};
    auto& queue = catalog_.notifications();
    const auto& note = item.queued;
    if (!error) {
        COFRE_TRY(queue.mark_sent(ctx, note.id, options_.owner, clock_.wall_now()));
        report.with([](SendReport& r) { ++r.sent; });
        return {};
    }
    const bool is_last = note.attempts >= static_cast<std::uint64_t>(options_.max_attempts);
    if (is_last || !is_worth_retrying(*error)) {
        report.with([](SendReport& r) { ++r.failed; });
        return give_up(ctx, item, *error);
    }
    const auto wait = retry_wait(options_, note.attempts, crypto::random_fraction(), error->retry_after());
    report.with([](SendReport& r) { ++r.retried; });
    log_warning("report", error->message() + "; tried again later");
    return queue.retry_later(ctx, note.id, options_.owner, error->message(), clock_.wall_now() + wait);
}

/// The inner error: the channel's; the outer: a stop.
Result<std::optional<Error>> NoticeSender::attempt(const CallContext& ctx, const ChannelSettings& settings,
                                                   const Notice& notice) {
    auto outcome = deliver(ctx, http_, settings, notice, clock_);
    if (outcome) return std::optional<Error>();
    // A stop is not the channel's fault: the lease ends, and another sender goes on.
    if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "stopped while notifications were sent");
    return std::optional<Error>(std::move(outcome).error());
}

Status NoticeSender::send_digest(const CallContext& ctx, const ChannelSettings& settings, Batch items,
                                 Guarded<SendReport>& report, std::optional<Error>& trouble) {
    if (items.empty()) return {};
    Notice digest;
    digest.kind = NoticeKind::kDigest;
    digest.id = items.front().notice.id;
    digest.host = items.front().notice.host;
    digest.at = clock_.wall_now();
    std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.notice.at < b.notice.at; });
    for (const auto& item : items) {
        const Notice& n = item.notice;
        if (digest.digest.size() >= Notice::kMaxDigest) ++digest.digest_left_out;
        if (digest.digest.size() < Notice::kMaxDigest) {
            digest.digest.push_back({n.job, n.kind, n.at, n.bytes_read, n.error});
        }
    }
    if (!trouble) {
        COFRE_ASSIGN(trouble, attempt(ctx, settings, digest));
    }
    for (const auto& item : items)
        COFRE_TRY(settle(item, trouble, report));
    return {};
}

Status NoticeSender::serve(const CallContext& ctx, const std::string& channel, Batch& batch,
                           Guarded<SendReport>& report) {
    const ChannelSettings& settings = channels_.at(channel);
    const auto end = clock_.now() + options_.channel_budget;
    std::optional<Error> trouble;  // After one, the rest of the batch is not tried.
    Batch digest;
    for (auto& item : batch) {
        if (item.queued.event == kDigestItem) {
            digest.push_back(std::move(item));
            continue;
        }
        bool is_wanted = true;
        if (still_wanted_) {
            COFRE_ASSIGN(is_wanted, still_wanted_(ctx, item.notice));
        }
        if (!is_wanted) {
            COFRE_TRY(catalog_.notifications().give_up(ctx, item.queued.id, options_.owner, "not needed any more",
                                                       catalog::NotificationState::kDropped));
            report.with([](SendReport& r) { ++r.dropped; });
            continue;
        }
        if (!trouble && clock_.now() >= end) {
            trouble = Error(ErrorCode::kUnavailable, "channel \"" + channel + "\" is too slow for all that waits");
        }
        std::optional<Error> error = trouble;
        if (!error) {
            COFRE_ASSIGN(error, attempt(ctx, settings, item.notice));
        }
        COFRE_TRY(settle(item, error, report));
        // What a service refuses about one notice, it may take of the next.
        if (error && is_worth_retrying(*error)) trouble = std::move(error);
    }
    return send_digest(ctx, settings, std::move(digest), report, trouble);
}

Result<SendReport> NoticeSender::send_due(const CallContext& ctx) {
    SendReport total;
    for (;;) {
        COFRE_ASSIGN(auto batches, claim(ctx, total));
        if (batches.empty()) return total;
        std::vector<std::pair<std::string, Batch>> work(std::make_move_iterator(batches.begin()),
                                                        std::make_move_iterator(batches.end()));
        Guarded<SendReport> report;
        COFRE_TRY(parallel_for(ctx, work.size(), options_.channels_at_once,
                               [&](const CallContext& inner, std::size_t i) -> Status {
                                   auto status = serve(inner, work[i].first, work[i].second, report);
                                   // Another sender was faster, or a lease ran out: not ours any more.
                                   if (!status && status.error().code() == ErrorCode::kConflict) return {};
                                   return status;
                               }));
        report.with([&](const SendReport& r) {
            total.sent += r.sent;
            total.retried += r.retried;
            total.failed += r.failed;
            total.dropped += r.dropped;
        });
    }
}

Status NoticeSender::run(const CallContext& ctx) {
    while (!ctx.stop.stop_requested()) {
        const auto sent = send_due(ctx);
        if (!sent && !ctx.stop.stop_requested()) log_warning("report", "notifications: " + sent.error().message());
        milliseconds wait = options_.poll;
        if (const auto due = catalog_.notifications().next_due(ctx); due && *due) {
            const auto until = std::chrono::ceil<milliseconds>(**due - clock_.wall_now());
            wait = std::clamp(until, milliseconds(100), wait);
        }
        if (!clock_.sleep(ctx, wait)) break;
    }
    return {};
}

}  // namespace cofre::report
