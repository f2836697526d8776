// Telegram's bots. Source: https://core.telegram.org/bots/api#sendmessage (4096
// characters after entities are parsed), https://core.telegram.org/bots/api#html-style
#include <charconv>

#include <nlohmann/json.hpp>

#include "report/channel_calls.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

using TelegramJson = nlohmann::ordered_json;

constexpr std::size_t kTelegramText = 4096;  // UTF-16 units.
constexpr std::size_t kTelegramTitle = 300;

std::string telegram_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&') out += "&amp;";
        if (c == '<') out += "&lt;";
        if (c == '>') out += "&gt;";
        if (c != '&' && c != '<' && c != '>') out += c;
    }
    return out;
}

std::string_view telegram_mark(NoticeTone tone) {
    switch (tone) {
        case NoticeTone::kInfo: return "\u2139\ufe0f ";
        case NoticeTone::kGood: return "\u2705 ";
        case NoticeTone::kWarning: return "\u26a0\ufe0f ";
        case NoticeTone::kBad: return "\u274c ";
    }
    return "";
}

}  // namespace

HttpCall telegram_call(const Notice& notice, const ChannelSettings& settings) {
    const NoticeText text = channel_text(notice, settings);
    const std::string mark(telegram_mark(tone_of(notice.kind)));
    const std::string title = cut_utf16(text.title, kTelegramTitle);
    // Cut before it is escaped: the limit counts what is shown.
    const std::string plain = cut_utf16(text.plain(), kTelegramText - kTelegramTitle - 8);
    TelegramJson body;
    std::string_view chat = settings.channel;
    const std::size_t colon = chat.find(':');  // "chat:thread"
    body["chat_id"] = chat.substr(0, colon);
    int thread = 0;
    if (colon != std::string_view::npos) {
        const std::string_view digits = chat.substr(colon + 1);
        std::from_chars(digits.data(), digits.data() + digits.size(), thread);
    }
    if (thread > 0) body["message_thread_id"] = thread;
    body["text"] =
        "<b>" + mark + telegram_escaped(title) + "</b>" + (plain.empty() ? "" : "\n" + telegram_escaped(plain));
    body["parse_mode"] = "HTML";
    body["link_preview_options"] = {{"is_disabled", true}};
    body["disable_notification"] = tone_of(notice.kind) == NoticeTone::kInfo && notice.kind != NoticeKind::kTest;
    HttpCall call;
    // Another server may be named: https://core.telegram.org/bots/api#using-a-local-bot-api-server
    std::string server = settings.url.empty() ? "https://api.telegram.org" : std::string(settings.url.reveal());
    while (server.ends_with('/'))
        server.pop_back();
    call.url = server + "/bot" + std::string(settings.token.reveal()) + "/sendMessage";
    call.headers = {{"Content-Type", kJsonType}};
    call.body = body.dump(-1, ' ', false, TelegramJson::error_handler_t::replace);
    return call;
}

}  // namespace cofre::report
