#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"

namespace cofre::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

LoadOptions notification_options(Environment environment = {}) {
    LoadOptions options;
    options.environment = std::move(environment);
    options.current_dir = "/nowhere";
    return options;
}

Result<Config> config_with(const std::string& notifications, Environment environment = {}) {
    const std::string text =
        "targets:\n  main:\n    url: file:///backup\njobs:\n  docs:\n    sources: [/data]\nnotifications:\n" +
        notifications;
    return parse_config(text, "/etc/cofre/cofre.yaml", "", notification_options(std::move(environment)));
}

TEST(NotificationConfig, ReadsChannelsAndRules) {
    const auto config = config_with(
        "  language: pt\n  quiet_hours: 22:00-07:00\n  channels:\n"
        "    ops:\n      type: slack\n      url: ${HOOK}\n      channel: '#ops'\n      success: true\n"
        "      colors: {bad: '#ff0000'}\n      escalate_after: 30m\n      jobs: [docs]\n"
        "    mail:\n      type: email\n      host: mail.example\n      from: a@example.com\n      to: "
        "[b@example.com]\n",
        {{"HOOK", "https://hooks.example/SECRET"}});
    ASSERT_TRUE(config) << config.error().message();
    ASSERT_EQ(config->notifications.channels.size(), 2U);
    const auto& ops = config->notifications.channels[0];
    EXPECT_EQ(ops.url.reveal(), "https://hooks.example/SECRET");
    EXPECT_EQ(ops.colors.at("bad"), "#ff0000");
    EXPECT_EQ(ops.escalate_after, std::chrono::minutes(30));
    for (const auto& setting : config->settings)
        EXPECT_THAT(setting.json, Not(HasSubstr("SECRET")));
}

struct BadNotifications {
    const char* name;
    const char* text;
    const char* message;
};
class NotificationMistakes : public ::testing::TestWithParam<BadNotifications> {};
TEST_P(NotificationMistakes, AreNamedWithTheirPlace) {
    const auto config = config_with(GetParam().text);
    ASSERT_FALSE(config);
    EXPECT_THAT(config.error().message(), HasSubstr(GetParam().message));
    EXPECT_THAT(config.error().message(), HasSubstr("cofre.yaml:"));
}
INSTANTIATE_TEST_SUITE_P(
    Table, NotificationMistakes,
    ::testing::Values(
        BadNotifications{"Type", "  channels:\n    x:\n      type: slak\n", "did you mean \"slack\""},
        BadNotifications{"NoUrl", "  channels:\n    x:\n      type: slack\n", "needs \"url\""},
        BadNotifications{"Event", "  channels:\n    x:\n      type: stdout\n      events: [faild]\n", "\"failed\""},
        BadNotifications{"Placeholder", "  channels:\n    x:\n      type: stdout\n      title: '{jobb}'\n",
                         "did you mean \"job\""},
        BadNotifications{"Job", "  channels:\n    x:\n      type: stdout\n      jobs: [doc]\n",
                         "did you mean \"docs\""},
        BadNotifications{"Color", "  channels:\n    x:\n      type: stdout\n      colors: {bad: red}\n",
                         "not a colour"},
        BadNotifications{"Quiet", "  quiet_hours: night\n", "not a time of day"},
        BadNotifications{"Language", "  language: fr\n", "not a language"},
        BadNotifications{"Key", "  chanels: {}\n", "chanels"},
        BadNotifications{"Security",
                         "  channels:\n    x:\n      type: email\n      host: h\n      from: a@b\n"
                         "      to: [a@b]\n      security: ssl\n",
                         "starttls, tls, none"}),
    [](const auto& param) { return std::string(param.param.name); });

Environment dump_environment() {
    return {{"DB_TYPE", "postgres"},
            {"DB_HOST", "db"},
            {"DB_NAME", "app"},
            {"STORAGE_TYPE", "local"},
            {"STORAGE_LOCAL_PATH", "/backup"}};
}

TEST(NotificationEnvironment, HasTheVariablesOfItsPredecessors) {
    auto environment = dump_environment();
    environment.merge(Environment{{"SLACK_WEBHOOK_URL", "https://hooks.example/s"},
                                  {"SLACK_CHANNEL", "#ops"},
                                  {"SLACK_USERNAME", "bot"},
                                  {"SLACK_NOTIFY_SUCCESS", "True"},
                                  {"DISCORD_WEBHOOK_URL", "https://hooks.example/d"},
                                  {"TEAMS_WEBHOOK_URL", "https://hooks.example/t"},
                                  {"WEBHOOK_URL", "https://hooks.example/w"},
                                  {"WEBHOOK_AUTH_HEADER", "Bearer x"},
                                  {"NOTIFY_STDOUT", "1"},
                                  {"EMAIL_SMTP", "mail.example"},
                                  {"EMAIL_PORT", "465"},
                                  {"EMAIL_USER", "u@example.com"},
                                  {"EMAIL_PASSWORD", "p"},
                                  {"EMAIL_TO", "a@example.com, b@example.com;"},
                                  {"SEQ_URL", "https://seq.example"},
                                  {"SEQ_API_KEY", "key"},
                                  {"APP_ENV", "production"},
                                  {"LOG_FORMAT", "json"}});
    const auto config = load_config(notification_options(environment));
    ASSERT_TRUE(config) << config.error().message();
    std::vector<std::string> names;
    for (const auto& channel : config->notifications.channels)
        names.push_back(channel.name);
    EXPECT_THAT(names, ElementsAre("slack", "discord", "teams", "webhook", "email", "stdout"));
    const auto& slack = config->notifications.channels[0];
    EXPECT_EQ(slack.channel, "#ops");
    EXPECT_EQ(slack.username, "bot");
    EXPECT_TRUE(slack.success);
    EXPECT_FALSE(config->notifications.channels[1].success);
    EXPECT_EQ(config->notifications.channels[3].auth_header.reveal(), "Bearer x");
    const auto& mail = config->notifications.channels[4];
    EXPECT_EQ(mail.from, "u@example.com");
    EXPECT_EQ(mail.security, "tls");
    EXPECT_THAT(mail.to, ElementsAre("a@example.com", "b@example.com"));
    EXPECT_TRUE(mail.success);
    EXPECT_EQ(config->logging.seq_url, "https://seq.example");
    EXPECT_EQ(config->logging.seq_api_key.reveal(), "key");
    EXPECT_EQ(config->logging.seq_properties.at("Environment"), "production");
    EXPECT_EQ(config->logging.format, "json");
}

TEST(NotificationEnvironment, NamesTheVariableThatIsWrong) {
    for (const auto& [name, value] : Environment{{"EMAIL_PORT", "x"}, {"SLACK_NOTIFY_SUCCESS", "maybe"}}) {
        auto environment = dump_environment();
        environment.merge(Environment{{"EMAIL_SMTP", "m"},
                                      {"EMAIL_FROM", "a@b"},
                                      {"EMAIL_TO", "a@b"},
                                      {"SLACK_WEBHOOK_URL", "https://hooks.example/s"}});
        environment[name] = value;
        const auto config = load_config(notification_options(environment));
        ASSERT_FALSE(config);
        EXPECT_THAT(config.error().message(), HasSubstr(name));
    }
}

}  // namespace
}  // namespace cofre::config
