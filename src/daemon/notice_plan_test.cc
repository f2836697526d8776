#include "daemon/notice_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::daemon {
namespace {

using report::NoticeKind;
using ::testing::ElementsAre;

config::ChannelConfig channel_of(const std::string& type) {
    config::ChannelConfig channel;
    channel.name = "x";
    channel.type = type;
    channel.url = Secret("https://hooks.example/x");
    return channel;
}

std::set<NoticeKind> events_heard(const config::ChannelConfig& channel) {
    config::NotificationsConfig notifications;
    notifications.channels = {channel};
    const auto rules = notice_rules(notifications);
    EXPECT_TRUE(rules);
    return rules->channels.at(0).events;
}

TEST(NoticePlan, HearsOfTroubleByDefaultAndPingsHearAll) {
    EXPECT_EQ(events_heard(channel_of("slack")).count(NoticeKind::kSucceeded), 0U);
    EXPECT_EQ(events_heard(channel_of("slack")).count(NoticeKind::kFailed), 1U);
    EXPECT_EQ(events_heard(channel_of("healthchecks")).count(NoticeKind::kStarted), 1U);
    auto success = channel_of("slack");
    success.success = true;
    EXPECT_EQ(events_heard(success).count(NoticeKind::kSucceeded), 1U);
    success.events = {"failed"};
    EXPECT_EQ(events_heard(success), (std::set<NoticeKind>{NoticeKind::kSucceeded, NoticeKind::kFailed}));
}

TEST(NoticePlan, PingsNeverWait) {
    config::NotificationsConfig notifications;
    notifications.quiet_hours = "22:00-07:00";
    notifications.channels = {channel_of("slack"), channel_of("uptime-kuma")};
    const auto rules = notice_rules(notifications);
    ASSERT_TRUE(rules);
    EXPECT_TRUE(rules->channels[0].has_quiet_hours);
    EXPECT_FALSE(rules->channels[1].has_quiet_hours);
}

TEST(NoticePlan, ChoosesTheSecurityOfMailByPort) {
    auto mail = channel_of("email");
    mail.host = "h";
    mail.from = "a@b";
    mail.to = {"a@b"};
    EXPECT_EQ(channel_settings({}, mail)->smtp.security, net::SmtpSecurity::kStartTls);
    mail.port = 465;
    EXPECT_EQ(channel_settings({}, mail)->smtp.security, net::SmtpSecurity::kTls);
    mail.security = "none";
    EXPECT_EQ(channel_settings({}, mail)->smtp.security, net::SmtpSecurity::kNone);
}

TEST(NoticePlan, SplitsCommandsIntoWords) {
    auto command = channel_of("command");
    command.command = "/bin/tell 'a b'";
    EXPECT_THAT(channel_settings({}, command)->command, ElementsAre("/bin/tell", "a b"));
    command.command = "/bin/tell 'a";
    EXPECT_EQ(channel_settings({}, command).error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace cofre::daemon
