#include "aws/process_provider.h"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/testing/aws_test.h"

namespace cofre::aws {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ProcessTest : public testing::AwsTest {
protected:
    /// A shell script that counts its runs.
    std::string script(const std::string& body) const {
        write("run.sh", "echo run >>'" + path("runs") + "'\n" + body + "\n");
        return "/bin/sh '" + path("run.sh") + "'";
    }
    std::string print(const std::string& json) const {
        write("out.json", json);
        return script("cat '" + path("out.json") + "'");
    }
    int runs() const {
        std::ifstream in(path("runs"));
        std::string line;
        int count = 0;
        while (std::getline(in, line))
            ++count;
        return count;
    }
    std::unique_ptr<CredentialProvider> provider(const std::string& command) {
        return make_process_provider({.command = command, .profile = "p"}, clock_);
    }
    std::string message(const std::string& command) {
        const auto credentials = provider(command)->resolve(ctx_);
        return credentials ? "no error" : credentials.error().message();
    }
};

TEST_F(ProcessTest, TakesWhatTheProgramPrints) {
    const auto credentials =
        provider(print(R"({"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","SessionToken":"c",)"
                       R"("Expiration":"2027-01-15T09:00:00+00:00"})"))
            ->resolve(ctx_);
    ASSERT_TRUE(credentials) << credentials.error().message();
    EXPECT_EQ(credentials->access_key_id, "a");
    EXPECT_EQ(credentials->secret_access_key.reveal(), "b");
    EXPECT_EQ(credentials->session_token.reveal(), "c");
    EXPECT_EQ(credentials->source, "process");
    EXPECT_EQ(format_rfc3339(*credentials->expires_at), "2027-01-15T09:00:00Z");
}

TEST_F(ProcessTest, WithoutAnExpirationItRunsOnce) {
    const auto process = provider(print(R"({"Version":1,"AccessKeyId":"a","SecretAccessKey":"b"})"));
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(process->resolve(ctx_));
    EXPECT_EQ(runs(), 1);
}

TEST_F(ProcessTest, QuotesWorkAsInAShellAndNothingIsExpanded) {
    const auto command = print(R"({"Version":1,"AccessKeyId":"a","SecretAccessKey":"b"})") + " \"$HOME; false\" '`x`'";
    EXPECT_TRUE(provider(command)->resolve(ctx_));
}

TEST_F(ProcessTest, SaysHowItFailedWithoutItsSecrets) {
    EXPECT_THAT(message(script("echo 'login first; password=hunter2' >&2; exit 3")),
                ::testing::AllOf(HasSubstr("credential_process of profile p ended with exit status 3"),
                                 HasSubstr("login first"), Not(HasSubstr("hunter2"))));
    EXPECT_THAT(message("/no/such/program"), HasSubstr("cannot be run"));
    EXPECT_THAT(message("'unclosed"), HasSubstr("is not a command line"));
    EXPECT_THAT(message(script("echo '{\"SecretAccessKey\": \"hunter2'")),
                ::testing::AllOf(HasSubstr("not a JSON object"), Not(HasSubstr("hunter2"))));
    EXPECT_THAT(message(print(R"({"Version":2,"AccessKeyId":"a","SecretAccessKey":"b"})")), HasSubstr("Version 2"));
    EXPECT_THAT(message(print(R"({"Version":1,"AccessKeyId":"a"})")), HasSubstr("SecretAccessKey is not"));
    EXPECT_THAT(message(print(R"({"Version":1,"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"soon"})")),
                HasSubstr("Expiration is not a time"));
}

TEST_F(ProcessTest, OutputIsBounded) {
    EXPECT_THAT(message(script("head -c 1000000 /dev/zero")), HasSubstr("printed more than 64 KiB"));
}

TEST_F(ProcessTest, AProgramThatDoesNotEndIsEnded) {
    const auto slow = make_process_provider(
        {.command = script("exec sleep 60"), .profile = "p", .timeout = std::chrono::milliseconds(100)}, clock_);
    const auto error = slow->resolve(ctx_).error();
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_THAT(error.message(), HasSubstr("did not end within"));
}

}  // namespace
}  // namespace cofre::aws
