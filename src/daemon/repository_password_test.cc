#include "daemon/repository_password.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace cofre::daemon {
namespace {

class FindPassword : public ::testing::Test {
protected:
    std::filesystem::path file_with(const std::string& text) {
        const auto path = temp_->path() / "password";
        EXPECT_TRUE(write_file_atomic(path, text));
        return path;
    }
    std::string found(const PasswordChoice& given = {}) {
        const auto password = find_password({}, given, target_, environment_);
        if (!password) return "error: " + password.error().message();
        return *password ? std::string((*password)->reveal()) : "none";
    }

    Result<TempDir> temp_ = TempDir::create("cofre-password-test");
    config::TargetConfig target_;
    config::Environment environment_;
};

TEST_F(FindPassword, NobodyKnowsIt) {
    EXPECT_EQ(found(), "none");
}

TEST_F(FindPassword, TheCommandLineIsBeforeTheTargetAndTheTargetBeforeTheEnvironment) {
    environment_ = {{"RESTIC_PASSWORD", "restic"}};
    EXPECT_EQ(found(), "restic");
    environment_.emplace("COFRE_PASSWORD", "cofre");
    EXPECT_EQ(found(), "cofre");
    target_.password_command = "printf target";
    EXPECT_EQ(found(), "target");
    EXPECT_EQ(found({.file = file_with("line\n"), .command = {}}), "line");
}

TEST_F(FindPassword, SpaceAroundItIsCutAndSpaceInItStays) {
    EXPECT_EQ(found({.file = file_with("\xef\xbb\xbf  two words\r\n"), .command = {}}), "two words");
}

TEST_F(FindPassword, AnEmptyFileIsNoPassword) {
    EXPECT_EQ(find_password({}, {.file = file_with("\n"), .command = {}}, target_, {}).error().code(),
              ErrorCode::kInvalidArgument);
}

TEST_F(FindPassword, ACommandIsSplitIntoWordsAndNoShellRunsIt) {
    EXPECT_EQ(found({.file = {}, .command = "printf '%s|' 'a b' \"$HOME\" \\;"}), "a b|$HOME|;|");
}

TEST_F(FindPassword, ACommandThatFailsGivesNoPassword) {
    const auto password = find_password({}, {.file = {}, .command = "ls /absent-of-all-paths"}, target_, {});
    ASSERT_FALSE(password);
    EXPECT_EQ(password.error().code(), ErrorCode::kPermissionDenied);
    EXPECT_NE(password.error().message().find("absent-of-all-paths"), std::string::npos);
}

TEST_F(FindPassword, FileAndCommandTogetherAreRefused) {
    EXPECT_EQ(find_password({}, {.file = "/x", .command = "y"}, target_, {}).error().code(),
              ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace cofre::daemon
