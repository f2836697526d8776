// Push services of one's own: ntfy and Gotify. Sources: https://docs.ntfy.sh/publish/
// (headers, RFC 2047 in them, 4096 bytes), https://gotify.net/docs/pushmsg and
// https://gotify.net/docs/msgextras
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "report/channel_calls.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

using PushJson = nlohmann::ordered_json;

constexpr std::size_t kNtfyMessage = 4096;  // Bytes; more would become an attachment.
constexpr std::size_t kNtfyTitle = 250;

/// One encoded word, however long: a header of HTTP is not folded.
std::string ntfy_header(std::string_view text) {
    for (const char c : text) {
        if (c < 0x20 || c >= 0x7f) return "=?UTF-8?B?" + base64_encode(as_bytes(text)) + "?=";
    }
    return std::string(text);
}

struct PushLevel {
    std::string_view ntfy_priority;  // 1 to 5, 3 is usual.
    std::string_view ntfy_tag;       // Short codes of emoji.
    int gotify_priority;             // 0 to 10; from 8 on a phone makes noise.
};

PushLevel push_level(NoticeTone tone) {
    switch (tone) {
        case NoticeTone::kInfo: return {"3", "information_source", 4};
        case NoticeTone::kGood: return {"3", "white_check_mark", 4};
        case NoticeTone::kWarning: return {"4", "warning", 6};
        case NoticeTone::kBad: return {"5", "rotating_light", 8};
    }
    return {"3", "", 4};
}

}  // namespace

HttpCall ntfy_call(const Notice& notice, const ChannelSettings& settings) {
    const NoticeText text = channel_text(notice, settings);
    const PushLevel level = push_level(tone_of(notice.kind));
    HttpCall call;
    call.url = settings.url.reveal();
    call.headers = {{"Content-Type", "text/plain; charset=utf-8"},
                    {"Title", ntfy_header(cut_utf8(text.title, kNtfyTitle))},
                    {"Priority", std::string(level.ntfy_priority)},
                    {"Tags", std::string(level.ntfy_tag)}};
    if (!text.url.empty()) call.headers.push_back({"Click", text.url});
    if (!settings.token.empty()) {
        call.headers.push_back({"Authorization", "Bearer " + std::string(settings.token.reveal())});
    } else if (!settings.auth_header.empty()) {
        call.headers.push_back({"Authorization", std::string(settings.auth_header.reveal())});
    }
    const std::string plain = text.plain();
    call.body = cut_utf8(plain.empty() ? text.title : plain, kNtfyMessage);
    return call;
}

HttpCall gotify_call(const Notice& notice, const ChannelSettings& settings) {
    const NoticeText text = channel_text(notice, settings);
    const std::string plain = text.plain();
    PushJson body = {{"title", text.title},
                     {"message", plain.empty() ? text.title : plain},
                     {"priority", push_level(tone_of(notice.kind)).gotify_priority},
                     {"extras", {{"client::display", {{"contentType", "text/plain"}}}}}};
    if (!text.url.empty()) body["extras"]["client::notification"] = {{"click", {{"url", text.url}}}};
    HttpCall call;
    call.url = settings.url.reveal();
    while (call.url.ends_with('/'))
        call.url.pop_back();
    if (!call.url.ends_with("/message")) call.url += "/message";
    call.headers = {{"Content-Type", kJsonType}, {"X-Gotify-Key", std::string(settings.token.reveal())}};
    call.body = body.dump(-1, ' ', false, PushJson::error_handler_t::replace);
    return call;
}

}  // namespace cofre::report
