#include "config/config.h"

#include <gtest/gtest.h>

namespace cofre::config {
namespace {

TEST(LogOptionsOfConfig, WithoutAFileOnlyTheConsoleSpeaks) {
    const auto options = log_options({});
    EXPECT_EQ(options.console_level, LogLevel::kWarning);
    EXPECT_FALSE(options.file);
}

TEST(LogOptionsOfConfig, CarriesTheFileOver) {
    LoggingConfig logging;
    logging.level = LogLevel::kDebug;
    logging.console_level = LogLevel::kError;
    logging.log_file = "/var/log/cofre.log";
    logging.max_log_size_mb = 2;
    logging.backup_count = 7;
    const auto options = log_options(logging);
    EXPECT_EQ(options.console_level, LogLevel::kError);
    ASSERT_TRUE(options.file);
    EXPECT_EQ(options.file->path, "/var/log/cofre.log");
    EXPECT_EQ(options.file->level, LogLevel::kDebug);
    EXPECT_EQ(options.file->max_bytes, 2_MiB);
    EXPECT_EQ(options.file->backup_count, 7);
}

TEST(FindTarget, KnowsNamesOnly) {
    Config config;
    config.targets.resize(2);
    config.targets[1].name = "b";
    EXPECT_EQ(config.find_target("b"), &config.targets[1]);
    EXPECT_EQ(config.find_target("c"), nullptr);
    EXPECT_EQ(config.find_job("b"), nullptr);
}

}  // namespace
}  // namespace cofre::config
