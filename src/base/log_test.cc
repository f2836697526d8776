#include "base/log.h"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/time_format.h"

namespace cofre {
namespace {

class LogTest : public ::testing::Test {
protected:
    ~LogTest() override { (void)configure_log({}); }

    LogOptions to_file(LogLevel level) const {
        return {.console_level = LogLevel::kOff, .file = LogFileOptions{.path = path_, .level = level}};
    }
    std::string text() const { return *read_small_file(path_, 1 << 20); }

    // What follows the time, which each line must begin with.
    std::vector<std::string> lines() const {
        constexpr std::size_t kStampBytes = 24;  // 2026-11-22T01:36:59.123Z
        std::vector<std::string> found;
        const std::string whole = text();
        std::string_view rest = whole;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            EXPECT_TRUE(parse_rfc3339(rest.substr(0, kStampBytes))) << rest;
            EXPECT_EQ(rest[kStampBytes], ' ');
            found.emplace_back(rest.substr(kStampBytes + 1, end - kStampBytes - 1));
            rest.remove_prefix(end + 1);
        }
        return found;
    }

    Result<TempDir> dir_ = TempDir::create("log_test");
    std::filesystem::path path_ = dir_->path() / "logs" / "cofre.log";
};

TEST(ParseLogLevel, AcceptsAnyCase) {
    EXPECT_EQ(*parse_log_level("INFO"), LogLevel::kInfo);
    EXPECT_EQ(*parse_log_level("Warning"), LogLevel::kWarning);
    EXPECT_EQ(*parse_log_level("warn"), LogLevel::kWarning);
    EXPECT_EQ(*parse_log_level("debug"), LogLevel::kDebug);
    EXPECT_EQ(*parse_log_level("error"), LogLevel::kError);
    EXPECT_EQ(*parse_log_level("critical"), LogLevel::kCritical);
    EXPECT_EQ(*parse_log_level("off"), LogLevel::kOff);
    for (const char* text : {"", "inf", "information", " info", "2"}) {
        EXPECT_EQ(parse_log_level(text).error().code(), ErrorCode::kInvalidArgument) << text;
    }
}

TEST_F(LogTest, LineHasTimeLevelModuleAndMessage) {
    ASSERT_TRUE(configure_log(to_file(LogLevel::kDebug)));
    log_info("s3", "hello");
    log_warning("backup", "careful");
    EXPECT_EQ(lines(), (std::vector<std::string>{"INFO  [s3] hello", "WARN  [backup] careful"}));
}

TEST_F(LogTest, EachSinkHasItsOwnLevel) {
    auto options = to_file(LogLevel::kInfo);
    options.console_level = LogLevel::kError;
    ASSERT_TRUE(configure_log(options));
    EXPECT_FALSE(log_enabled(LogLevel::kDebug));
    EXPECT_TRUE(log_enabled(LogLevel::kInfo));
    ::testing::internal::CaptureStderr();
    log_debug("base", "one");
    log_info("base", "two");
    log_error("base", "three");
    const std::string shown = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(text().find("one"), std::string::npos);
    EXPECT_NE(text().find("two"), std::string::npos);
    EXPECT_NE(text().find("three"), std::string::npos);
    EXPECT_EQ(shown.find("two"), std::string::npos);
    EXPECT_NE(shown.find("ERROR [base] three\n"), std::string::npos);
}

TEST_F(LogTest, OffShowsNothing) {
    ASSERT_TRUE(configure_log({.console_level = LogLevel::kOff}));
    EXPECT_FALSE(log_enabled(LogLevel::kCritical));
    ::testing::internal::CaptureStderr();
    log(LogLevel::kCritical, "base", "x");
    log(LogLevel::kOff, "base", "x");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST_F(LogTest, MessageIsOneLineWithoutSecrets) {
    ASSERT_TRUE(configure_log(to_file(LogLevel::kInfo)));
    log_info("db", "open postgres://u:CANARY@h\nFORGED LINE\x1b[31m {} %v");
    EXPECT_EQ(text().find("CANARY"), std::string::npos);
    EXPECT_NE(text().find("[db] open postgres://u:***@h\\nFORGED LINE\\x1b[31m {} %v\n"), std::string::npos) << text();
}

TEST_F(LogTest, RotatesByThePolicyOfTheOptions) {
    auto options = to_file(LogLevel::kInfo);
    options.file->max_bytes = 200;
    options.file->backup_count = 2;
    ASSERT_TRUE(configure_log(options));
    for (int i = 0; i < 50; ++i)
        log_info("base", "message number " + std::to_string(i));
    EXPECT_NE(text().find("number 49"), std::string::npos);
    for (const char* suffix : {"", ".1", ".2"}) {
        EXPECT_LE(std::filesystem::file_size(path_.string() + suffix), 200U) << suffix;
    }
    EXPECT_FALSE(std::filesystem::exists(path_.string() + ".3"));
}

TEST_F(LogTest, FullDiskIsReportedOnceAndHarmsNobody) {
    auto options = to_file(LogLevel::kInfo);
    options.file->path = "/dev/full";
    ASSERT_TRUE(configure_log(options));
    ::testing::internal::CaptureStderr();
    for (int i = 0; i < 3; ++i)
        log_info("base", "x");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "cofre: log: write /dev/full: No space left on device\n");
}

TEST_F(LogTest, FailedConfigurationKeepsTheFormerSinks) {
    ASSERT_TRUE(configure_log(to_file(LogLevel::kInfo)));
    auto broken = to_file(LogLevel::kInfo);
    broken.file->path = "/dev/null/cofre.log";
    EXPECT_FALSE(configure_log(broken));
    log_info("base", "still here");
    EXPECT_NE(text().find("still here"), std::string::npos);
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
    ASSERT_TRUE(configure_log(to_file(LogLevel::kInfo)));
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([] {
                for (int i = 0; i < 100; ++i)
                    log_info("base", "0123456789");
            });
        }
    }
    EXPECT_EQ(lines(), std::vector<std::string>(400, "INFO  [base] 0123456789"));
}

}  // namespace
}  // namespace cofre
