#include "report/notice_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/guarded.h"
#include "base/testing/fake_clock.h"
#include "report/notice_delivery.h"
#include "report/notice_desk.h"
#include "scripted_http.h"

namespace cofre::report {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kPathSecret = "/services/T0/B0/verysecretpart";

/// A catalog of its own, and a service that answers what the test says.
class SenderTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto catalog = catalog::Catalog::open({}, *db::parse_sql_url("sqlite://" + (dir_->path() / "c.db").native()));
        ASSERT_TRUE(catalog) << catalog.error().message();
        catalog_ = *std::move(catalog);
        auto server = scripted::HttpServer::start([](const scripted::Request&) { return scripted::WireFault{}; },
                                                  [this](const scripted::Request& request) {
                                                      seen_.with([&](auto& all) { all.push_back(request); });
                                                      return reply_.with([&](auto& reply) {
                                                          const bool is_dead = !dead_path_.empty() &&
                                                                               request.target.starts_with(dead_path_);
                                                          return is_dead ? scripted::Reply{503, {}, "down"} : reply;
                                                      });
                                                  });
        ASSERT_TRUE(server);
        server_ = *std::move(server);
        http_ = *net::HttpClient::create({}, clock_);
        ChannelRule rule;
        rule.channel = "ops";
        rule.events = {NoticeKind::kFailed, NoticeKind::kRecovered};
        rules_.channels = {rule};
    }

    ChannelSettings channel(const std::string& name, const std::string& path = kPathSecret) {
        ChannelSettings settings;
        settings.name = name;
        settings.kind = ChannelKind::kSlack;
        settings.url = Secret(server_->url() + path);
        return settings;
    }
    std::unique_ptr<NoticeSender> sender(std::vector<ChannelSettings> channels, int max_attempts = 3) {
        SenderOptions options;
        options.owner = "test";
        options.max_attempts = max_attempts;
        return std::make_unique<NoticeSender>(
            *catalog_, *http_, std::move(channels), options,
            [this](const CallContext& ctx, const Notice& n) { return desk().is_still_wanted(ctx, n); }, clock_);
    }
    NoticeDesk& desk() {
        if (!desk_) desk_ = std::make_unique<NoticeDesk>(*catalog_, rules_, clock_);
        return *desk_;
    }
    void fail_job(const std::string& job, const std::string& run, const std::string& error = "disk full") {
        Notice notice;
        notice.kind = NoticeKind::kFailed;
        notice.job = job;
        notice.run_id = run;
        notice.error = error;
        const auto told = desk().tell({}, notice);
        ASSERT_TRUE(told) << told.error().message();
    }
    std::size_t requests() {
        return seen_.with([](const auto& all) { return all.size(); });
    }
    void answer(scripted::Reply reply) {
        reply_.with([&](auto& current) { current = std::move(reply); });
    }

    Result<TempDir> dir_ = TempDir::create("notice_sender_test");
    testing::FakeClock clock_;
    std::unique_ptr<catalog::Catalog> catalog_;
    Guarded<std::vector<scripted::Request>> seen_;
    Guarded<scripted::Reply> reply_;
    std::string dead_path_;
    std::unique_ptr<scripted::HttpServer> server_;
    std::unique_ptr<net::HttpClient> http_;
    NoticeRules rules_;
    std::unique_ptr<NoticeDesk> desk_;
};

TEST_F(SenderTest, SendsOnceWhatWasToldTwice) {
    fail_job("site", "run-1");
    fail_job("site", "run-1");
    const auto report = sender({channel("ops")})->send_due({});
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->sent, 1U);
    EXPECT_EQ(requests(), 1U);
    EXPECT_EQ(sender({channel("ops")})->send_due({})->sent, 0U);
}

TEST_F(SenderTest, F60_AServiceThatIsDownIsTriedLaterAndGivenUpInTheEnd) {
    answer({503, {{"Retry-After", "120"}}, "down"});
    fail_job("site", "run-1");
    const auto sends = sender({channel("ops")});
    EXPECT_EQ(sends->send_due({})->retried, 1U);
    clock_.advance(seconds(100));
    EXPECT_EQ(sends->send_due({})->retried, 0U);  // The service asked for two minutes.
    clock_.advance(seconds(30));
    EXPECT_EQ(sends->send_due({})->retried, 1U);
    clock_.advance(minutes(10));
    EXPECT_EQ(sends->send_due({})->failed, 1U);
    EXPECT_EQ(requests(), 3U);
    const auto audit = catalog_->audit().list({}, {.what = "notification.given_up"});
    ASSERT_TRUE(audit);
    ASSERT_EQ(audit->size(), 1U);
    EXPECT_EQ(audit->front().subject, "ops");
    EXPECT_THAT(audit->front().details, HasSubstr("\"attempts\":3"));
}

TEST_F(SenderTest, WhatIsRefusedForGoodIsNotTriedAgain) {
    answer({404, {}, "no_team"});
    fail_job("site", "run-1");
    EXPECT_EQ(sender({channel("ops")})->send_due({})->failed, 1U);
    EXPECT_EQ(requests(), 1U);
}

TEST_F(SenderTest, ADeadChannelDoesNotHoldUpAnother) {
    auto rule = rules_.channels.front();
    rule.channel = "dead";
    rules_.channels.push_back(rule);
    dead_path_ = "/dead";
    for (int i = 0; i < 5; ++i)
        fail_job("site", "run-" + std::to_string(i));
    const auto report = sender({channel("ops"), channel("dead", "/dead/abcdefgh")})->send_due({});
    ASSERT_TRUE(report);
    EXPECT_EQ(report->sent, 5U);
    EXPECT_EQ(report->retried, 5U);
    EXPECT_EQ(requests(), 6U);  // The dead one was asked once.
}

TEST_F(SenderTest, NoSecretIsInWhatIsKeptOrShown) {
    answer({400, {}, std::string("no such webhook ") + kPathSecret});
    fail_job("site", "run-1", "connect to postgres://u:pa55word@db failed");
    ASSERT_TRUE(sender({channel("ops")})->send_due({}));
    const auto notes = catalog_->notifications().list({}, std::nullopt, 10);
    ASSERT_EQ(notes->size(), 1U);
    EXPECT_THAT(notes->front().last_error, HasSubstr("HTTP 400"));
    EXPECT_THAT(notes->front().last_error, Not(HasSubstr("verysecretpart")));
    EXPECT_THAT(notes->front().payload, Not(HasSubstr("pa55word")));
    const auto audit = catalog_->audit().list({}, {});
    EXPECT_THAT(audit->front().details, Not(HasSubstr("verysecretpart")));
}

TEST_F(SenderTest, ANewsOfAChannelThatIsGoneIsDropped) {
    fail_job("site", "run-1");
    EXPECT_EQ(sender({channel("other")})->send_due({})->dropped, 1U);
    EXPECT_EQ(requests(), 0U);
}

TEST_F(SenderTest, AnEscalationEndsWithItsTrouble) {
    rules_.channels.front().escalate_after = minutes(30);
    fail_job("site", "run-1");
    const auto sends = sender({channel("ops")});
    EXPECT_EQ(sends->send_due({})->sent, 0U);
    clock_.advance(minutes(10));
    Notice good;
    good.kind = NoticeKind::kSucceeded;
    good.job = "site";
    good.run_id = "run-2";
    ASSERT_TRUE(desk().tell({}, good));
    clock_.advance(minutes(30));
    EXPECT_EQ(sends->send_due({})->dropped, 1U);
    fail_job("site", "run-3");
    ASSERT_TRUE(desk().acknowledge({}, "site"));
    clock_.advance(minutes(31));
    EXPECT_EQ(sends->send_due({})->dropped, 1U);
    fail_job("job2", "run-4");
    clock_.advance(minutes(31));
    EXPECT_EQ(sends->send_due({})->sent, 1U);
}

TEST_F(SenderTest, ADigestIsOneMessage) {
    rules_.channels.front().events.clear();
    rules_.channels.front().digest_events = {NoticeKind::kFailed};
    fail_job("a", "run-1");
    fail_job("b", "run-2");
    const auto sends = sender({channel("ops")});
    EXPECT_EQ(sends->send_due({})->sent, 0U);
    clock_.advance(std::chrono::hours(24));
    EXPECT_EQ(sends->send_due({})->sent, 2U);
    ASSERT_EQ(requests(), 1U);
    const auto body = nlohmann::json::parse(seen_.with([](const auto& all) { return all.front().body; }));
    EXPECT_THAT(body["attachments"][0]["text"].get<std::string>(), HasSubstr("  b  failed: disk full"));
}

TEST_F(SenderTest, TwoSendersDoNotSendTheSame) {
    for (int i = 0; i < 20; ++i)
        fail_job("site", "run-" + std::to_string(i));
    SenderOptions options;
    options.owner = "other";
    NoticeSender other(*catalog_, *http_, {channel("ops")}, options, {}, clock_);
    const auto mine = sender({channel("ops")});
    TaskGroup group{std::stop_token()};
    group.spawn([&](const std::stop_token&) -> Status {
        COFRE_TRY(other.send_due({}));
        return {};
    });
    ASSERT_TRUE(mine->send_due({}));
    ASSERT_TRUE(group.wait());
    EXPECT_EQ(requests(), 20U);
}

TEST_F(SenderTest, F60_ASilentServiceCostsNoMoreThanItsTimeout) {
    auto silent = scripted::HttpServer::start(
        [](const scripted::Request&) {
            scripted::WireFault fault;
            fault.never_answer = true;
            return fault;
        },
        [](const scripted::Request&) { return scripted::Reply{}; });
    ASSERT_TRUE(silent);
    auto settings = channel("ops");
    settings.url = Secret((*silent)->url() + "/x");
    settings.timeout = milliseconds(200);
    Notice notice;
    notice.kind = NoticeKind::kTest;
    const auto begin = std::chrono::steady_clock::now();
    const auto client = *net::HttpClient::create({});
    const auto outcome = deliver({}, *client, settings, notice);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), ErrorCode::kDeadlineExceeded);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, seconds(10));
}

TEST(RetryWait, DoublesAndIsBounded) {
    const SenderOptions options;
    EXPECT_EQ(retry_wait(options, 1, 1.0, {}), milliseconds(15'000));
    EXPECT_EQ(retry_wait(options, 3, 1.0, {}), milliseconds(60'000));
    EXPECT_EQ(retry_wait(options, 3, 0.0, {}), milliseconds(30'000));
    EXPECT_EQ(retry_wait(options, 100, 1.0, {}), options.longest_retry);
    EXPECT_EQ(retry_wait(options, 1, 0.0, milliseconds(90'000)), milliseconds(90'000));
}

}  // namespace
}  // namespace cofre::report
