#pragma once

/// @file
/// From a notice to what one service is sent: pure functions, one file for each
/// service. Each respects the service's own limits and rules of escaping; the
/// file names the page that documents them.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/subprocess.h"
#include "net/http_message.h"
#include "report/channel_settings.h"
#include "report/mail_message.h"
#include "report/notice.h"

namespace cofre::report {

struct HttpCall {
    std::string method = "POST";
    std::string url;  ///< Holds secrets: never in a message.
    net::HttpHeaders headers;
    std::string body;
};
struct MailCall {
    MailMessage mail;
};
struct CommandCall {
    Command command;
    std::string input;  ///< Standard input.
};
struct LineCall {
    std::string line;  ///< For standard output.
};
using ChannelCall = std::variant<HttpCall, MailCall, CommandCall, LineCall>;

/// nullopt: this channel has nothing to say about it (a ping has no digest).
/// kInvalidArgument: the settings lack what the kind needs; the message names it.
Result<std::optional<ChannelCall>> channel_call(const Notice& notice, const ChannelSettings& settings, WallTime now);

/// The same with a notice that has everything: what can be said before the first
/// one. Also parses templates and colours.
Status check_channel(const ChannelSettings& settings);

/// Private to the files of channels.
HttpCall slack_call(const Notice& notice, const ChannelSettings& settings);
HttpCall mattermost_call(const Notice& notice, const ChannelSettings& settings);
HttpCall discord_call(const Notice& notice, const ChannelSettings& settings);
HttpCall teams_call(const Notice& notice, const ChannelSettings& settings);
HttpCall telegram_call(const Notice& notice, const ChannelSettings& settings);
HttpCall ntfy_call(const Notice& notice, const ChannelSettings& settings);
HttpCall gotify_call(const Notice& notice, const ChannelSettings& settings);
std::optional<HttpCall> pagerduty_call(const Notice& notice, const ChannelSettings& settings);
std::optional<HttpCall> healthchecks_call(const Notice& notice, const ChannelSettings& settings);
std::optional<HttpCall> kuma_call(const Notice& notice, const ChannelSettings& settings);
HttpCall webhook_call(const Notice& notice, const ChannelSettings& settings, WallTime now);
MailCall email_call(const Notice& notice, const ChannelSettings& settings);
CommandCall command_call(const Notice& notice, const ChannelSettings& settings);

/// What the settings' templates make of it.
NoticeText channel_text(const Notice& notice, const ChannelSettings& settings);

inline constexpr const char* kJsonType = "application/json";

}  // namespace cofre::report
