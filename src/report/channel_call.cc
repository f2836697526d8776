#include <array>

#include "base/utf8.h"
#include "net/url.h"
#include "report/channel_calls.h"
#include "report/notice_template.h"

namespace cofre::report {
namespace {

struct ChannelNeeds {
    bool url = false;
    bool token = false;
    bool channel = false;
};

ChannelNeeds needs_of(ChannelKind kind) {
    switch (kind) {
        case ChannelKind::kSlack:
        case ChannelKind::kMattermost:
        case ChannelKind::kDiscord:
        case ChannelKind::kTeams:
        case ChannelKind::kNtfy:
        case ChannelKind::kHealthchecks:
        case ChannelKind::kUptimeKuma:
        case ChannelKind::kWebhook: return {.url = true};
        case ChannelKind::kGotify: return {.url = true, .token = true};
        case ChannelKind::kTelegram: return {.token = true, .channel = true};
        case ChannelKind::kPagerDuty: return {.token = true};
        case ChannelKind::kEmail:
        case ChannelKind::kCommand:
        case ChannelKind::kStdout: return {};
    }
    return {};
}

Error channel_lacks(const ChannelSettings& settings, std::string_view what) {
    return {ErrorCode::kInvalidArgument, "channel \"" + escape_for_display(settings.name) + "\" (" +
                                             std::string(to_string(settings.kind)) + ") has no " + std::string(what)};
}

Status check_channel_url(const ChannelSettings& settings) {
    if (settings.url.empty()) return {};
    if (net::parse_url(settings.url.reveal())) return {};
    // Not parse_url()'s own message, which may repeat a part of it.
    return Error(ErrorCode::kInvalidArgument, "the url of channel \"" + escape_for_display(settings.name) +
                                                  "\" is not an absolute http or https address");
}

Status check_channel_mail(const ChannelSettings& settings) {
    if (settings.smtp.host.empty()) return channel_lacks(settings, "host");
    if (settings.mail_from.empty()) return channel_lacks(settings, "from");
    if (settings.mail_to.empty()) return channel_lacks(settings, "to");
    COFRE_TRY(mail_address(settings.mail_from));
    for (const auto& to : settings.mail_to)
        COFRE_TRY(mail_address(to));
    return {};
}

Status check_channel_needs(const ChannelSettings& settings) {
    const ChannelNeeds needs = needs_of(settings.kind);
    if (needs.url && settings.url.empty()) return channel_lacks(settings, "url");
    if (needs.token && settings.token.empty()) return channel_lacks(settings, "token");
    if (needs.channel && settings.channel.empty()) return channel_lacks(settings, "channel");
    if (settings.kind == ChannelKind::kCommand && settings.command.empty()) return channel_lacks(settings, "command");
    if (settings.kind == ChannelKind::kEmail) COFRE_TRY(check_channel_mail(settings));
    return check_channel_url(settings);
}

}  // namespace

NoticeText channel_text(const Notice& notice, const ChannelSettings& settings) {
    return text_with_templates(notice, settings.language, settings.title_template, settings.body_template);
}

Status check_channel(const ChannelSettings& settings) {
    COFRE_TRY(check_channel_needs(settings));
    for (const auto* const each : {&settings.title_template, &settings.body_template})
        COFRE_TRY(NoticeTemplate::parse(*each));
    for (const auto* const color :
         {&settings.colors.info, &settings.colors.good, &settings.colors.warning, &settings.colors.bad})
        COFRE_TRY(parse_color(*color));
    return {};
}

Result<std::optional<ChannelCall>> channel_call(const Notice& notice, const ChannelSettings& settings, WallTime now) {
    COFRE_TRY(check_channel_needs(settings));
    using Call = std::optional<ChannelCall>;
    switch (settings.kind) {
        case ChannelKind::kSlack: return Call(slack_call(notice, settings));
        case ChannelKind::kMattermost: return Call(mattermost_call(notice, settings));
        case ChannelKind::kDiscord: return Call(discord_call(notice, settings));
        case ChannelKind::kTeams: return Call(teams_call(notice, settings));
        case ChannelKind::kTelegram: return Call(telegram_call(notice, settings));
        case ChannelKind::kNtfy: return Call(ntfy_call(notice, settings));
        case ChannelKind::kGotify: return Call(gotify_call(notice, settings));
        case ChannelKind::kPagerDuty: return Call(pagerduty_call(notice, settings));
        case ChannelKind::kHealthchecks: return Call(healthchecks_call(notice, settings));
        case ChannelKind::kUptimeKuma: return Call(kuma_call(notice, settings));
        case ChannelKind::kWebhook: return Call(webhook_call(notice, settings, now));
        case ChannelKind::kEmail: return Call(email_call(notice, settings));
        case ChannelKind::kCommand: return Call(command_call(notice, settings));
        case ChannelKind::kStdout: return Call(LineCall{encode_notice(notice)});
    }
    return Error(ErrorCode::kInternal, "an unknown kind of channel");
}

}  // namespace cofre::report
