// A stream that outlives the sessions which sign for it: the reason why cofre
// exists. COFRE_STREAM_MIB and COFRE_STREAM_SESSIONS make it as long as `make
// soak` wants it; a relay counts what really went over the wire.

#include <cstdio>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/units.h"
#include "testing/cli_runner.h"
#include "testing/sts_roles.h"
#include "testing/tcp_relay.h"
#include "testing/test_size.h"

namespace cofre::testing {
namespace {

constexpr int kSessionSeconds = 3;

class LongStream : public ::testing::Test {
protected:
    void SetUp() override {
        // Gigabytes get a server of their own, whose memory ends with the test.
        if (mib_ > 512) {
            own_ = *RgwServer::start();
            server_ = own_.get();
        }
        bucket_ = *server_->create_bucket();
        relay_ = *TcpRelay::start(server_->endpoint());
        cofre_.set("AWS_ENDPOINT_URL_S3", relay_->endpoint()).set("AWS_ENDPOINT_URL_STS", server_->endpoint());
        cofre_.set("AWS_REGION", "us-east-1").set("AWS_EC2_METADATA_DISABLED", "true");
        ASSERT_TRUE(std::filesystem::create_directories(cofre_.home() / ".aws"));
    }

    void write_config(const std::string& text) const {
        ASSERT_TRUE(write_file_atomic(cofre_.home() / ".aws/config", text));
    }

    /// The same bytes each time, as fast as AES makes them; then the command.
    void feed(const std::string& then) {
        cofre_.wrap({"sh", "-c",
                     "openssl enc -aes-128-ctr -nosalt -pass pass:cofre -pbkdf2 -in /dev/zero 2>/dev/null | head -c " +
                         std::to_string(mib_ * 1_MiB) + " | " + then,
                     "sh"});
    }

    std::string sha256_of_stream() {
        feed("sha256sum");
        return cofre_.run({}).out;
    }

    static int count(const std::string& text, const std::string& word) {
        int found = 0;
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
            ++found;
        return found;
    }

    /// Uploads it at a rate that takes as long as `sessions_` sessions.
    void outlive_its_sessions() {
        const std::uint64_t kib_per_second = mib_ * 1024 / (sessions_ * kSessionSeconds + 1);
        const std::string url = "s3://" + bucket_ + "/stream";
        feed("\"$@\"");
        const auto up = cofre_.run({"s3", "cp", "-v", "--limit-upload", std::to_string(kib_per_second), "--part-size",
                                    "5MiB", "--part-concurrency", "2", "-", url});
        ASSERT_EQ(up.exit_code, 0) << up.describe();
        const auto sent = relay_->bytes_sent();
        const int renewals = count(up.err, "renewed");
        EXPECT_GE(renewals + 1, static_cast<int>(sessions_)) << up.describe();
        EXPECT_THAT(up.err, ::testing::Not(::testing::HasSubstr("again")));
        // Heads of requests only: not one part went twice.
        EXPECT_LT(sent, mib_ * 1_MiB + 2_MiB);
        std::printf("%llu MiB, %d renewals, %s sent beyond the stream\n", static_cast<unsigned long long>(mib_),
                    renewals, format_bytes(sent - mib_ * 1_MiB).c_str());
        cofre_.wrap({"sh", "-c", "\"$@\" | sha256sum", "sh"});
        const auto down = cofre_.run({"s3", "cp", url, "-"});
        EXPECT_EQ(down.out, sha256_of_stream()) << down.describe();
    }

    const std::uint64_t mib_ = number_from("COFRE_STREAM_MIB", 24);
    const std::uint64_t sessions_ = number_from("COFRE_STREAM_SESSIONS", 2);
    std::unique_ptr<RgwServer> own_;
    RgwServer* server_ = &shared_rgw();
    std::string bucket_;
    std::unique_ptr<TcpRelay> relay_;
    CliRunner cofre_;
};

const std::string kSeconds = "duration_seconds=" + std::to_string(kSessionSeconds) + "\n";

TEST_F(LongStream, OutlivesTheSessionsOfARole) {
    write_config("[default]\nrole_arn=" + role_for_user(*server_) + "\nsource_profile=base\n" + kSeconds +
                 "[profile base]\naws_access_key_id=" + server_->access_key() +
                 "\naws_secret_access_key=" + server_->secret_key() + "\n");
    outlive_its_sessions();
}

TEST_F(LongStream, OutlivesTheTokensOfAWebIdentity) {
    const Issuer issuer(std::chrono::seconds(6));
    write_config("[default]\n" + kSeconds + "role_arn=" + role_for_issuer(*server_, issuer) +
                 "\nweb_identity_token_file=" + issuer.token_file() + "\n");
    outlive_its_sessions();
}

TEST_F(LongStream, OutlivesARoleThatAWebIdentityAssumes) {
    const Issuer issuer(std::chrono::seconds(6));
    const std::string pod = role_for_issuer(*server_, issuer);
    write_config("[default]\nrole_arn=" + role_for_role(*server_, pod) + "\nsource_profile=pod\n" + kSeconds +
                 "[profile pod]\nrole_arn=" + pod + "\nweb_identity_token_file=" + issuer.token_file() + "\n" +
                 kSeconds);
    outlive_its_sessions();
}

}  // namespace
}  // namespace cofre::testing
