// `notify test`, `notify list`, `notify ack`.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/nearest_name.h"
#include "base/secret.h"
#include "cli/node_text.h"
#include "cli/run_recorder.h"
#include "crypto/random.h"
#include "daemon/job_plan.h"
#include "daemon/notice_plan.h"
#include "report/notice_delivery.h"

namespace cofre::cli {
namespace {

using NotifyJson = nlohmann::ordered_json;

Result<std::vector<const config::ChannelConfig*>> channels_to_test(const config::Config& config,
                                                                   const std::vector<std::string>& names) {
    const auto& all = config.notifications.channels;
    std::vector<std::string> known;
    known.reserve(all.size());
    for (const auto& channel : all)
        known.push_back(channel.name);
    std::vector<const config::ChannelConfig*> chosen;
    for (const auto& name : names) {
        const auto found = std::find(known.begin(), known.end(), name);
        if (found == known.end()) {
            return Error(ErrorCode::kNotFound,
                         config.path.native() + " has no channel \"" + name + "\"" + did_you_mean(name, known));
        }
        chosen.push_back(&all[static_cast<std::size_t>(found - known.begin())]);
    }
    if (names.empty()) {
        for (const auto& channel : all)
            chosen.push_back(&channel);
    }
    if (!chosen.empty()) return chosen;
    return Error(ErrorCode::kInvalidArgument, config.path.native() + " has no channels")
        .with_hint("add one under `notifications: channels:`; docs/notifications.md has examples");
}

Status test_channel(const App& app, net::HttpClient& http, const config::Config& config,
                    const config::ChannelConfig& channel) {
    COFRE_ASSIGN(const auto settings, daemon::channel_settings(config.notifications, channel));
    report::Notice notice;
    notice.kind = report::NoticeKind::kTest;
    notice.id = crypto::random_hex(16);
    notice.host = daemon::host_name();
    notice.at = app.clock.wall_now();
    notice.url = config.notifications.dashboard_url;
    COFRE_TRY(report::deliver(app.ctx, http, settings, notice, app.clock));
    return {};
}

Result<int> test_channels(const App& app, const NotifyTestOptions& options) {
    COFRE_ASSIGN(const auto config, load_configuration(app));
    COFRE_ASSIGN(const auto channels, channels_to_test(config, options.channels));
    COFRE_ASSIGN(const auto http, daemon::notification_client(app.clock));
    auto results = NotifyJson::array();
    std::size_t failed = 0;
    for (const auto* const channel : channels) {
        const auto status = test_channel(app, *http, config, *channel);
        NotifyJson result = {{"channel", channel->name}, {"type", channel->type}, {"ok", status.has_value()}};
        if (status)
            app.console.note(
                fmt::format("{} ({}): {}", channel->name, channel->type, app.console.paint(Tone::kGood, "accepted")));
        if (!status) {
            ++failed;
            app.console.error(status.error());
            result["error"] = redact(status.error().message());
            if (!status.error().hint().empty()) result["hint"] = status.error().hint();
        }
        results.push_back(std::move(result));
        if (app.ctx.stop.stop_requested()) return static_cast<int>(kExitInterrupted);
    }
    if (app.console.json()) app.console.print_json(json_text({{"channels", std::move(results)}}));
    if (failed == channels.size()) return static_cast<int>(kExitFatal);
    return static_cast<int>(failed > 0 ? kExitPartial : kExitDone);
}

std::optional<catalog::NotificationState> state_named(const std::string& name) {
    using State = catalog::NotificationState;
    for (const State state : {State::kQueued, State::kSent, State::kFailed, State::kDropped}) {
        if (to_string(state) == name) return state;
    }
    return std::nullopt;
}

NotifyJson notification_json(const catalog::Notification& note) {
    NotifyJson out = {{"id", note.id},
                      {"channel", note.channel},
                      {"event", note.event},
                      {"job", note.job},
                      {"state", to_string(note.state)},
                      {"created_at", format_rfc3339(note.created_at)},
                      {"next_attempt_at", format_rfc3339(note.next_attempt_at)},
                      {"attempts", note.attempts}};
    if (note.sent_at) out["sent_at"] = format_rfc3339(*note.sent_at);
    if (!note.last_error.empty()) out["last_error"] = redact(note.last_error);
    return out;
}

Result<int> list_notifications(const App& app, const NotifyListOptions& options) {
    COFRE_ASSIGN(const auto catalog, open_catalog(app, options.catalog));
    COFRE_ASSIGN(const auto notes, catalog->notifications().list(app.ctx, state_named(options.state),
                                                                 static_cast<std::size_t>(options.limit)));
    auto list = NotifyJson::array();
    for (const auto& note : notes) {
        list.push_back(notification_json(note));
        if (app.console.json()) continue;
        app.console.print(fmt::format("{}  {:<8} {:<14} {:<14} {}{}",
                                      format_rfc3339(std::chrono::floor<std::chrono::seconds>(note.created_at)),
                                      to_string(note.state), note.channel, note.event, note.job,
                                      note.last_error.empty() ? "" : "  (" + redact(note.last_error) + ")"));
    }
    if (app.console.json()) app.console.print_json(json_text({{"notifications", std::move(list)}}));
    if (notes.empty() && !app.console.json()) app.console.note("no notifications");
    return static_cast<int>(kExitDone);
}

Result<int> acknowledge(const App& app, const NotifyAckOptions& options) {
    COFRE_ASSIGN(const auto catalog, open_catalog(app, options.catalog));
    report::NoticeDesk desk(*catalog, {}, app.clock);
    COFRE_ASSIGN(const auto memory, desk.memory(app.ctx, options.job));
    if (!memory.failing_since) {
        return Error(ErrorCode::kNotFound, "job \"" + options.job + "\" is not known to fail");
    }
    COFRE_TRY(desk.acknowledge(app.ctx, options.job));
    COFRE_TRY(catalog->audit().append(app.ctx, {.id = {},
                                                .at = app.clock.wall_now(),
                                                .who = "cli " + daemon::host_name(),
                                                .what = "job.acknowledged",
                                                .subject = options.job,
                                                .details = {}}));
    app.console.note("acknowledged: nobody else is called until it works again");
    if (app.console.json()) app.console.print_json(json_text({{"job", options.job}, {"acknowledged", true}}));
    return static_cast<int>(kExitDone);
}

}  // namespace

int run_command(const App& app, const NotifyTestOptions& options) {
    const auto status = test_channels(app, options);
    return status ? *status : fail(app, status.error());
}

int run_command(const App& app, const NotifyListOptions& options) {
    const auto status = list_notifications(app, options);
    return status ? *status : fail(app, status.error());
}

int run_command(const App& app, const NotifyAckOptions& options) {
    const auto status = acknowledge(app, options);
    return status ? *status : fail(app, status.error());
}

}  // namespace cofre::cli
