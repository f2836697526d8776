// Each service's request, byte for byte where the service documents its form. The
// pages are named in the channel_*.cc files.
#include "report/channel_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "crypto/digest.h"

namespace cofre::report {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

Notice failed_notice() {
    Notice notice;
    notice.kind = NoticeKind::kFailed;
    notice.id = "0123456789abcdef";
    notice.job = "site";
    notice.run_id = "run-7";
    notice.host = "db1";
    notice.target = "s3://bucket/x";
    notice.at = *parse_rfc3339("2026-11-22T01:36:59.250Z");
    notice.elapsed = std::chrono::milliseconds(12'000);
    notice.error = "dump <main> & more";
    notice.hint = "check it";
    notice.url = "https://cofre.example/runs/run-7";
    return notice;
}

ChannelSettings settings_of(ChannelKind kind, const std::string& url = "https://hooks.example/T000/B000/XXXXSECRET") {
    ChannelSettings settings;
    settings.name = "ops";
    settings.kind = kind;
    settings.url = Secret(url);
    return settings;
}

HttpCall http_of(const Notice& notice, const ChannelSettings& settings) {
    const auto call = channel_call(notice, settings, *parse_rfc3339("2026-11-22T01:40:00Z"));
    EXPECT_TRUE(call) << (call ? "" : call.error().message());
    if (!call || !*call) return {};
    return std::get<HttpCall>(**call);
}

TEST(SlackChannel, SendsOneColouredAttachment) {
    auto settings = settings_of(ChannelKind::kSlack);
    settings.channel = "#backups";
    settings.username = "Cofre";
    settings.icon = ":lock:";
    const auto call = http_of(failed_notice(), settings);
    EXPECT_EQ(call.method, "POST");
    EXPECT_EQ(call.url, "https://hooks.example/T000/B000/XXXXSECRET");
    EXPECT_EQ(net::find_header(call.headers, "content-type"), "application/json");
    EXPECT_EQ(json::parse(call.body), json::parse(R"({
        "channel": "#backups", "username": "Cofre", "icon_emoji": ":lock:",
        "attachments": [{
            "fallback": "Backup site failed on db1", "color": "#a30200", "title": "Backup site failed on db1",
            "title_link": "https://cofre.example/runs/run-7",
            "text": "dump &lt;main&gt; &amp; more\n\u2192 check it",
            "fields": [
                {"title": "Job", "value": "site", "short": true},
                {"title": "Host", "value": "db1", "short": true},
                {"title": "Target", "value": "s3://bucket/x", "short": true},
                {"title": "Time", "value": "2026-11-22 01:36:59 UTC", "short": true},
                {"title": "Duration", "value": "12s", "short": true}],
            "footer": "cofre", "ts": 1795311419}]})"));
}

TEST(SlackChannel, TakesOwnColoursAndCutsLongTexts) {
    auto settings = settings_of(ChannelKind::kSlack);
    settings.colors.bad = "#ff0000";
    auto notice = failed_notice();
    notice.error = std::string(10'000, 'x');
    const auto body = json::parse(http_of(notice, settings).body);
    EXPECT_EQ(body["attachments"][0]["color"], "#ff0000");
    EXPECT_LE(body["attachments"][0]["text"].get<std::string>().size(), 3002U);
    EXPECT_FALSE(body.contains("channel"));
}

TEST(MattermostChannel, EscapesMarkdownAndCallsNobody) {
    auto notice = failed_notice();
    notice.error = "@all *bold*";
    const auto body = json::parse(http_of(notice, settings_of(ChannelKind::kMattermost)).body);
    EXPECT_THAT(body["attachments"][0]["text"].get<std::string>(), Not(HasSubstr("@all")));
    EXPECT_THAT(body["attachments"][0]["text"].get<std::string>(), HasSubstr("\\*bold\\*"));
}

TEST(DiscordChannel, SendsOneEmbedThatMentionsNobody) {
    const auto body = json::parse(http_of(failed_notice(), settings_of(ChannelKind::kDiscord)).body);
    EXPECT_EQ(body["allowed_mentions"], json::parse(R"({"parse": []})"));
    const auto& embed = body["embeds"].at(0);
    EXPECT_EQ(embed["title"], "Backup site failed on db1");
    EXPECT_EQ(embed["color"], 0xa30200);
    EXPECT_EQ(embed["timestamp"], "2026-11-22T01:36:59.25Z");
    EXPECT_EQ(embed["url"], "https://cofre.example/runs/run-7");
    EXPECT_EQ(embed["description"], "dump <main\\> & more\n\u2192 check it");
    EXPECT_EQ(embed["fields"].at(0), json::parse(R"({"name": "Job", "value": "site", "inline": true})"));
    EXPECT_EQ(embed["footer"], json::parse(R"({"text": "cofre"})"));
}

TEST(DiscordChannel, StaysBelowTheLimitOfAMessage) {
    auto notice = failed_notice();
    notice.error = std::string(9'000, '*');
    notice.job = std::string(900, 'j');
    notice.target = std::string(2'000, 't');
    const auto embed = json::parse(http_of(notice, settings_of(ChannelKind::kDiscord)).body)["embeds"].at(0);
    std::size_t total = embed["title"].get<std::string>().size() + embed["description"].get<std::string>().size();
    for (const auto& field : embed["fields"])
        total += field["name"].get<std::string>().size() + field["value"].get<std::string>().size();
    EXPECT_LE(embed["title"].get<std::string>().size(), 258U);  // Bytes; the ellipsis has three.
    EXPECT_LE(total, 6'000U);
}

TEST(TeamsChannel, SendsAnAdaptiveCard) {
    EXPECT_EQ(json::parse(http_of(failed_notice(), settings_of(ChannelKind::kTeams)).body), json::parse(R"({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard", "version": "1.4", "msteams": {"width": "Full"},
                "body": [
                    {"type": "TextBlock", "text": "Backup site failed on db1", "size": "Large", "weight": "Bolder",
                     "color": "Attention", "wrap": true},
                    {"type": "TextBlock", "text": "dump <main> & more\n\n\u2192 check it", "wrap": true},
                    {"type": "FactSet", "facts": [
                        {"title": "Job", "value": "site"}, {"title": "Host", "value": "db1"},
                        {"title": "Target", "value": "s3://bucket/x"},
                        {"title": "Time", "value": "2026-11-22 01:36:59 UTC"},
                        {"title": "Duration", "value": "12s"}]}],
                "actions": [{"type": "Action.OpenUrl", "title": "cofre",
                             "url": "https://cofre.example/runs/run-7"}]}}]})"));
}

TEST(TelegramChannel, SendsEscapedHtmlToAChatAndThread) {
    auto settings = settings_of(ChannelKind::kTelegram, "");
    settings.token = Secret("123:SECRETTOKEN");
    settings.channel = "-100200:7";
    const auto call = http_of(failed_notice(), settings);
    EXPECT_EQ(call.url, "https://api.telegram.org/bot123:SECRETTOKEN/sendMessage");
    const auto body = json::parse(call.body);
    EXPECT_EQ(body["chat_id"], "-100200");
    EXPECT_EQ(body["message_thread_id"], 7);
    EXPECT_EQ(body["parse_mode"], "HTML");
    EXPECT_EQ(body["disable_notification"], false);
    EXPECT_EQ(body["link_preview_options"], json::parse(R"({"is_disabled": true})"));
    EXPECT_THAT(body["text"].get<std::string>(),
                HasSubstr("<b>\u274c Backup site failed on db1</b>\ndump &lt;main&gt; &amp; more"));
}

TEST(TelegramChannel, CutsBeforeItEscapes) {
    auto settings = settings_of(ChannelKind::kTelegram, "");
    settings.token = Secret("123:SECRETTOKEN");
    settings.channel = "@ops";
    auto notice = failed_notice();
    notice.error = std::string(4'096, '&');
    const auto text = json::parse(http_of(notice, settings).body)["text"].get<std::string>();
    // No entity is cut in two, and what is shown has at most 4096 characters.
    std::size_t shown = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '&') {
            EXPECT_TRUE(text.substr(at).starts_with("&amp;")) << text.substr(at, 10);
            at += 4;
        }
        ++shown;
    }
    EXPECT_LE(shown, 4'096U);
    EXPECT_GT(shown, 3'000U);
}

TEST(NtfyChannel, SaysItInHeaders) {
    auto settings = settings_of(ChannelKind::kNtfy, "https://ntfy.example/topic");
    settings.token = Secret("tk_secret");
    settings.language = NoticeLanguage::kPortuguese;
    auto notice = failed_notice();
    notice.kind = NoticeKind::kSucceeded;
    const auto call = http_of(notice, settings);
    EXPECT_EQ(call.url, "https://ntfy.example/topic");
    EXPECT_EQ(net::find_header(call.headers, "title"),
              "=?UTF-8?B?" + base64_encode(as_bytes("Backup site concluído em db1")) + "?=");
    EXPECT_EQ(net::find_header(call.headers, "priority"), "3");
    EXPECT_EQ(net::find_header(call.headers, "tags"), "white_check_mark");
    EXPECT_EQ(net::find_header(call.headers, "click"), "https://cofre.example/runs/run-7");
    EXPECT_EQ(net::find_header(call.headers, "authorization"), "Bearer tk_secret");
    EXPECT_LE(call.body.size(), 4'096U);
    EXPECT_EQ(net::find_header(http_of(failed_notice(), settings).headers, "priority"), "5");
}

TEST(GotifyChannel, SendsToTheMessagesOfAnApplication) {
    auto settings = settings_of(ChannelKind::kGotify, "https://push.example/gotify/");
    settings.token = Secret("AppToken");
    const auto call = http_of(failed_notice(), settings);
    EXPECT_EQ(call.url, "https://push.example/gotify/message");
    EXPECT_EQ(net::find_header(call.headers, "x-gotify-key"), "AppToken");
    const auto body = json::parse(call.body);
    EXPECT_EQ(body["title"], "Backup site failed on db1");
    EXPECT_EQ(body["priority"], 8);
    EXPECT_EQ(body["extras"], json::parse(R"({"client::display": {"contentType": "text/plain"},
        "client::notification": {"click": {"url": "https://cofre.example/runs/run-7"}}})"));
    EXPECT_THAT(body["message"].get<std::string>(), HasSubstr("dump <main> & more"));
}

TEST(PagerDutyChannel, TriggersAndResolvesTheSameIncident) {
    auto settings = settings_of(ChannelKind::kPagerDuty, "");
    settings.token = Secret("0123456789abcdef0123456789abcdef");
    const auto call = http_of(failed_notice(), settings);
    EXPECT_EQ(call.url, "https://events.pagerduty.com/v2/enqueue");
    auto trigger = json::parse(call.body);
    EXPECT_EQ(trigger["routing_key"], "0123456789abcdef0123456789abcdef");
    EXPECT_EQ(trigger["event_action"], "trigger");
    EXPECT_EQ(trigger["payload"]["summary"], "Backup site failed on db1");
    EXPECT_EQ(trigger["payload"]["source"], "db1");
    EXPECT_EQ(trigger["payload"]["severity"], "critical");
    EXPECT_EQ(trigger["payload"]["timestamp"], "2026-11-22T01:36:59.25Z");
    EXPECT_EQ(trigger["links"], json::parse(R"([{"href": "https://cofre.example/runs/run-7", "text": "cofre"}])"));
    auto notice = failed_notice();
    notice.kind = NoticeKind::kRecovered;
    notice.run_id = "run-8";
    const auto resolve = json::parse(http_of(notice, settings).body);
    EXPECT_EQ(resolve, json::parse(R"({"routing_key": "0123456789abcdef0123456789abcdef",
        "event_action": "resolve", "dedup_key": "cofre/db1/job/site"})"));
    EXPECT_EQ(trigger["dedup_key"], resolve["dedup_key"]);
    notice.kind = NoticeKind::kStarted;
    EXPECT_FALSE(channel_call(notice, settings, notice.at)->has_value());
}

TEST(PagerDutyChannel, KeepsItsKeyWithinTheLimit) {
    auto settings = settings_of(ChannelKind::kPagerDuty, "");
    settings.token = Secret("0123456789abcdef0123456789abcdef");
    auto notice = failed_notice();
    notice.job = std::string(300, 'j');
    EXPECT_LE(json::parse(http_of(notice, settings).body)["dedup_key"].get<std::string>().size(), 255U);
}

struct PingCase {
    const char* name;
    NoticeKind kind;
    const char* url;
};
class HealthchecksChannel : public ::testing::TestWithParam<PingCase> {};
TEST_P(HealthchecksChannel, PingsTheEventsOwnAddress) {
    auto notice = failed_notice();
    notice.kind = GetParam().kind;
    const auto call = http_of(notice, settings_of(ChannelKind::kHealthchecks, "https://hc-ping.com/uuid/"));
    EXPECT_EQ(call.url, GetParam().url);
    EXPECT_EQ(call.method, "POST");
}
INSTANTIATE_TEST_SUITE_P(Table, HealthchecksChannel,
                         ::testing::Values(PingCase{"Started", NoticeKind::kStarted, "https://hc-ping.com/uuid/start"},
                                           PingCase{"Succeeded", NoticeKind::kSucceeded, "https://hc-ping.com/uuid"},
                                           PingCase{"Recovered", NoticeKind::kRecovered, "https://hc-ping.com/uuid"},
                                           PingCase{"Failed", NoticeKind::kFailed, "https://hc-ping.com/uuid/fail"},
                                           PingCase{"Overdue", NoticeKind::kOverdue, "https://hc-ping.com/uuid/fail"},
                                           PingCase{"Test", NoticeKind::kTest, "https://hc-ping.com/uuid/log"}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(UptimeKumaChannel, PushesStatusMessageAndDuration) {
    const auto settings =
        settings_of(ChannelKind::kUptimeKuma, "https://kuma.example/api/push/TOKEN?status=up&msg=OK&ping=");
    const auto call = http_of(failed_notice(), settings);
    EXPECT_EQ(call.method, "GET");
    EXPECT_EQ(call.url,
              "https://kuma.example/api/push/TOKEN?status=down&msg=Backup%20site%20failed%20on%20db1&ping=12000");
    auto notice = failed_notice();
    notice.kind = NoticeKind::kDigest;
    EXPECT_FALSE(channel_call(notice, settings, notice.at)->has_value());
}

TEST(WebhookChannel, SignsAsStandardWebhooksSays) {
    auto settings = settings_of(ChannelKind::kWebhook);
    settings.signing_key = Secret("whsec_" + base64_encode(as_bytes("a key of 24 bytes 012345")));
    settings.auth_header = Secret("Bearer abc");
    const auto notice = failed_notice();
    const auto call = http_of(notice, settings);
    EXPECT_EQ(net::find_header(call.headers, "webhook-id"), notice.id);
    EXPECT_EQ(net::find_header(call.headers, "webhook-timestamp"), "1795311600");
    EXPECT_EQ(net::find_header(call.headers, "authorization"), "Bearer abc");
    EXPECT_EQ(net::find_header(call.headers, "x-cofre-event"), "failed");
    const auto mac = crypto::hmac_sha256(as_bytes("a key of 24 bytes 012345"), notice.id + ".1795311600." + call.body);
    EXPECT_EQ(net::find_header(call.headers, "webhook-signature"), "v1," + mac.base64());
    EXPECT_EQ(decode_notice(call.body)->job, "site");
}

TEST(CommandChannel, GetsTheNoticeAndNoShell) {
    auto settings = settings_of(ChannelKind::kCommand, "");
    settings.command = {"/bin/notify", "a b"};
    const auto call = channel_call(failed_notice(), settings, WallTime{});
    ASSERT_TRUE(call && *call);
    const auto& command = std::get<CommandCall>(**call);
    EXPECT_EQ(command.command.argv, (std::vector<std::string>{"/bin/notify", "a b"}));
    EXPECT_EQ(command.command.environment.at("COFRE_EVENT"), "failed");
    EXPECT_EQ(decode_notice(command.input.substr(0, command.input.size() - 1))->error, "dump <main> & more");
}

TEST(EmailChannel, HasTextAndHtmlThatRunsNothing) {
    auto settings = settings_of(ChannelKind::kEmail, "");
    settings.smtp.host = "mail.example";
    settings.mail_from = "Cofre <cofre@example.com>";
    settings.mail_to = {"ops@example.com"};
    auto notice = failed_notice();
    notice.error = "<script>alert(1)</script>";
    const auto call = channel_call(notice, settings, WallTime{});
    ASSERT_TRUE(call && *call);
    const auto& mail = std::get<MailCall>(**call).mail;
    EXPECT_EQ(mail.subject, "Backup site failed on db1");
    EXPECT_THAT(mail.text, HasSubstr("<script>"));
    EXPECT_THAT(mail.html, Not(HasSubstr("<script>")));
    EXPECT_THAT(mail.html, HasSubstr("&lt;script&gt;"));
    EXPECT_EQ(mail.message_id, "cofre.0123456789abcdef.ops@example.com");
}

TEST(EveryChannel, SaysWhatItLacksAndNoSecret) {
    for (const auto kind : {ChannelKind::kSlack, ChannelKind::kDiscord, ChannelKind::kTelegram, ChannelKind::kGotify,
                            ChannelKind::kPagerDuty, ChannelKind::kEmail, ChannelKind::kCommand}) {
        const auto call = channel_call(failed_notice(), settings_of(kind, ""), WallTime{});
        ASSERT_FALSE(call) << to_string(kind);
        EXPECT_EQ(call.error().code(), ErrorCode::kInvalidArgument);
        EXPECT_THAT(call.error().message(), HasSubstr("has no "));
    }
    const auto odd = check_channel(settings_of(ChannelKind::kSlack, "htp:/SECRET"));
    ASSERT_FALSE(odd);
    EXPECT_THAT(odd.error().message(), Not(HasSubstr("SECRET")));
}

TEST(EveryChannel, TakesOwnTemplates) {
    auto settings = settings_of(ChannelKind::kSlack);
    settings.title_template = "{job}: {status}\nx";
    settings.body_template = "{{{error}}}";
    const auto attachment = json::parse(http_of(failed_notice(), settings).body)["attachments"][0];
    EXPECT_EQ(attachment["title"], "site: failed x");
    EXPECT_EQ(attachment["text"], "{dump &lt;main&gt; &amp; more}");
    EXPECT_TRUE(attachment["fields"].empty());
}

TEST(WithoutSecrets, HidesEveryPartThatOpensADoor) {
    auto settings = settings_of(ChannelKind::kWebhook, "https://hooks.example/a/longsecretpart?key=queryS");
    settings.token = Secret("TOKEN-1");
    settings.auth_header = Secret("Bearer BEAR");
    const auto text = without_secrets(
        "https://hooks.example/a/longsecretpart?key=queryS /a/longsecretpart longsecretpart TOKEN-1 BEAR key=queryS",
        settings);
    for (const char* const secret : {"longsecret", "TOKEN-1", "BEAR", "queryS"})
        EXPECT_THAT(text, Not(HasSubstr(secret)));
}

}  // namespace
}  // namespace cofre::report
