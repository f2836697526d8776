#include "daemon/run_service.h"

#include <algorithm>
#include <map>
#include <set>
#include <stop_token>
#include <utility>
#include <variant>

#include "base/bounded_queue.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/task_group.h"

namespace cofre::daemon {
namespace {

using schedule::Instant;
using schedule::RunCause;

constexpr std::size_t kEvents = 1024;
constexpr std::chrono::seconds kLongestSleep{5};  // The wall clock may jump meanwhile.
constexpr std::chrono::minutes kWatchEvery{1};
constexpr std::chrono::seconds kCatalogLimit{30};

Instant to_instant(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time);
}

catalog::Trigger trigger_of(RunCause cause) {
    switch (cause) {
        case RunCause::kCatchUp: return catalog::Trigger::kCatchUp;
        case RunCause::kProcessStart: return catalog::Trigger::kStart;
        case RunCause::kTrigger: return catalog::Trigger::kManual;
        case RunCause::kSchedule:
        case RunCause::kDependency: return catalog::Trigger::kSchedule;
    }
    return catalog::Trigger::kManual;
}

/// Only what the clock asked for is done once for ever.
bool is_due_once(RunCause cause) {
    return cause == RunCause::kSchedule || cause == RunCause::kCatchUp || cause == RunCause::kDependency;
}

std::string describe(const schedule::SkippedDue& skipped) {
    using schedule::SkipReason;
    std::string text;
    switch (skipped.reason) {
        case SkipReason::kMissed: text = "missed: nothing was running"; break;
        case SkipReason::kBlackout: text = "put off by a blackout"; break;
        case SkipReason::kStillRunning: text = "the run before was still going"; break;
        case SkipReason::kStillWaiting: text = "the run before had not begun yet"; break;
        case SkipReason::kPaused: text = "the job is paused"; break;
        case SkipReason::kDependencyFailed: text = "job " + skipped.detail + " did not succeed"; break;
    }
    return skipped.count > 1 ? text + " (" + std::to_string(skipped.count) + " times)" : text;
}

struct RunEnded {
    std::string job;
    bool succeeded = false;
    bool was_ours = true;  ///< False: another process has, or had, this run.
};
struct Triggered {
    std::string job;
};
struct PauseSet {
    std::string job;
    bool paused = false;
};
struct Reloaded {
    std::vector<schedule::PlannedJob> jobs;
    schedule::PlannerLimits limits;
};
using Event = std::variant<RunEnded, Triggered, PauseSet, Reloaded>;

class Service final : public RunService {
public:
    Service(const ServicePorts& ports, schedule::RunPlanner planner, std::vector<schedule::PlannedJob> jobs,
            std::size_t workers)
        : ports_(ports), planner_(std::move(planner)), jobs_(std::move(jobs)), workers_(workers), orders_(kEvents) {}

    Status serve(const CallContext& ctx) override;
    Status trigger(const std::string& job) override;
    Status set_paused(const std::string& job, bool paused) override;
    Status reload(std::vector<schedule::PlannedJob> jobs, const schedule::PlannerLimits& limits) override;
    std::vector<ServiceJob> jobs() const override;

private:
    schedule::Moment now() const { return {to_instant(ports_.clock.wall_now()), ports_.clock.now()}; }
    CallContext catalog_context() const { return {{}, ports_.clock.now() + kCatalogLimit}; }

    Status work(const std::stop_token& stop);
    void add_worker();
    RunEnded run_one(const RunOrder& order);
    bool settle(const RunOrder& order, const ServiceEvent& ended, WallTime begun);
    void act(const schedule::Plan& plan);
    void hear_of(const schedule::SkippedDue& skipped);
    void record_skipped();
    void note_handled(const std::set<std::string>& done);
    void follow_pauses(const std::vector<catalog::JobState>& states);
    void record(const schedule::SkippedDue& skipped);
    void handle(Event event);
    void take_jobs(Reloaded reloaded);
    void take_over();
    void watch();
    Status loop(const CallContext& ctx);
    std::chrono::steady_clock::time_point next_look() const;
    Status check_known(const std::string& job) const;

    ServicePorts ports_;
    schedule::RunPlanner planner_;  // For the thread of serve() only.
    Guarded<std::vector<schedule::PlannedJob>> jobs_;
    std::size_t workers_;
    TaskGroup* group_ = nullptr;  ///< Of the workers, while serve() runs.
    BoundedQueue<RunOrder> orders_;
    BoundedQueue<Event> events_{kEvents};
    std::stop_source ending_;                                ///< Of everything, when serve() ends.
    Guarded<std::map<std::string, std::stop_source>> runs_;  ///< Those under way.
    Guarded<std::set<std::string>> late_;                    ///< Beyond their timeout.
    Guarded<std::map<std::string, schedule::WaitReason>> waiting_;
    std::vector<schedule::SkippedDue> skipped_;  ///< Not in the catalog yet. For the thread of serve().
    std::optional<Instant> wake_;
    std::chrono::steady_clock::time_point next_watch_{};
    std::map<std::string, Instant> told_overdue_;  ///< Of which due time.
};

/// A run that failed before it was claimed has no row: it gets one, so that nobody takes it for good
/// or for missed. False: it has one.
bool Service::settle(const RunOrder& order, const ServiceEvent& ended, WallTime begun) {
    if (ending_.stop_requested()) return false;
    bool is_made = false;
    const auto told = [&]() -> Status {
        const auto ctx = catalog_context();
        const catalog::HistoryFilter since{
            .job = order.job, .states = {}, .since = begun, .before = {}, .after = {}, .limit = 1};
        COFRE_ASSIGN(const auto rows, ports_.catalog.history().list(ctx, since));
        if (!rows.empty()) return {};
        const catalog::ClaimRequest request{.job = order.job,
                                            .trigger = order.trigger,
                                            .due_at = order.due,
                                            .now = begun,
                                            .may_overlap = true,
                                            .program_version = {}};
        COFRE_ASSIGN(const auto claim, ports_.catalog.runs().claim(ctx, request));
        if (claim.result != catalog::ClaimResult::kClaimed) return {};
        catalog::RunEnd end;
        end.exit_status = ended.exit_status;
        end.ended_at = ended.at;
        end.error = ended.detail;
        is_made = true;
        return ports_.catalog.runs().finish(ctx, claim.run_id, end);
    }();
    if (!told) log_warning("serve", "the catalog is not told of a run: " + told.error().message());
    return is_made;
}

/// One run from claim to end, in another process.
RunEnded Service::run_one(const RunOrder& order) {
    const auto stop = runs_.with([&](auto& runs) { return runs[order.job].get_token(); });
    const WallTime begun = ports_.clock.wall_now();
    ports_.tell({.kind = ServiceEvent::Kind::kBegun,
                 .job = order.job,
                 .at = ports_.clock.wall_now(),
                 .due = order.due,
                 .exit_status = 0,
                 .detail = {},
                 .is_news = false});
    const auto end = ports_.run({.stop = stop}, order);
    ServiceEvent event{.kind = ServiceEvent::Kind::kEnded,
                       .job = order.job,
                       .at = ports_.clock.wall_now(),
                       .due = order.due,
                       .exit_status = 0,
                       .detail = {},
                       .is_news = false};
    event.exit_status = end ? end->exit_status : 1;
    event.detail = end ? end->last_words : end.error().message();
    if (end && end->exit_status == kExitNotClaimed) {
        log_info("serve", "job " + order.job + ": another process has this run");
    } else {
        if (event.exit_status != 0) event.is_news = settle(order, event, begun);
        if (late_.with([&](auto& late) { return late.erase(order.job) > 0; })) {
            event.is_news = true;  // Its process was told to stop, and takes that for a person's wish.
            event.detail = "it took longer than its timeout, and was stopped";
        }
        if (event.exit_status == 0) log_info("serve", "job " + order.job + ": done");
        if (event.exit_status != 0)
            log_error("serve",
                      "job " + order.job + ": exit status " + std::to_string(event.exit_status) + ": " + event.detail);
        ports_.tell(event);
    }
    return {order.job, event.exit_status == 0, event.exit_status != kExitNotClaimed};
}

Status Service::work(const std::stop_token& stop) {
    for (;;) {
        COFRE_ASSIGN(const auto order, orders_.pop(stop));
        if (!order) return {};
        // A run that has not begun when the service ends keeps its due time for the next.
        if (ending_.stop_requested()) continue;
        RunEnded ended{.job = order->job};
        const Status ran = run_guarded([&] {
            ended = run_one(*order);
            return Status();
        });
        if (!ran) log_error("serve", "job " + order->job + ": " + ran.error().message());
        runs_.with([&](auto& runs) { runs.erase(order->job); });
        // Whoever waits for room here is the loop, which empties this queue.
        COFRE_TRY(events_.push(std::move(ended), stop));
    }
}

void Service::act(const schedule::Plan& plan) {
    if (plan.clock_step)
        log_warning("serve", "the clock was set by " + std::to_string(plan.clock_step->count()) + " s");
    for (const auto& skipped : plan.skipped)
        hear_of(skipped);
    for (const auto& job : plan.stop) {
        log_error("serve", "job " + job + " takes longer than its timeout: it is stopped");
        late_.with([&](auto& late) { late.insert(job); });
        runs_.with([&](auto& runs) {
            if (const auto found = runs.find(job); found != runs.end()) found->second.request_stop();
        });
    }
    for (const auto& start : plan.start) {
        RunOrder order{.job = start.job, .trigger = trigger_of(start.cause), .due = std::nullopt};
        if (is_due_once(start.cause)) order.due = start.due;
        runs_.with([&](auto& runs) { runs[start.job] = std::stop_source(); });
        // There is a worker for each run that the planner allows.
        if (auto queued = orders_.push(std::move(order), ending_.get_token()); !queued) return;
    }
    wake_ = plan.wake;
    waiting_.with([&](auto& waiting) {
        waiting.clear();
        for (const auto& run : planner_.waiting())
            waiting.emplace(run.job, run.reason);
    });
    record_skipped();
}

void Service::hear_of(const schedule::SkippedDue& skipped) {
    const std::string why = describe(skipped);
    log_warning("serve", "job " + skipped.job + ": " + why);
    // What was put off still runs, for the same due time.
    if (skipped.reason == schedule::SkipReason::kBlackout) return;
    ports_.tell({.kind = ServiceEvent::Kind::kSkipped,
                 .job = skipped.job,
                 .at = ports_.clock.wall_now(),
                 .due = skipped.due,
                 .exit_status = 0,
                 .detail = why,
                 .is_news = false});
    skipped_.push_back(skipped);
}

/// A run that was ordered claims its due time a little later, in its own process, and nobody can
/// claim what is older than a due time that was skipped: so these wait until the run has ended.
void Service::record_skipped() {
    if (skipped_.empty()) return;
    std::set<std::string> done;
    std::erase_if(skipped_, [&](const schedule::SkippedDue& skipped) {
        const bool is_open = runs_.with([&](const auto& runs) { return runs.contains(skipped.job); }) ||
                             waiting_.with([&](const auto& waiting) { return waiting.contains(skipped.job); });
        if (is_open) return false;
        record(skipped);
        done.insert(skipped.job);
        return true;
    });
    note_handled(done);
}

/// One row may stand for many due times, or for one that had another cause: the next process must not
/// take the rest for missed.
void Service::note_handled(const std::set<std::string>& done) {
    if (done.empty()) return;
    const auto state = planner_.state();
    for (const auto& job : done) {
        const auto memory = state.memory.find(job);
        if (memory == state.memory.end() || !memory->second.handled) continue;
        const auto told = ports_.catalog.jobs().note_due(catalog_context(), job, WallTime(*memory->second.handled));
        if (!told) log_warning("serve", "the catalog is not told of due times: " + told.error().message());
    }
}

void Service::record(const schedule::SkippedDue& skipped) {
    const std::string why = describe(skipped);
    const catalog::ClaimRequest request{.job = skipped.job,
                                        .trigger = catalog::Trigger::kSchedule,
                                        .due_at = skipped.due,
                                        .now = ports_.clock.wall_now(),
                                        .program_version = {}};
    if (auto told = ports_.catalog.runs().skip(catalog_context(), request, why); !told)
        log_warning("serve", "the catalog is not told of a skipped run: " + told.error().message());
}

void Service::handle(Event event) {
    if (const auto* const ended = std::get_if<RunEnded>(&event)) {
        const auto outcome = ended->succeeded ? schedule::RunOutcome::kSucceeded : schedule::RunOutcome::kFailed;
        if (auto plan = planner_.finished(ended->job, outcome, now())) act(*plan);
        if (ended->was_ours) note_handled({ended->job});
    } else if (const auto* const triggered = std::get_if<Triggered>(&event)) {
        if (auto plan = planner_.trigger(triggered->job, now())) act(*plan);
    } else if (const auto* const paused = std::get_if<PauseSet>(&event)) {
        jobs_.with([&](auto& jobs) {
            for (auto& job : jobs) {
                if (job.name == paused->job) job.paused = paused->paused;
            }
        });
        if (auto plan = planner_.set_paused(paused->job, paused->paused, now())) act(*plan);
    } else if (auto* const reloaded = std::get_if<Reloaded>(&event)) {
        take_jobs(std::move(*reloaded));
    }
}

void Service::take_jobs(Reloaded reloaded) {
    auto state = planner_.state();
    state.is_process_start = false;
    auto made = schedule::RunPlanner::create(reloaded.jobs, reloaded.limits, state, now());
    if (!made) {
        log_error("serve", "the new configuration is not used: " + made.error().message());
        return;
    }
    planner_ = *std::move(made);
    jobs_.with([&](auto& jobs) { jobs = std::move(reloaded.jobs); });
    if (const auto states = ports_.catalog.jobs().list(catalog_context())) follow_pauses(*states);
    while (workers_ < reloaded.limits.runs)
        add_worker();
    act(planner_.tick(now()));
}

/// Runs whose process is gone: marked, and begun once more.
void Service::take_over() {
    auto lost = ports_.catalog.runs().mark_interrupted(catalog_context(), ports_.clock.wall_now());
    if (!lost) {
        log_warning("serve", "interrupted runs are not marked: " + lost.error().message());
        return;
    }
    const auto jobs = jobs_.with([](const auto& all) { return all; });
    for (const auto& run : *lost) {
        log_warning("serve", "run " + run.id + " of job " + run.job + " was interrupted");
        ports_.tell({.kind = ServiceEvent::Kind::kEnded,
                     .job = run.job,
                     .at = ports_.clock.wall_now(),
                     .due = run.due_at,
                     .exit_status = 1,
                     .detail = "the run was interrupted: its process is gone",
                     .is_news = true});
        const auto found = std::find_if(jobs.begin(), jobs.end(), [&](const auto& job) { return job.name == run.job; });
        // What a person, or this, began is not begun again: it would go on for ever.
        if (run.trigger == catalog::Trigger::kManual) continue;
        if (found == jobs.end() || found->paused || !found->schedule || !found->schedule->catches_up()) continue;
        if (auto plan = planner_.trigger(run.job, now())) act(*plan);
    }
}

/// A job may be paused and resumed through another service of the same catalog.
void Service::follow_pauses(const std::vector<catalog::JobState>& states) {
    for (const auto& state : states) {
        const bool is_paused = state.paused_at.has_value();
        const bool differs = jobs_.with([&](auto& jobs) {
            const auto found =
                std::find_if(jobs.begin(), jobs.end(), [&](const auto& job) { return job.name == state.job; });
            if (found == jobs.end() || found->paused == is_paused) return false;
            found->paused = is_paused;
            return true;
        });
        if (!differs) continue;
        if (auto plan = planner_.set_paused(state.job, is_paused, now())) act(*plan);
    }
}

/// What should have begun and has not, whoever should have begun it.
void Service::watch() {
    next_watch_ = ports_.clock.now() + kWatchEvery;
    take_over();
    const auto states = ports_.catalog.jobs().list(catalog_context());
    if (!states) {
        log_warning("serve", "overdue jobs are not looked for: " + states.error().message());
        return;
    }
    follow_pauses(*states);
    const auto jobs = jobs_.with([](const auto& all) { return all; });
    const Instant at = now().wall;
    for (const auto& state : *states) {
        const auto found =
            std::find_if(jobs.begin(), jobs.end(), [&](const auto& job) { return job.name == state.job; });
        if (found == jobs.end() || !found->schedule || !found->schedule->is_periodic()) continue;
        if (state.paused_at || state.active_run || !state.last_success) continue;
        const Instant last = to_instant(state.last_success->due_at.value_or(state.last_success->claimed_at));
        const auto late = found->schedule->overdue_at(last);
        if (!late || *late > at || told_overdue_[state.job] == *late) continue;
        told_overdue_[state.job] = *late;
        ports_.tell({.kind = ServiceEvent::Kind::kOverdue,
                     .job = state.job,
                     .at = ports_.clock.wall_now(),
                     .due = WallTime(*late),
                     .exit_status = 0,
                     .detail = "the last success was at " + format_rfc3339(state.last_success->claimed_at),
                     .is_news = true});
    }
}

std::chrono::steady_clock::time_point Service::next_look() const {
    const auto at = ports_.clock.now();
    auto until = at + kLongestSleep;
    if (wake_) {
        const auto wait = WallTime(*wake_) - ports_.clock.wall_now();
        until = std::min(until, at + std::max<std::chrono::nanoseconds>(wait, std::chrono::nanoseconds(0)));
    }
    return std::min(until, std::max(next_watch_, at));
}

Status Service::loop(const CallContext& ctx) {
    take_over();
    for (;;) {
        if (ctx.stop.stop_requested()) return {};
        act(planner_.tick(now()));
        if (ports_.clock.now() >= next_watch_) watch();
        ports_.beat();
        auto event = events_.pop_until(ctx.stop, next_look());
        if (!event) return {};
        if (*event) handle(**std::move(event));
    }
}

void Service::add_worker() {
    ++workers_;
    group_->spawn([this](const std::stop_token& stop) { return work(stop); });
}

Status Service::serve(const CallContext& ctx) {
    TaskGroup workers{std::stop_token()};
    group_ = &workers;
    for (const std::size_t wanted = std::exchange(workers_, 0); workers_ < wanted;)
        add_worker();
    Status done = loop(ctx);
    ending_.request_stop();
    // Runs under way hear of it and end in order; their workers then find no more orders.
    runs_.with([](auto& runs) {
        for (auto& [job, stop] : runs)
            stop.request_stop();
    });
    orders_.close();
    COFRE_TRY(workers.wait());
    return done;
}

Status Service::check_known(const std::string& job) const {
    const bool is_known = jobs_.with([&](const auto& jobs) {
        return std::any_of(jobs.begin(), jobs.end(), [&](const auto& one) { return one.name == job; });
    });
    if (is_known) return {};
    return Error(ErrorCode::kNotFound, "there is no job \"" + job + "\"");
}

Status Service::trigger(const std::string& job) {
    COFRE_TRY(check_known(job));
    return events_.push(Triggered{job}, ending_.get_token());
}

Status Service::set_paused(const std::string& job, bool paused) {
    COFRE_TRY(check_known(job));
    const auto ctx = catalog_context();
    if (paused) COFRE_TRY(ports_.catalog.jobs().pause(ctx, job, "", ports_.clock.wall_now()));
    if (!paused) COFRE_TRY(ports_.catalog.jobs().resume(ctx, job));
    return events_.push(PauseSet{job, paused}, ending_.get_token());
}

Status Service::reload(std::vector<schedule::PlannedJob> jobs, const schedule::PlannerLimits& limits) {
    // Refused here rather than in the loop, so that the caller hears why.
    auto trial = schedule::RunPlanner::create(jobs, limits, {}, now());
    if (!trial) return std::move(trial).error();
    return events_.push(Reloaded{std::move(jobs), limits}, ending_.get_token());
}

std::vector<ServiceJob> Service::jobs() const {
    const auto planned = jobs_.with([](const auto& jobs) { return jobs; });
    const auto waiting = waiting_.with([](const auto& all) { return all; });
    std::vector<ServiceJob> out;
    const Instant at = now().wall;
    for (const auto& plan : planned) {
        ServiceJob job;
        job.name = plan.name;
        job.is_running = runs_.with([&](const auto& runs) { return runs.contains(plan.name); });
        job.is_scheduled = plan.schedule && plan.schedule->is_periodic();
        if (job.is_scheduled) {
            if (const auto next = plan.schedule->first_after(at)) job.next_run = WallTime(next->start);
        }
        if (const auto found = waiting.find(plan.name); found != waiting.end()) job.waits_for = found->second;
        out.push_back(std::move(job));
    }
    return out;
}

/// What the catalog remembers: everything up to the last due time that was claimed or skipped is done.
Result<schedule::PlannerState> remembered_state(const CallContext& ctx, catalog::Catalog& catalog,
                                                std::vector<schedule::PlannedJob>& jobs) {
    COFRE_ASSIGN(const auto states, catalog.jobs().list(ctx));
    schedule::PlannerState out;
    for (const auto& state : states) {
        schedule::JobMemory memory;
        if (state.last_due_at) memory.handled = to_instant(*state.last_due_at);
        if (state.last_run) memory.succeeded = state.last_run->end.state == catalog::RunState::kSucceeded;
        out.memory.emplace(state.job, memory);
        for (auto& job : jobs) {
            if (job.name == state.job) job.paused = state.paused_at.has_value();
        }
    }
    return out;
}

}  // namespace

Result<std::unique_ptr<RunService>> RunService::create(const CallContext& ctx, const ServicePorts& ports,
                                                       std::vector<schedule::PlannedJob> jobs,
                                                       const schedule::PlannerLimits& limits) {
    COFRE_ASSIGN(const auto state, remembered_state(ctx, ports.catalog, jobs));
    const schedule::Moment now{to_instant(ports.clock.wall_now()), ports.clock.now()};
    COFRE_ASSIGN(auto planner, schedule::RunPlanner::create(jobs, limits, state, now));
    // A job that nobody has heard of is due from now on: should this process die before its first
    // due time is claimed, the next must know.
    for (const auto& job : jobs) {
        if (!job.schedule || !job.schedule->is_periodic()) continue;
        const auto known = state.memory.find(job.name);
        if (known != state.memory.end() && known->second.handled) continue;
        COFRE_TRY(ports.catalog.jobs().note_due(ctx, job.name, now.wall));
    }
    return std::unique_ptr<RunService>(
        std::make_unique<Service>(ports, std::move(planner), std::move(jobs), limits.runs));
}

}  // namespace cofre::daemon
