// What the kernel refuses: calls that are cut short, interrupted or fail, and
// limits of the process. Injected with strace and prlimit into the real binary.

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/job_fixture.h"

namespace cofre::testing {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

class CliSystemFaults : public JobTest {
protected:
    void SetUp() override {
        JobTest::SetUp();
        ASSERT_TRUE(build_tree(source(), {.files = 40, .hostile_names = false}));
    }

    /// Runs what follows with faults in the system calls of the child.
    void inject(const std::vector<std::string>& injections) {
        std::vector<std::string> wrapper = {"strace", "-f", "-qq", "-o", (folder() / "trace").string()};
        for (const auto& injection : injections)
            wrapper.insert(wrapper.end(), {"-e", "inject=" + injection});
        cofre_.wrap(wrapper).set("ASAN_OPTIONS", "detect_leaks=0");
    }

    void expect_whole_restore() {
        cofre_.wrap({});
        ASSERT_STATUS(0, restore(target_folder().string()));
        EXPECT_EQ(describe_differences(source(), restored()), "");
    }
};

TEST_F(CliSystemFaults, F40InterruptedReadsAndWritesDoNoHarm) {
    // pread64 is what sources are read with; the loader has had its own by then.
    inject({"pread64:error=EINTR:when=12+3", "write:error=EINTR:when=3+5"});
    ASSERT_STATUS(0, backup(target_folder().string()));
    expect_whole_restore();
}

TEST_F(CliSystemFaults, F40InterruptedRestoreWritesDoNoHarm) {
    ASSERT_STATUS(0, backup(target_folder().string()));
    inject({"pwrite64:error=EINTR:when=1+2"});
    ASSERT_STATUS(0, restore(target_folder().string()));
    cofre_.wrap({});
    EXPECT_EQ(describe_differences(source(), restored()), "");
}

// The barrier before the manifest: an EIO there must not be tried again and
// believed, because the kernel reports a lost write once.
TEST_F(CliSystemFaults, F40FailedSyncIsFatalAndLeavesNoBackup) {
    inject({"syncfs:error=EIO"});
    const auto result = backup(target_folder().string());
    ASSERT_STATUS(1, result);
    EXPECT_THAT(result.err, HasSubstr("Input/output error"));
    EXPECT_FALSE(std::filesystem::exists(target_folder() / ".cofre"));
    cofre_.wrap({});
    ASSERT_STATUS(0, backup(target_folder().string()));
    expect_whole_restore();
}

TEST_F(CliSystemFaults, F40FailedSyncOfARestoreIsReported) {
    ASSERT_STATUS(0, backup(target_folder().string()));
    inject({"syncfs:error=EIO"});
    const auto result = restore(target_folder().string());
    ASSERT_STATUS(1, result);
    EXPECT_THAT(result.err, HasSubstr("Input/output error"));
}

TEST_F(CliSystemFaults, F40FailedRenameIsNamedAndTheRestIsSafe) {
    inject({"renameat2,renameat,linkat:error=EIO:when=4"});
    const auto result = backup(target_folder().string());
    EXPECT_THAT(result.exit_code, AnyOf(1, 2)) << result.describe();
    EXPECT_THAT(result.err, HasSubstr("Input/output error"));
    cofre_.wrap({});
    ASSERT_STATUS(0, backup(target_folder().string()));
    expect_whole_restore();
}

// Either it gets by with what it has, or it says what it lacks; it never
// crashes, hangs or calls a part the whole.
TEST_F(CliSystemFaults, F42FewDescriptorsAreEnoughOrNamed) {
    for (const char* limit : {"--nofile=12:12", "--nofile=20:20", "--nofile=40:40"}) {
        cofre_.wrap({"prlimit", limit});
        const auto result = backup(target_folder().string(), {"--force"});
        if (result.exit_code != 0) {
            EXPECT_THAT(result.exit_code, AnyOf(1, 2)) << limit << result.describe();
            EXPECT_THAT(result.err, HasSubstr("Too many open files")) << limit << result.describe();
        }
    }
    cofre_.wrap({});
    ASSERT_STATUS(0, backup(target_folder().string(), {"--force"}));
    expect_whole_restore();
}

TEST_F(CliSystemFaults, F42FewDescriptorsTowardsS3AreEnoughOrNamed) {
    cofre_.wrap({"prlimit", "--nofile=24:24"});
    const auto result = backup(s3_target());
    if (result.exit_code != 0) {
        EXPECT_THAT(result.exit_code, AnyOf(1, 2)) << result.describe();
        EXPECT_THAT(result.err, AnyOf(HasSubstr("Too many open files"), HasSubstr("error: "))) << result.describe();
    }
    cofre_.wrap({});
    ASSERT_STATUS(0, backup(s3_target(), {"--force"}));
    ASSERT_STATUS(0, restore(s3_target()));
    EXPECT_EQ(describe_differences(source(), restored()), "");
}

TEST_F(CliSystemFaults, F42FileSizeLimitIsNamedAndLeavesNothingHalf) {
    ASSERT_TRUE(write_file(source() / "large", std::string(3'000'000, 'x')));
    cofre_.wrap({"prlimit", "--fsize=1000000:1000000"});
    const auto result = backup(target_folder().string());
    ASSERT_STATUS(1, result);
    EXPECT_THAT(result.err, HasSubstr("File too large"));
    EXPECT_FALSE(std::filesystem::exists(target_folder() / "large"));
}

}  // namespace
}  // namespace cofre::testing
