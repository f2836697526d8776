#include "cli/run_recorder.h"

#include <algorithm>
#include <utility>

#include <sys/resource.h>

#include "base/log.h"
#include "base/secret.h"
#include "base/utf8.h"
#include "daemon/catalog_place.h"
#include "daemon/job_plan.h"

namespace cofre::cli {
namespace {

constexpr std::chrono::seconds kOpenLimit{15};
constexpr std::chrono::seconds kWriteLimit{30};
constexpr int kBeatsPerLease = 3;
constexpr std::uint64_t kPrunedAtOnce = 10'000;
constexpr std::uint64_t kKibi = 1024;

std::chrono::milliseconds to_ms(const timeval& time) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds(time.tv_sec) +
                                                                 std::chrono::microseconds(time.tv_usec));
}

/// Of this process and of the tools that it has waited for.
std::chrono::milliseconds cpu_time_so_far() {
    std::chrono::milliseconds total{0};
    for (const auto who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage{};
        if (::getrusage(who, &usage) == 0) total += to_ms(usage.ru_utime) + to_ms(usage.ru_stime);
    }
    return total;
}

std::uint64_t peak_memory_so_far() {
    rusage usage{};
    return ::getrusage(RUSAGE_SELF, &usage) == 0 ? static_cast<std::uint64_t>(usage.ru_maxrss) * kKibi : 0;
}

void warn_of_catalog(const App& app, const Error& error) {
    app.console.warning("the catalog is not kept: " + error.message());
    log_warning("cli", "the catalog is not kept: " + error.message());
}

std::vector<catalog::RunSource> sources_of(const config::JobConfig& job, catalog::RunState state) {
    const bool is_safe = state == catalog::RunState::kSucceeded || state == catalog::RunState::kPartial;
    std::vector<catalog::RunSource> sources;
    for (const auto& source : job.sources)
        sources.push_back({escape_for_display(redact(source)), is_safe ? "done" : "failed", 0, 0});
    for (const auto& database : job.databases)
        sources.push_back({"database " + database, is_safe ? "done" : "failed", 0, 0});
    return sources;
}

void add_outcome(const backup::BackupOutcome& outcome, catalog::RunEnd& end) {
    end.snapshot_id = outcome.snapshot_id;
    end.layout = outcome.repository ? "repository" : "objects";
    end.files = outcome.summary.files;
    end.bytes_read = outcome.summary.bytes;
    end.bytes_stored = outcome.repository ? outcome.repository->data_added_packed : outcome.summary.uploaded_bytes;
    for (const auto& warning : outcome.warnings)
        end.warnings.push_back(redact(warning));
    for (const auto& problem : outcome.problems) {
        if (end.warnings.size() >= catalog::RunEnd::kMaxDetails) break;
        end.warnings.push_back(escape_for_display(problem.path) + ": " + redact(problem.message));
    }
    end.warning_count = outcome.warnings.size() + outcome.problem_count;
    if (outcome.problem_count > 0 && !outcome.problems.empty()) {
        const auto& first = outcome.problems.front();
        end.error = (first.path.empty() ? "" : escape_for_display(first.path) + ": ") + redact(first.message);
    }
}

}  // namespace

void PhaseTimer::end_current() {
    if (!begun_) return;
    phases_.back().elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now() - *begun_);
    begun_.reset();
}

void PhaseTimer::begin(std::string name) {
    end_current();
    phases_.push_back({std::move(name), clock_.wall_now(), {}});
    begun_ = clock_.now();
}

std::vector<catalog::RunPhase> PhaseTimer::finish() {
    end_current();
    return std::exchange(phases_, {});
}

RunRecording::RunRecording(const App& app, catalog::Catalog* catalog, const config::Config& config,
                           const config::JobConfig& job, const RunClaim& wanted)
    : app_(app), catalog_(catalog), config_(config), job_(job), phases_(app.clock), cpu_before_(cpu_time_so_far()) {
    if (catalog_ == nullptr) return;
    if (const Status claimed = claim(wanted); !claimed) {
        run_id_.clear();
        warn_of_catalog(app_, claimed.error());
        return;
    }
    if (run_id_.empty()) return;
    heart_ = std::make_unique<TaskGroup>(std::stop_token());
    heart_->spawn([this](const std::stop_token& stop) { return keep_lease(stop); });
}

RunRecording::~RunRecording() = default;

Status RunRecording::claim(const RunClaim& wanted) {
    const CallContext ctx{app_.ctx.stop, app_.clock.now() + kWriteLimit};
    const WallTime now = app_.clock.wall_now();
    // Whoever holds the job's lock on this machine knows that no other run of it lives here.
    // A service does that itself: it tells people, and begins them again.
    if (!wanted.must_win) COFRE_TRY(catalog_->runs().mark_interrupted(ctx, now));
    catalog::ClaimRequest request{.job = job_.name,
                                  .trigger = wanted.trigger,
                                  .due_at = wanted.due,
                                  .now = now,
                                  .program_version = std::string(daemon::tool_version())};
    COFRE_ASSIGN(auto claim, catalog_->runs().claim(ctx, request));
    if (wanted.must_win && claim.result != catalog::ClaimResult::kClaimed) {
        is_refused_ = true;
        return {};
    }
    if (claim.result == catalog::ClaimResult::kActive) {
        app_.console.warning("the catalog says that run " + claim.run_id + " of job " + job_.name +
                             " is under way elsewhere");
        request.may_overlap = true;
        COFRE_ASSIGN(claim, catalog_->runs().claim(ctx, request));
    }
    run_id_ = claim.run_id;
    if (const Status begun = catalog_->runs().start(ctx, run_id_, now); !begun) warn_of_catalog(app_, begun.error());
    return {};
}

Status RunRecording::keep_lease(const std::stop_token& stop) {
    const CallContext ctx{.stop = stop};
    for (;;) {
        COFRE_TRY(app_.clock.sleep(ctx, catalog::ClaimRequest::kLease / kBeatsPerLease));
        const Status beaten = catalog_->runs().heartbeat(ctx, run_id_, app_.clock.wall_now());
        if (!beaten) log_warning("cli", "the lease of run " + run_id_ + " is not renewed: " + beaten.error().message());
    }
}

catalog::RunEnd RunRecording::end_of(const JobReport& report) {
    catalog::RunEnd end;
    end.exit_status = report.exit_status();
    end.state = catalog::state_of_exit(end.exit_status);
    end.ended_at = app_.clock.wall_now();
    if (const auto* const target = config_.find_target(job_.to)) end.target = daemon::catalog_target(*target);
    if (report.outcome) add_outcome(*report.outcome, end);
    if (report.error) end.error = redact(report.error->message());
    end.peak_memory = peak_memory_so_far();
    end.cpu_time = cpu_time_so_far() - cpu_before_;
    end.phases = phases_.finish();
    end.sources = sources_of(job_, end.state);
    return end;
}

catalog::RunEnd RunRecording::finish(const JobReport& report) {
    heart_.reset();
    auto end = end_of(report);
    if (run_id_.empty()) return end;
    // Not the run's context: how a stopped run ended is told, too.
    const CallContext ctx{{}, app_.clock.now() + kWriteLimit};
    const Status told = catalog_->runs().finish(ctx, run_id_, end);
    if (!told) warn_of_catalog(app_, told.error());
    return end;
}

std::unique_ptr<catalog::Catalog> open_optional_catalog(const App& app, const config::Config& config) {
    const CallContext ctx{app.ctx.stop, app.clock.now() + kOpenLimit};
    auto opened = [&]() -> Result<std::unique_ptr<catalog::Catalog>> {
        COFRE_ASSIGN(const auto url, daemon::catalog_url(config));
        return catalog::Catalog::open(ctx, url);
    }();
    if (opened) return *std::move(opened);
    warn_of_catalog(app, opened.error());
    return nullptr;
}

Result<std::unique_ptr<catalog::Catalog>> open_catalog(const App& app, const std::string& given) {
    COFRE_ASSIGN(const auto config, load_optional_configuration(app));
    config::Config fallback;
    fallback.state_dir = default_state_folder();
    COFRE_ASSIGN(const auto url, daemon::catalog_url(config ? *config : fallback, given));
    return catalog::Catalog::open(app.ctx, url);
}

void prune_catalog(const App& app, catalog::Catalog& catalog, const config::Config& config) {
    if (config.catalog.keep_days == 0) return;
    const CallContext ctx{app.ctx.stop, app.clock.now() + kWriteLimit};
    const auto cutoff = app.clock.wall_now() - std::chrono::days(config.catalog.keep_days);
    const auto pruned = catalog.prune(ctx, cutoff, kPrunedAtOnce);
    if (!pruned) log_warning("cli", "old runs stay in the catalog: " + pruned.error().message());
}

}  // namespace cofre::cli
