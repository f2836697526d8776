// `serve`: the scheduler, and what it answers over HTTP.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "api/service_routes.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/service_notify.h"
#include "base/signal_watch.h"
#include "base/task_group.h"
#include "base/units.h"
#include "cli/app.h"
#include "cli/run_recorder.h"
#include "cli/service_place.h"
#include "config/load.h"
#include "daemon/job_plan.h"
#include "daemon/job_process.h"
#include "daemon/job_schedule.h"
#include "daemon/notice_plan.h"
#include "daemon/run_service.h"
#include "daemon/service_view.h"
#include "net/http_server.h"

namespace cofre::cli {
namespace {

constexpr std::chrono::seconds kStatusLimit{10};
constexpr std::chrono::seconds kShutdownGrace{5};

/// Everything that lives as long as the service does. Built once, on the main thread.
class ServeCommand {
public:
    ServeCommand(const App& app, config::Config config, std::unique_ptr<catalog::Catalog> catalog)
        : app_(app),
          config_(std::move(config)),
          catalog_(std::move(catalog)),
          started_at_(app.clock.wall_now()),
          watchdog_(watchdog_interval()) {}

    Status run(const std::vector<std::string>& listen);

private:
    Result<daemon::JobProgram> job_program() const;
    Result<std::unique_ptr<net::HttpServer>> start_server(const std::vector<std::string>& listen);
    api::ServiceStatus status();
    void show_start(const net::HttpServer& server);
    void beat();
    Status reload();
    void tell(const daemon::ServiceEvent& event) const;
    void notify(const daemon::ServiceEvent& event) const;

    const App& app_;
    config::Config config_;
    std::unique_ptr<catalog::Catalog> catalog_;
    WallTime started_at_;
    std::optional<std::chrono::milliseconds> watchdog_;
    std::chrono::steady_clock::time_point last_beat_{};
    Guarded<std::vector<schedule::PlannedJob>> planned_;
    std::unique_ptr<daemon::Notifier> notifier_;  ///< Null: nobody wants to hear of anything.
    std::unique_ptr<daemon::RunService> service_;
    std::unique_ptr<net::HttpServer> server_;
};

Result<daemon::JobProgram> ServeCommand::job_program() const {
    std::error_code error;
    daemon::JobProgram program;
    program.program = std::filesystem::read_symlink("/proc/self/exe", error);
    if (error) return Error::from_errno(error.value(), "find this program");
    // Without a file the environment, which jobs inherit, is the configuration.
    if (std::filesystem::is_regular_file(config_.path, error)) program.config = config_.path;
    return program;
}

Result<std::unique_ptr<net::HttpServer>> ServeCommand::start_server(const std::vector<std::string>& listen) {
    net::HttpServerOptions options;
    options.listen.clear();
    const auto& wanted = !listen.empty() ? listen : config_.server.listen;
    for (const auto& text : wanted.empty() ? std::vector<std::string>{kServiceAddress} : wanted) {
        COFRE_ASSIGN(auto address, net::ListenAddress::parse(text));
        options.listen.push_back(std::move(address));
    }
    // For `cofre jobs`, `trigger` and the like on this machine, whatever else it listens to.
    net::ListenAddress local;
    local.kind = net::ListenAddress::Kind::kUnix;
    local.path = service_socket(config_);
    options.listen.push_back(std::move(local));
    options.token = config_.server.token;
    options.hosts = config_.server.hosts;
    if (config_.server.tls_certificate && config_.server.tls_key)
        options.tls = net::TlsFiles{*config_.server.tls_certificate, *config_.server.tls_key};
    net::HttpRouter router;
    COFRE_TRY(api::add_service_routes(
        router,
        {.status = [this] { return status(); },
         .trigger = [this](const std::string& job) { return service_->trigger(job); },
         .set_paused = [this](const std::string& job, bool paused) { return service_->set_paused(job, paused); }}));
    return net::HttpServer::start(std::move(options), std::move(router));
}

api::ServiceStatus ServeCommand::status() {
    const CallContext ctx{{}, app_.clock.now() + kStatusLimit};
    const auto planned = planned_.with([](const auto& jobs) { return jobs; });
    auto status = daemon::service_status(ctx, *catalog_, planned, service_->jobs(), app_.clock.wall_now());
    status.started_at = started_at_;
    if (server_) {
        const auto counters = server_->counters();
        status.connections_open = counters.connections_open;
        status.replies = counters.replies;
    }
    return status;
}

void ServeCommand::show_start(const net::HttpServer& server) {
    for (const auto& place : server.places()) {
        const bool is_local = place.starts_with("unix:");
        const std::string scheme = config_.server.tls_certificate ? "https://" : "http://";
        app_.console.note(is_local ? fmt::format("listening at {}", place)
                                   : fmt::format("status page: {}{}/", scheme, place));
    }
    std::size_t scheduled = 0;
    for (const auto& job : service_->jobs())
        scheduled += job.is_scheduled ? 1 : 0;
    app_.console.note(fmt::format("{} jobs, {} with a schedule; `cofre jobs` shows when each is due",
                                  planned_.with([](const auto& jobs) { return jobs.size(); }), scheduled));
    log_info("serve", "started");
}

void ServeCommand::beat() {
    if (!watchdog_ || app_.clock.now() - last_beat_ < *watchdog_) return;
    last_beat_ = app_.clock.now();
    if (const Status told = notify_service_manager("WATCHDOG=1"); !told) log_warning("serve", told.error().message());
}

/// What differs goes into the log; a configuration that cannot be used changes nothing.
Status ServeCommand::reload() {
    auto options = config::process_load_options(config_.path);
    COFRE_ASSIGN(auto fresh, config::load_config(options));
    COFRE_TRY(daemon::check_job_prefixes(fresh));
    COFRE_ASSIGN(auto planned, daemon::planned_jobs(fresh));
    COFRE_TRY(service_->reload(planned, daemon::planner_limits(fresh)));
    const auto before = planned_.with([&](auto& jobs) { return std::exchange(jobs, std::move(planned)); });
    for (const auto& job : fresh.jobs) {
        const bool is_known = config_.find_job(job.name) != nullptr;
        if (!is_known) log_info("serve", fmt::format("configuration: job {} is new", job.name));
    }
    for (const auto& job : before) {
        if (fresh.find_job(job.name) == nullptr)
            log_info("serve", fmt::format("configuration: job {} is gone", job.name));
    }
    log_info("serve", "configuration: read again, " + std::to_string(fresh.jobs.size()) + " jobs");
    if (config_.server.tls_certificate && server_) COFRE_TRY(server_->reload_tls());
    return {};
}

void ServeCommand::tell(const daemon::ServiceEvent& event) const {
    using Kind = daemon::ServiceEvent::Kind;
    if (event.kind == Kind::kOverdue) log_error("serve", "job " + event.job + " is overdue: " + event.detail);
    if (event.kind == Kind::kBegun) app_.console.note("job " + event.job + ": begun");
    if (event.is_news && notifier_) notify(event);
    if (event.kind == Kind::kEnded && event.exit_status == 0) app_.console.note("job " + event.job + ": done");
}

/// What runs cannot tell themselves; the rest they do.
void ServeCommand::notify(const daemon::ServiceEvent& event) const {
    report::Notice notice;
    notice.kind =
        event.kind == daemon::ServiceEvent::Kind::kOverdue ? report::NoticeKind::kOverdue : report::NoticeKind::kFailed;
    notice.job = event.job;
    notice.at = event.at;
    notice.started_at = event.due;
    notice.error = event.detail;
    const auto told = notifier_->tell({{}, app_.clock.now() + kStatusLimit}, std::move(notice));
    if (!told) log_warning("serve", "nobody is notified: " + told.error().message());
}

Status ServeCommand::run(const std::vector<std::string>& listen) {
    COFRE_TRY(daemon::check_job_prefixes(config_));
    COFRE_ASSIGN(auto planned, daemon::planned_jobs(config_));
    COFRE_ASSIGN(const auto program, job_program());
    planned_.with([&](auto& jobs) { jobs = planned; });
    COFRE_ASSIGN(notifier_, daemon::Notifier::create(config_.notifications, *catalog_, app_.clock));
    const daemon::ServicePorts ports{
        .catalog = *catalog_,
        .clock = app_.clock,
        .run = [&](const CallContext& ctx,
                   const daemon::RunOrder& order) { return run_job_process(ctx, program, order); },
        .tell = [this](const daemon::ServiceEvent& event) { tell(event); },
        .beat = [this] { beat(); }};
    COFRE_ASSIGN(service_,
                 daemon::RunService::create(app_.ctx, ports, std::move(planned), daemon::planner_limits(config_)));
    COFRE_ASSIGN(server_, start_server(listen));
    const HangupCall on_hangup([this] {
        if (const Status read = reload(); !read) {
            log_error("serve", "the configuration is not read again: " + read.error().message());
            app_.console.warning("the configuration is not read again: " + read.error().message());
        }
    });
    show_start(*server_);
    if (const Status told = notify_service_manager("READY=1"); !told) log_warning("serve", told.error().message());
    // What waits in the catalog is sent, and tried again, beside everything else.
    TaskGroup senders{std::stop_token()};
    std::stop_source sending;
    if (notifier_) {
        senders.spawn([&](const std::stop_token&) { return notifier_->sender().run({.stop = sending.get_token()}); });
    }
    Status served = service_->serve(app_.ctx);
    sending.request_stop();
    if (const Status sent = senders.wait(); !sent)
        log_warning("serve", "notifications wait: " + sent.error().message());
    if (const Status told = notify_service_manager("STOPPING=1"); !told) log_warning("serve", told.error().message());
    if (const Status ended = server_->shutdown(kShutdownGrace); !ended)
        log_warning("serve", "some requests were cut: " + ended.error().message());
    log_info("serve", "stopped");
    return served;
}

}  // namespace

int run_command(const App& app, const ServeOptions& options) {
    auto config = load_configuration(app);
    if (!config) return fail(app, config.error());
    auto catalog = open_catalog(app, "");
    if (!catalog) return fail(app, catalog.error());
    ServeCommand command(app, *std::move(config), *std::move(catalog));
    const Status served = command.run(options.listen);
    return served ? static_cast<int>(kExitDone) : fail(app, served.error());
}

}  // namespace cofre::cli
