#include "cli/run_notices.h"

#include <utility>

#include "base/log.h"

namespace cofre::cli {
namespace {

// A notification service that hangs holds the command up no longer than this.
constexpr std::chrono::milliseconds kSendLimit = std::chrono::minutes(1);
constexpr std::chrono::milliseconds kQueueLimit = std::chrono::seconds(15);

report::NoticeKind kind_of_end(const JobReport& report) {
    const int status = report.exit_status();
    if (status == kExitDone) return report::NoticeKind::kSucceeded;
    return status == kExitPartial ? report::NoticeKind::kWarning : report::NoticeKind::kFailed;
}

}  // namespace

RunNotices::RunNotices(const App& app, const config::Config& config, catalog::Catalog* catalog) : app_(app) {
    if (config.notifications.channels.empty()) return;
    if (catalog == nullptr) {
        app_.console.warning("nobody is notified: notifications wait in the catalog, which is not there");
        return;
    }
    auto notifier = daemon::Notifier::create(config.notifications, *catalog, app.clock);
    if (!notifier) {
        app_.console.warning("nobody is notified: " + notifier.error().message());
        return;
    }
    notifier_ = *std::move(notifier);
}

void RunNotices::tell(report::Notice notice) {
    if (!notifier_) return;
    // Not the run's context: that it was stopped is news, too.
    const auto told = notifier_->tell({{}, app_.clock.now() + kQueueLimit}, std::move(notice));
    if (!told) app_.console.warning("nobody is notified: " + told.error().message());
}

void RunNotices::started(const config::JobConfig& job, const std::string& run_id) {
    report::Notice notice;
    notice.kind = report::NoticeKind::kStarted;
    notice.job = job.name;
    notice.run_id = run_id;
    tell(std::move(notice));
    send();
}

void RunNotices::ended(const JobReport& report, const catalog::RunEnd& end, const std::string& run_id,
                       WallTime started_at) {
    if (report.exit_status() == kExitInterrupted) return;  // A person ended it, and knows.
    report::Notice notice;
    notice.kind = kind_of_end(report);
    notice.job = report.job;
    notice.run_id = run_id;
    notice.at = end.ended_at;
    notice.started_at = started_at;
    notice.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(notice.at - started_at);
    notice.target = report.target;
    if (report.error) {
        notice.error = report.error->message();
        notice.hint = report.error->hint();
    }
    notice.snapshot_id = end.snapshot_id;
    notice.files = end.files;
    notice.bytes_read = end.bytes_read;
    notice.bytes_stored = end.bytes_stored;
    notice.warning_count = end.warning_count;
    if (notice.error.empty() && !end.warnings.empty()) notice.error = end.warnings.front();
    tell(std::move(notice));
}

void RunNotices::send() {
    if (!notifier_) return;
    const CallContext ctx{app_.ctx.stop, app_.clock.now() + kSendLimit};
    const auto sent = notifier_->sender().send_due(ctx);
    if (!sent && !app_.ctx.stop.stop_requested()) log_warning("cli", "notifications wait: " + sent.error().message());
}

}  // namespace cofre::cli
