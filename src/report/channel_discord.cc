// Discord's webhooks. Source: https://discord.com/developers/docs/resources/webhook#execute-webhook,
// limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
#include <algorithm>

#include <nlohmann/json.hpp>

#include "report/channel_calls.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

using DiscordJson = nlohmann::ordered_json;

constexpr std::size_t kDiscordTitle = 256;
constexpr std::size_t kDiscordText = 3000;  // 4096 are allowed, and 6000 for all texts of a message.
constexpr std::size_t kDiscordFields = 25;
constexpr std::size_t kDiscordName = 64;    // 256
constexpr std::size_t kDiscordValue = 120;  // 1024; 25 fields have room in 6000 so.
constexpr std::size_t kDiscordUser = 80;

std::string discord_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        constexpr std::string_view kSpecial = "\\`*_~|>#[]";
        if (kSpecial.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

HttpCall discord_call(const Notice& notice, const ChannelSettings& settings) {
    const NoticeText text = channel_text(notice, settings);
    DiscordJson embed = {{"title", cut_utf16(discord_escaped(text.title), kDiscordTitle)}};
    if (!text.body.empty()) embed["description"] = cut_utf16(discord_escaped(text.body), kDiscordText);
    if (!text.url.empty()) embed["url"] = text.url;
    embed["color"] = parse_color(settings.colors.of(tone_of(notice.kind)))
                         ? *parse_color(settings.colors.of(tone_of(notice.kind)))
                         : 0;
    embed["timestamp"] = format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(notice.at));
    embed["fields"] = DiscordJson::array();
    for (const auto& fact : text.facts) {
        if (embed["fields"].size() >= kDiscordFields) break;
        embed["fields"].push_back({{"name", cut_utf16(fact.label, kDiscordName)},
                                   {"value", cut_utf16(discord_escaped(fact.value), kDiscordValue)},
                                   {"inline", true}});
    }
    embed["footer"] = {{"text", "cofre"}};
    // Nobody is called by what stands in an error.
    DiscordJson body = {{"embeds", DiscordJson::array({std::move(embed)})},
                        {"allowed_mentions", {{"parse", DiscordJson::array()}}}};
    if (!settings.username.empty()) body["username"] = cut_utf16(settings.username, kDiscordUser);
    if (settings.icon.starts_with("http")) body["avatar_url"] = settings.icon;
    HttpCall call;
    call.url = settings.url.reveal();
    call.headers = {{"Content-Type", kJsonType}};
    call.body = body.dump(-1, ' ', false, DiscordJson::error_handler_t::replace);
    return call;
}

}  // namespace cofre::report
