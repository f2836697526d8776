// Credentials, clock, region and access; F numbers are rows of the fault matrix.
#include "s3/s3_client.h"

#include <atomic>
#include <string>

#include <gtest/gtest.h>

#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using testing::error_reply;
using testing::kCanarySecret;
using testing::Recorded;
using testing::S3Fault;
using testing::ScriptedS3;

class S3Access : public testing::ScriptedStoreTest {
protected:
    void expect(const Status& status, ErrorCode code, const std::string& in_message, const std::string& in_hint) {
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code(), code) << status.error().message();
        EXPECT_NE(status.error().message().find(in_message), std::string::npos) << status.error().message();
        EXPECT_NE(status.error().hint().find(in_hint), std::string::npos) << status.error().hint();
        expect_no_secret(status.error());
    }
    Status put_status() {
        auto receipt = put("k", "x");
        return receipt ? Status() : Status(receipt.error());
    }
};

TEST_F(S3Access, AGoodBucketPasses) {
    EXPECT_TRUE(store_->check_access(ctx_));
    EXPECT_EQ(store_->describe(), "s3://bucket at " + server_->endpoint());
}

TEST_F(S3Access, AWrongKeyIdIsNamed) {
    aws::Credentials wrong = good_credentials();
    wrong.access_key_id = "AKIDWRONG";
    store_ = make_store(default_options(), wrong);
    expect(store_->check_access(ctx_), ErrorCode::kUnauthenticated,
           "does not know this access key id (InvalidAccessKeyId", "check the access key id");
    expect(put_status(), ErrorCode::kUnauthenticated, "InvalidAccessKeyId", "check the access key id");
    EXPECT_EQ(server_->requests().size(), 2U);  // Nothing was tried again.
}

TEST_F(S3Access, AWrongSecretIsNamedAndNeverShown) {
    aws::Credentials wrong = good_credentials();
    wrong.secret_access_key = Secret(std::string(kCanarySecret) + "x");
    store_ = make_store(default_options(), wrong);
    expect(store_->check_access(ctx_), ErrorCode::kUnauthenticated, "SignatureDoesNotMatch",
           "check the secret access key");
    EXPECT_EQ(server_->requests().size(), 1U);
}

TEST_F(S3Access, AMissingBucketIsNamedWithItsEndpoint) {
    auto options = default_options();
    options.bucket = "backups";
    store_ = make_store(options);
    expect(store_->check_access(ctx_), ErrorCode::kNotFound,
           "bucket \"backups\" does not exist at " + server_->endpoint() + " (NoSuchBucket)", "create it");
}

TEST_F(S3Access, F25AMissingPermissionIsNamed) {
    server_->fail_first(100, "GET", "", {.instead = error_reply(403, "AccessDenied")});
    expect(store_->check_access(ctx_), ErrorCode::kPermissionDenied, "access denied",
           "allow s3:ListBucket on bucket \"bucket\"");
}

TEST_F(S3Access, AServerThatIsNoS3StoreIsNoticed) {
    server_->fail_first(100, "GET", "",
                        {.instead = scripted::Reply{.status = 200, .body = "<html>Welcome to nginx</html>"}});
    const Status status = store_->check_access(ctx_);
    ASSERT_FALSE(status);
    EXPECT_NE(status.error().hint().find("endpoint"), std::string::npos);
}

TEST_F(S3Access, F26AClockThatIsAnHourOffIsCorrected) {
    cofre::testing::FakeClock wrong(clock_.wall_now() - std::chrono::hours(1));
    store_ = *S3Store::create(default_options(), aws::make_static_provider(good_credentials()), wrong);
    ASSERT_TRUE(put("k", "x"));
    ASSERT_TRUE(put("l", "x"));
    EXPECT_EQ(server_->requests().size(), 3U);  // Only the first was refused.
    EXPECT_EQ(server_->requests().back().signature_date, format_basic(clock_.wall_now()));
}

TEST_F(S3Access, F26AClockIsCorrectedFromAnAnswerWithoutABodyToo) {
    cofre::testing::FakeClock wrong(clock_.wall_now() + std::chrono::hours(1));
    store_ = *S3Store::create(default_options(), aws::make_static_provider(good_credentials()), wrong);
    server_->put_object("k", "x");
    EXPECT_TRUE(store_->head(ctx_, key("k")));
}

TEST_F(S3Access, F26AStoreThatRefusesItsOwnTimeIsAnErrorWithAHint) {
    server_->fail_first(1000, "PUT", "", {.instead = error_reply(403, "RequestTimeTooSkewed")});
    expect(put_status(), ErrorCode::kUnauthenticated, "clock differs", "NTP");
    EXPECT_LE(server_->requests().size(), 3U);
}

TEST_F(S3Access, CredentialsThatCannotBeHadAreAnErrorWithoutARequest) {
    class None final : public aws::CredentialProvider {
        std::string name() const override { return "none"; }
        Result<aws::Credentials> resolve(const CallContext&) override {
            return Error(ErrorCode::kUnauthenticated, "no credentials found").with_hint("set AWS_ACCESS_KEY_ID");
        }
    };
    store_ = *S3Store::create(default_options(), std::make_unique<None>(), clock_);
    expect(store_->check_access(ctx_), ErrorCode::kUnauthenticated, "no credentials found", "AWS_ACCESS_KEY_ID");
    EXPECT_EQ(server_->requests().size(), 0U);
}

// Has no keys until its service is back.
class Absent final : public aws::CredentialProvider {
public:
    Absent(const Clock& clock, std::optional<std::chrono::milliseconds> retry_after)
        : clock_(clock), retry_after_(retry_after), back_at_(clock.now() + std::chrono::minutes(5)) {}
    std::string name() const override { return "absent"; }
    Result<aws::Credentials> resolve(const CallContext&) override {
        if (clock_.now() >= back_at_) {
            return aws::Credentials{.access_key_id = "AKIDSCRIPTED", .secret_access_key = Secret(kCanarySecret)};
        }
        Error error(ErrorCode::kUnavailable, "STS is down");
        if (!retry_after_) return error;
        return std::move(error).with_retry_after(*retry_after_);
    }

private:
    const Clock& clock_;
    const std::optional<std::chrono::milliseconds> retry_after_;
    const std::chrono::steady_clock::time_point back_at_;
};

TEST_F(S3Access, ARequestWaitsForCredentialsThatWereThereBefore) {
    server_->set_credentials("AKIDSCRIPTED", kCanarySecret, "");
    const auto wait = std::chrono::seconds(30);
    store_ = *S3Store::create(default_options(), std::make_unique<Absent>(clock_, wait), clock_);
    EXPECT_TRUE(put("k", "x"));
    EXPECT_GE(clock_.passed(), std::chrono::minutes(5));
}

TEST_F(S3Access, ARequestDoesNotWaitLongForCredentialsThatNeverWere) {
    store_ = *S3Store::create(default_options(), std::make_unique<Absent>(clock_, std::nullopt), clock_);
    expect(put_status(), ErrorCode::kUnavailable, "STS is down", "");
    EXPECT_LE(clock_.passed(), std::chrono::seconds(10));
}

// Gives out what it is told to, and counts what it is told is stale.
class Rotating final : public aws::CredentialProvider {
public:
    struct State {
        std::atomic<int> generation{0};
        std::atomic<int> invalidations{0};
        std::atomic<bool> renews{true};
    };
    explicit Rotating(State& state) : state_(state) {}
    std::string name() const override { return "rotating"; }
    Result<aws::Credentials> resolve(const CallContext&) override {
        aws::Credentials credentials;
        credentials.access_key_id = "AKIDSCRIPTED";
        credentials.secret_access_key = Secret(kCanarySecret);
        credentials.session_token = Secret("CANARYTOKEN" + std::to_string(state_.generation.load()));
        return credentials;
    }
    void invalidate(const aws::Credentials&) override {
        ++state_.invalidations;
        if (state_.renews) ++state_.generation;
    }

private:
    State& state_;
};

class S3Tokens : public S3Access {
protected:
    void SetUp() override {
        S3Access::SetUp();
        server_->set_credentials("AKIDSCRIPTED", kCanarySecret, "CANARYTOKEN1");
        store_ = *S3Store::create(default_options(), std::make_unique<Rotating>(state_), clock_);
    }
    Rotating::State state_;
};

TEST_F(S3Tokens, F21AnExpiredTokenIsRenewedOnceAndTheRequestSentAgain) {
    ASSERT_TRUE(put("k", "x"));
    EXPECT_EQ(state_.invalidations, 1);
    EXPECT_EQ(server_->requests().size(), 2U);
    EXPECT_EQ(clock_.passed().count(), 0);  // No backoff: nothing is overloaded.
}

TEST_F(S3Tokens, F21AnUploadOutlivesItsToken) {
    state_.generation = 1;
    server_->set_hook([&](const Recorded& r, int) -> std::optional<S3Fault> {
        if (r.has_query("partNumber=2&")) server_->set_credentials("AKIDSCRIPTED", kCanarySecret, "CANARYTOKEN2");
        return std::nullopt;
    });
    const std::string body = body_of(12'000'000);
    auto options = default_options();
    options.part_concurrency = 1;
    store_ = *S3Store::create(options, std::make_unique<Rotating>(state_), clock_);
    const auto receipt = put("k", body);
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(stored("k"), body);
    EXPECT_EQ(server_->count("POST", "uploads"), 1U);  // The upload id was kept.
    EXPECT_EQ(server_->count("PUT", "partNumber=1&"), 1U);
}

TEST_F(S3Tokens, F24ATokenThatCannotBeRenewedIsAnErrorWithoutALoop) {
    state_.renews = false;
    expect(put_status(), ErrorCode::kUnauthenticated, "the session token has expired (ExpiredToken", "sign in again");
    EXPECT_EQ(server_->requests().size(), 1U);
}

TEST_F(S3Tokens, F24TokensThatAreAllRefusedEndSoon) {
    server_->set_credentials("AKIDSCRIPTED", kCanarySecret, "another");
    expect(put_status(), ErrorCode::kUnauthenticated, "ExpiredToken", "");
    EXPECT_LE(server_->requests().size(), 4U);
}

class S3Regions : public S3Access {
protected:
    void configure(ScriptedS3::Options& options) override { options.region = "eu-west-1"; }
};

TEST_F(S3Regions, AWrongRegionIsLearnedOnce) {
    ASSERT_TRUE(put("k", "x"));
    ASSERT_TRUE(put("l", "x"));
    EXPECT_EQ(server_->requests().size(), 3U);
}

TEST_F(S3Regions, AStoreThatNamesOneRegionAfterTheOtherIsAnErrorWithAHint) {
    std::atomic<int> n{0};
    server_->set_hook([&](const Recorded&, int) -> std::optional<S3Fault> {
        auto reply = error_reply(301, "PermanentRedirect");
        reply.headers.push_back({"x-amz-bucket-region", "region-" + std::to_string(++n)});
        return S3Fault{.instead = reply};
    });
    expect(put_status(), ErrorCode::kInvalidArgument, "the bucket is in another region (PermanentRedirect",
           "set the region to region-");
    EXPECT_LE(server_->requests().size(), 3U);
}

TEST_F(S3Access, F62ARedirectToAnotherHostIsNotFollowed) {
    const auto other = *ScriptedS3::start();
    auto reply = error_reply(307, "TemporaryRedirect");
    reply.headers.push_back({"Location", other->endpoint() + "/bucket/k"});
    reply.headers.push_back({"x-amz-bucket-region", "evil.example.com/#"});
    server_->fail_first(1000, "PUT", "", {.instead = reply});
    EXPECT_FALSE(put_status());
    EXPECT_EQ(other->requests().size(), 0U);
}

TEST_F(S3Access, ConnectionsAreKept) {
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(put("k" + std::to_string(i), "x"));
    EXPECT_EQ(server_->connections(), 1);
}

}  // namespace
}  // namespace cofre::s3
