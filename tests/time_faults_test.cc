// A clock that jumps while a backup runs, and a process that sleeps through it.

#include <csignal>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/job_fixture.h"
#include "testing/script_server.h"

namespace cofre::testing {
namespace {

using ::testing::HasSubstr;

class TimeFaults : public JobTest {
protected:
    void SetUp() override {
        JobTest::SetUp();
        ASSERT_TRUE(build_tree(source(), {.files = 20, .hostile_names = false}));
        ASSERT_TRUE(write_file(source() / "large", random_bytes(7, 12'000'000)));
        s3_target();
    }

    /// cofre's civil clock is off by what this says from now on; its monotonic
    /// one, and the times of files, are not.
    void set_offset(const std::string& offset) { ASSERT_TRUE(write_file(folder() / "offset", offset + "\n")); }
    void fake_the_clock() {
        set_offset("+0");
        cofre_.set_all({{"LD_PRELOAD", "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"},
                        {"FAKETIME_TIMESTAMP_FILE", (folder() / "offset").string()},
                        {"FAKETIME_NO_CACHE", "1"},
                        {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
                        {"DONT_FAKE_MONOTONIC", "1"},
                        {"NO_FAKE_STAT", "1"},
                        {"ASAN_OPTIONS", "verify_asan_link_order=0"}});
    }

    /// Takes some seconds, in parts, so that there is a middle.
    Result<ChildProcess> start_slow_backup() {
        return cofre_.start(backup_command(s3_target(), {"-v", "--limit-upload", "4M", "--multipart-threshold", "5MiB",
                                                         "--part-size", "5MiB", "--part-concurrency", "1"}));
    }
    bool is_in_the_middle() {
        const auto uploads = shared_rgw().pending_uploads(bucket());
        return uploads && !uploads->empty();
    }

    void expect_good_backup() {
        for (const auto* name : {"LD_PRELOAD", "FAKETIME_TIMESTAMP_FILE"})
            cofre_.unset(name);
        ASSERT_STATUS(0, verify(s3_target()));
        ASSERT_STATUS(0, restore(s3_target()));
        EXPECT_EQ(describe_differences(source(), restored()), "");
        EXPECT_TRUE(shared_rgw().pending_uploads(bucket()).value().empty());
    }
};

// Fault row F27: nothing waits for hours to come back, and what is signed
// follows the store's clock.
TEST_F(TimeFaults, F27AClockThatJumpsBackDoesNoHarm) {
    fake_the_clock();
    auto child = start_slow_backup();
    ASSERT_TRUE(child);
    ASSERT_TRUE(wait_until([&] { return is_in_the_middle(); }));
    set_offset("-3h");
    const auto result = child->wait(std::chrono::minutes(1));
    ASSERT_TRUE(result) << result.error().message();
    ASSERT_STATUS(0, *result);
    EXPECT_THAT(result->err, HasSubstr("behind the store's; signing with the store's"));
    // How long it took is told by the other clock.
    const auto records = cofre_.home() / "state";
    bool found = false;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(records)) {
        if (entry.path().extension() != ".json") continue;
        const auto record = nlohmann::json::parse(*read_small_file(entry.path(), 65536), nullptr, false);
        if (!record.is_object() || !record.contains("last_run")) continue;
        found = true;
        EXPECT_GT(record["last_run"]["elapsed_ms"].get<std::int64_t>(), 0) << record.dump();
        EXPECT_LT(record["last_run"]["elapsed_ms"].get<std::int64_t>(), 60'000) << record.dump();
    }
    EXPECT_TRUE(found);
    expect_good_backup();
}

TEST_F(TimeFaults, F27AClockThatJumpsAheadDoesNoHarm) {
    fake_the_clock();
    auto child = start_slow_backup();
    ASSERT_TRUE(child);
    ASSERT_TRUE(wait_until([&] { return is_in_the_middle(); }));
    set_offset("+3h");
    const auto result = child->wait(std::chrono::minutes(1));
    ASSERT_TRUE(result) << result.error().message();
    ASSERT_STATUS(0, *result);
    EXPECT_THAT(result->err, HasSubstr("ahead of the store's; signing with the store's"));
    expect_good_backup();
}

// Fault row F28: a machine that sleeps. Its locks are held by the kernel for
// as long as the process lives, so nobody can take over while it is frozen, and
// nothing has to be checked again when it wakes.
TEST_F(TimeFaults, F28ASleepIsOutlivedAndNobodyTakesOverMeanwhile) {
    fake_the_clock();
    auto child = start_slow_backup();
    ASSERT_TRUE(child);
    ASSERT_TRUE(wait_until([&] { return is_in_the_middle(); }));
    ASSERT_TRUE(child->send_signal(SIGSTOP));

    // Hours later, by everybody's clock but the store's.
    set_offset("+8h");
    const auto cleanup = cofre_.run({"cleanup", s3_target(), "--older-than", "0s", "--json"});
    ASSERT_STATUS(0, cleanup);
    EXPECT_EQ(json_of(cleanup).at("aborted").size(), 0U) << "its process lives";
    EXPECT_TRUE(is_in_the_middle());
    const auto second = backup(s3_target());
    EXPECT_NE(second.exit_code, 0);
    EXPECT_THAT(second.err, HasSubstr("already running"));

    ASSERT_TRUE(child->send_signal(SIGCONT));
    const auto result = child->wait(std::chrono::minutes(1));
    ASSERT_TRUE(result) << result.error().message();
    ASSERT_STATUS(0, *result);
    expect_good_backup();
}

}  // namespace
}  // namespace cofre::testing
