// Services that miss a ping: healthchecks.io and what speaks its form, and Uptime
// Kuma's push monitors. Sources: https://healthchecks.io/docs/http_api/ (/start,
// /fail, /log; the first 100 kB of the body are kept),
// https://github.com/louislam/uptime-kuma/wiki (push: status, msg, ping)
#include "base/encoding.h"
#include "report/channel_calls.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

constexpr std::size_t kPingBody = 100'000;
constexpr std::size_t kKumaText = 250;

/// `suffix` behind the path, before a query.
std::string ping_url(std::string_view url, std::string_view suffix) {
    const std::size_t query = url.find('?');
    std::string path(url.substr(0, query));
    while (path.ends_with('/'))
        path.pop_back();
    return path + std::string(suffix) + (query == std::string_view::npos ? "" : std::string(url.substr(query)));
}

}  // namespace

std::optional<HttpCall> healthchecks_call(const Notice& notice, const ChannelSettings& settings) {
    std::string_view suffix;
    switch (notice.kind) {
        case NoticeKind::kStarted: suffix = "/start"; break;
        // A backup was made; what is missing in it is in the body.
        case NoticeKind::kWarning:
        case NoticeKind::kSucceeded:
        case NoticeKind::kRecovered: suffix = ""; break;
        case NoticeKind::kFailed:
        case NoticeKind::kOverdue:
        case NoticeKind::kProofTooOld: suffix = "/fail"; break;
        case NoticeKind::kTest: suffix = "/log"; break;
        case NoticeKind::kDigest: return std::nullopt;
    }
    const NoticeText text = channel_text(notice, settings);
    HttpCall call;
    call.url = ping_url(settings.url.reveal(), suffix);
    call.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
    call.body = cut_utf8(text.title + "\n" + text.plain(), kPingBody);
    return call;
}

std::optional<HttpCall> kuma_call(const Notice& notice, const ChannelSettings& settings) {
    const bool says_something = notice.kind != NoticeKind::kStarted && notice.kind != NoticeKind::kDigest;
    if (!says_something) return std::nullopt;
    const NoticeText text = channel_text(notice, settings);
    const std::string_view url = settings.url.reveal();
    HttpCall call;
    call.method = "GET";
    // The page shows the address with a query of its own, which this replaces.
    call.url = std::string(url.substr(0, url.find('?'))) + "?status=" + (is_bad_news(notice.kind) ? "down" : "up") +
               "&msg=" + percent_encode(cut_code_points(text.title, kKumaText)) +
               "&ping=" + std::to_string(notice.elapsed.count());
    return call;
}

}  // namespace cofre::report
