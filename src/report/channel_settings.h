#pragma once

/// @file
/// Where notices go. Plain data; daemon/notice_plan fills it.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "net/smtp_client.h"
#include "report/notice_text.h"

namespace cofre::report {

enum class ChannelKind : std::uint8_t {
    kSlack,
    kMattermost,
    kDiscord,
    kTeams,
    kTelegram,
    kNtfy,
    kGotify,
    kPagerDuty,
    kHealthchecks,
    kUptimeKuma,
    kWebhook,
    kEmail,
    kCommand,
    kStdout,
};

/// "slack", "mattermost", "discord", "teams", "telegram", "ntfy", "gotify",
/// "pagerduty", "healthchecks", "uptime-kuma", "webhook", "email", "command",
/// "stdout".
std::string_view to_string(ChannelKind kind);
/// kInvalidArgument names the nearest.
Result<ChannelKind> parse_channel_kind(std::string_view text);

/// Colours as "#rrggbb".
struct NoticeColors {
    std::string info = "#439fe0";
    std::string good = "#2eb886";
    std::string warning = "#daa038";
    std::string bad = "#a30200";

    const std::string& of(NoticeTone tone) const;
};
/// kInvalidArgument: not "#rrggbb".
Result<std::uint32_t> parse_color(std::string_view text);

struct ChannelSettings {
    std::string name;
    ChannelKind kind = ChannelKind::kWebhook;
    NoticeLanguage language = NoticeLanguage::kEnglish;
    Secret url;            ///< Of the webhook, server, topic or check: who knows it may write there.
    Secret token;          ///< Telegram's bot, Gotify's application, ntfy's access token, PagerDuty's routing key.
    Secret signing_key;    ///< kWebhook: "whsec_" and base64, or any text; empty: unsigned.
    Secret auth_header;    ///< kWebhook, kNtfy: value of Authorization.
    std::string channel;   ///< Slack's and Mattermost's channel, Telegram's chat ("chat" or "chat:thread").
    std::string username;  ///< Shown as the sender.
    std::string icon;      ///< ":emoji:" or a URL.
    NoticeColors colors;
    std::string title_template;  ///< Empty: the usual text; so is the next.
    std::string body_template;
    net::SmtpServer smtp;   ///< kEmail.
    std::string mail_from;  ///< kEmail.
    std::vector<std::string> mail_to;
    std::vector<std::string> command;           ///< kCommand: argv.
    std::chrono::milliseconds timeout{30'000};  ///< Of one attempt.
};

/// What must not be repeated from answers: URLs, their paths, tokens, passwords.
/// Of text that a server sent or a library wrote; the longest first.
std::string without_secrets(std::string text, const ChannelSettings& settings);

}  // namespace cofre::report
