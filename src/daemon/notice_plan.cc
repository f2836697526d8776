#include "daemon/notice_plan.h"

#include <utility>

#include "aws/shell_words.h"
#include "base/encoding.h"
#include "crypto/random.h"
#include "daemon/job_plan.h"
#include "report/channel_calls.h"

namespace cofre::daemon {
namespace {

using report::ChannelKind;
using report::NoticeKind;

constexpr int kChannelConnections = 8;
constexpr std::uint16_t kSmtpsPort = 465;

bool is_ping(ChannelKind kind) {
    return kind == ChannelKind::kHealthchecks || kind == ChannelKind::kUptimeKuma;
}

Result<std::set<NoticeKind>> kinds_of(const std::vector<std::string>& words) {
    std::set<NoticeKind> kinds;
    for (const auto& word : words) {
        COFRE_ASSIGN(const auto kind, report::parse_notice_kind(word));
        kinds.insert(kind);
    }
    return kinds;
}

Result<std::set<NoticeKind>> events_of(const config::ChannelConfig& channel, ChannelKind kind) {
    COFRE_ASSIGN(auto events, kinds_of(channel.events));
    if (channel.events.empty()) {
        events = {NoticeKind::kWarning, NoticeKind::kFailed, NoticeKind::kRecovered, NoticeKind::kOverdue,
                  NoticeKind::kProofTooOld};
        if (is_ping(kind)) events.insert({NoticeKind::kStarted, NoticeKind::kSucceeded});
        // An incident that nothing resolves would stay for ever.
        if (kind == ChannelKind::kPagerDuty) events.erase(NoticeKind::kWarning);
    }
    if (channel.success) events.insert(NoticeKind::kSucceeded);
    return events;
}

net::SmtpSecurity mail_security(const config::ChannelConfig& channel) {
    if (channel.security == "tls") return net::SmtpSecurity::kTls;
    if (channel.security == "none") return net::SmtpSecurity::kNone;
    if (channel.security.empty() && channel.port == kSmtpsPort) return net::SmtpSecurity::kTls;
    return net::SmtpSecurity::kStartTls;
}

Result<report::ChannelRule> rule_of(const config::ChannelConfig& channel) {
    COFRE_ASSIGN(const auto kind, report::parse_channel_kind(channel.type));
    report::ChannelRule rule;
    rule.channel = channel.name;
    COFRE_ASSIGN(rule.events, events_of(channel, kind));
    rule.jobs = channel.jobs;
    rule.only_changes = channel.only_changes;
    rule.remind_after = channel.remind_after;
    rule.escalate_after_failures = static_cast<std::uint64_t>(channel.escalate_after_failures);
    rule.escalate_after = channel.escalate_after;
    // A ping that waits is a ping that is missed.
    rule.has_quiet_hours = channel.quiet_hours && !is_ping(kind);
    COFRE_ASSIGN(rule.digest_events, kinds_of(channel.digest));
    return rule;
}

std::string sender_name() {
    return host_name() + "/" + crypto::random_hex(8);
}

}  // namespace

Result<report::ChannelSettings> channel_settings(const config::NotificationsConfig& notifications,
                                                 const config::ChannelConfig& channel) {
    report::ChannelSettings out;
    out.name = channel.name;
    COFRE_ASSIGN(out.kind, report::parse_channel_kind(channel.type));
    COFRE_ASSIGN(out.language, report::parse_notice_language(notifications.language));
    out.url = channel.url;
    out.token = channel.token;
    out.signing_key = channel.signing_key;
    out.auth_header = channel.auth_header;
    out.channel = channel.channel;
    out.username = channel.username;
    out.icon = channel.icon;
    for (const auto& [name, color] : channel.colors) {
        if (name == "info") out.colors.info = color;
        if (name == "good") out.colors.good = color;
        if (name == "warning") out.colors.warning = color;
        if (name == "bad") out.colors.bad = color;
    }
    out.title_template = channel.title;
    out.body_template = channel.body;
    out.smtp.host = channel.host;
    out.smtp.port = static_cast<std::uint16_t>(channel.port);
    out.smtp.security = mail_security(channel);
    out.smtp.user = channel.user;
    out.smtp.password = channel.password;
    out.smtp.ca_bundle = channel.ca_bundle;
    out.mail_from = channel.from;
    out.mail_to = channel.to;
    if (!channel.command.empty()) {
        auto words = aws::split_shell_words(channel.command);
        if (!words || words->empty()) {
            return Error(ErrorCode::kInvalidArgument,
                         "channel " + channel.name + ": the words of its command do not end");
        }
        out.command = *std::move(words);
    }
    out.timeout = channel.timeout;
    COFRE_TRY(report::check_channel(out));
    return out;
}

Result<report::NoticeRules> notice_rules(const config::NotificationsConfig& notifications) {
    report::NoticeRules rules;
    if (!notifications.quiet_hours.empty()) {
        COFRE_ASSIGN(rules.quiet_hours, report::parse_quiet_hours(notifications.quiet_hours));
    }
    COFRE_ASSIGN(rules.quiet_pass, kinds_of(notifications.quiet_pass));
    COFRE_ASSIGN(rules.digest_at, report::parse_time_of_day(notifications.digest_at));
    for (const auto& channel : notifications.channels) {
        COFRE_ASSIGN(auto rule, rule_of(channel));
        rules.channels.push_back(std::move(rule));
    }
    return rules;
}

Result<std::unique_ptr<net::HttpClient>> notification_client(Clock& clock) {
    net::HttpClientOptions options;
    options.max_connections = kChannelConnections;
    return net::HttpClient::create(std::move(options), clock);
}

Notifier::Notifier(const config::NotificationsConfig& notifications, catalog::Catalog& catalog,
                   report::NoticeRules rules, Clock& clock)
    : dashboard_url_(notifications.dashboard_url), desk_(catalog, std::move(rules), clock) {
    while (dashboard_url_.ends_with('/'))
        dashboard_url_.pop_back();
}

Result<std::unique_ptr<Notifier>> Notifier::create(const config::NotificationsConfig& notifications,
                                                   catalog::Catalog& catalog, Clock& clock) {
    if (notifications.channels.empty()) return std::unique_ptr<Notifier>();
    COFRE_ASSIGN(auto rules, notice_rules(notifications));
    std::vector<report::ChannelSettings> channels;
    for (const auto& channel : notifications.channels) {
        COFRE_ASSIGN(auto settings, channel_settings(notifications, channel));
        channels.push_back(std::move(settings));
    }
    std::unique_ptr<Notifier> notifier(new Notifier(notifications, catalog, std::move(rules), clock));
    COFRE_ASSIGN(notifier->http_, notification_client(clock));
    report::SenderOptions options;
    options.owner = sender_name();
    options.max_attempts = notifications.max_attempts;
    auto* const desk = &notifier->desk_;
    notifier->sender_ = std::make_unique<report::NoticeSender>(
        catalog, *notifier->http_, std::move(channels), std::move(options),
        [desk](const CallContext& ctx, const report::Notice& notice) { return desk->is_still_wanted(ctx, notice); },
        clock);
    return notifier;
}

Result<std::size_t> Notifier::tell(const CallContext& ctx, report::Notice notice) {
    if (notice.host.empty()) notice.host = host_name();
    if (notice.url.empty() && !dashboard_url_.empty()) {
        notice.url = dashboard_url_;
        if (!notice.run_id.empty()) notice.url += "/runs/" + percent_encode(notice.run_id);
    }
    return desk_.tell(ctx, std::move(notice));
}

}  // namespace cofre::daemon
