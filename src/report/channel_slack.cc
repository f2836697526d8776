// Slack's incoming webhooks, and Mattermost's, which take the same form.
// Sources: https://api.slack.com/messaging/webhooks,
// https://api.slack.com/reference/messaging/attachments (colour, fields, ts),
// https://api.slack.com/reference/surfaces/formatting#escaping;
// https://developers.mattermost.com/integrate/webhooks/incoming/
#include <chrono>

#include <nlohmann/json.hpp>

#include "report/channel_calls.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

using SlackJson = nlohmann::ordered_json;

constexpr std::size_t kSlackText = 3000;  // Longer ones are folded away.
constexpr std::size_t kSlackField = 2000;
constexpr std::size_t kMattermostText = 7600;  // A post has 16383; the title and fields are in it.
constexpr std::size_t kSlackTitle = 300;

/// Slack knows three characters.
std::string slack_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&') out += "&amp;";
        if (c == '<') out += "&lt;";
        if (c == '>') out += "&gt;";
        if (c != '&' && c != '<' && c != '>') out += c;
    }
    return out;
}

/// Mattermost reads Markdown; a message of a tool must not become a table, and
/// must not call everybody.
std::string mattermost_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        constexpr std::string_view kSpecial = "\\`*_{}[]()#+!|~<>@";
        if (kSpecial.find(c) != std::string_view::npos) out += c == '@' ? "@\u200b" : std::string("\\") + c;
        if (kSpecial.find(c) == std::string_view::npos) out += c;
    }
    return out;
}

using SlackEscape = std::string (*)(std::string_view);

SlackJson slack_attachment(const Notice& notice, const ChannelSettings& settings, SlackEscape escape,
                           std::size_t max_text) {
    const NoticeText text = channel_text(notice, settings);
    const std::string title = escape(cut_code_points(text.title, kSlackTitle));
    SlackJson attachment = {{"fallback", title}, {"color", settings.colors.of(tone_of(notice.kind))}, {"title", title}};
    if (!text.url.empty()) attachment["title_link"] = text.url;
    if (!text.body.empty()) attachment["text"] = escape(cut_code_points(text.body, max_text));
    attachment["fields"] = SlackJson::array();
    for (const auto& fact : text.facts) {
        attachment["fields"].push_back({{"title", escape(fact.label)},
                                        {"value", escape(cut_code_points(fact.value, kSlackField))},
                                        {"short", true}});
    }
    attachment["footer"] = "cofre";
    attachment["ts"] = std::chrono::floor<std::chrono::seconds>(notice.at).time_since_epoch().count();
    return attachment;
}

HttpCall slack_like(const ChannelSettings& settings, SlackJson body) {
    if (!settings.channel.empty()) body["channel"] = settings.channel;
    if (!settings.username.empty()) body["username"] = settings.username;
    const bool is_emoji = settings.icon.starts_with(':');
    if (!settings.icon.empty()) body[is_emoji ? "icon_emoji" : "icon_url"] = settings.icon;
    HttpCall call;
    call.url = settings.url.reveal();
    call.headers = {{"Content-Type", kJsonType}};
    call.body = body.dump(-1, ' ', false, SlackJson::error_handler_t::replace);
    return call;
}

}  // namespace

HttpCall slack_call(const Notice& notice, const ChannelSettings& settings) {
    SlackJson body = {
        {"attachments", SlackJson::array({slack_attachment(notice, settings, slack_escaped, kSlackText)})}};
    return slack_like(settings, std::move(body));
}

HttpCall mattermost_call(const Notice& notice, const ChannelSettings& settings) {
    auto attachment = slack_attachment(notice, settings, mattermost_escaped, kMattermostText);
    attachment.erase("ts");  // Not of its form.
    return slack_like(settings, {{"attachments", SlackJson::array({std::move(attachment)})}});
}

}  // namespace cofre::report
