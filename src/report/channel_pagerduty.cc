// PagerDuty's Events API v2. Source:
// https://developer.pagerduty.com/docs/send-alert-event (fields, 1024 characters
// of a summary, 255 of a dedup_key, severities)
#include <nlohmann/json.hpp>

#include "crypto/digest.h"
#include "report/channel_calls.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

using PagerJson = nlohmann::ordered_json;

constexpr std::size_t kPagerSummary = 1024;
constexpr std::size_t kPagerKey = 255;

/// One incident for each job: what resolves it has the same key.
std::string pager_key(const Notice& notice) {
    const std::string topic = notice.kind == NoticeKind::kTest ? "test" : "job/" + notice.job;
    const std::string key = "cofre/" + notice.host + "/" + topic;
    return key.size() <= kPagerKey ? key : "cofre/" + crypto::sha256(key).hex();
}

std::string_view pager_severity(const Notice& notice) {
    if (notice.kind == NoticeKind::kTest) return "info";
    if (notice.kind == NoticeKind::kWarning) return "warning";
    if (notice.kind == NoticeKind::kProofTooOld) return "error";
    return "critical";
}

}  // namespace

std::optional<HttpCall> pagerduty_call(const Notice& notice, const ChannelSettings& settings) {
    const bool resolves = notice.kind == NoticeKind::kSucceeded || notice.kind == NoticeKind::kRecovered;
    const bool triggers =
        is_bad_news(notice.kind) || notice.kind == NoticeKind::kWarning || notice.kind == NoticeKind::kTest;
    if (!resolves && !triggers) return std::nullopt;
    PagerJson body = {{"routing_key", settings.token.reveal()},
                      {"event_action", resolves ? "resolve" : "trigger"},
                      {"dedup_key", pager_key(notice)}};
    if (triggers) {
        const NoticeText text = channel_text(notice, settings);
        PagerJson details = PagerJson::object();
        if (!text.body.empty()) details["message"] = text.body;
        for (const auto& fact : text.facts)
            details[fact.label] = fact.value;
        body["payload"] = {{"summary", cut_code_points(text.title, kPagerSummary)},
                           {"source", notice.host.empty() ? "cofre" : notice.host},
                           {"severity", pager_severity(notice)},
                           {"timestamp", format_rfc3339(std::chrono::floor<std::chrono::milliseconds>(notice.at))},
                           {"component", notice.job.empty() ? "cofre" : notice.job},
                           {"group", "backup"},
                           {"class", to_string(notice.kind)},
                           {"custom_details", std::move(details)}};
        body["client"] = "cofre";
        if (!text.url.empty()) {
            body["client_url"] = text.url;
            body["links"] = PagerJson::array({{{"href", text.url}, {"text", "cofre"}}});
        }
    }
    HttpCall call;
    call.url = settings.url.empty() ? "https://events.pagerduty.com/v2/enqueue" : std::string(settings.url.reveal());
    call.headers = {{"Content-Type", kJsonType}};
    call.body = body.dump(-1, ' ', false, PagerJson::error_handler_t::replace);
    return call;
}

}  // namespace cofre::report
