// One large file, and a process that is killed (SIGKILL) again and again while
// it sends it. Each new one goes on where the last was: at the end the object is
// the file, no unfinished upload remains, and no more was sent twice than what
// was in flight at the kills. COFRE_KILLS and COFRE_KILL_MIB say how often and
// how large (default 5 kills, 96 MiB), COFRE_SOAK_SEED repeats a run.

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/units.h"
#include "scripted_s3.h"
#include "testing/cli_runner.h"
#include "testing/test_size.h"
#include "testing/tree_builder.h"

namespace cofre::testing {
namespace {

constexpr std::uint64_t kPart = 5_MiB;
constexpr int kPartsInFlight = 2;

class UploadKill : public ::testing::Test {
protected:
    void SetUp() override {
        server_ = *scripted::ScriptedS3::start();
        cofre_.set_all({{"AWS_ACCESS_KEY_ID", "AKIDSCRIPTED"},
                        {"AWS_SECRET_ACCESS_KEY", "scripted-secret"},
                        {"AWS_ENDPOINT_URL", server_->endpoint()},
                        {"AWS_REGION", "us-east-1"}});
        server_->set_hook([this](const scripted::Recorded& request, int) {
            if (request.has_query("partNumber") && --requests_until_kill_ == 0) ::kill(client_, SIGKILL);
            return std::optional<scripted::S3Fault>();
        });
    }

    /// True: it came to its end by itself.
    bool run(int requests_until_kill) {
        return run(
            {"s3", "cp", cofre_.home() / "large", "s3://bucket/large", "--provider", "ceph", "--multipart-threshold",
             "5MiB", "--part-size", "5MiB", "--part-concurrency", std::to_string(kPartsInFlight)},
            requests_until_kill);
    }

    bool run(const std::vector<std::string>& arguments, int requests_until_kill) {
        requests_until_kill_ = requests_until_kill;
        auto child = cofre_.start(arguments);
        COFRE_CHECK(child.has_value());
        client_ = child->pid();
        const auto result = child->wait(std::chrono::minutes(5));
        COFRE_CHECK(result.has_value());
        EXPECT_TRUE(result->exit_code == 0 || result->signal == SIGKILL) << result->describe();
        return result->exit_code == 0;
    }

    std::uint64_t bytes_sent() const {
        std::uint64_t sum = 0;
        for (const auto& request : server_->requests()) {
            if (request.method == "PUT" && request.has_query("partNumber")) sum += request.body_bytes;
        }
        return sum;
    }

    CliRunner cofre_;
    std::unique_ptr<scripted::ScriptedS3> server_;
    std::atomic<pid_t> client_{0};
    std::atomic<int> requests_until_kill_{0};
};

TEST_F(UploadKill, EveryNextProcessGoesOnWhereTheLastWas) {
    const std::uint64_t seed = number_from("COFRE_SOAK_SEED", 1);
    const std::uint64_t kills = number_from("COFRE_KILLS", 5);
    const std::uint64_t size = number_from("COFRE_KILL_MIB", 96) * 1_MiB + 4321;
    SCOPED_TRACE("COFRE_SOAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    const std::string body = random_bytes(seed, size);
    ASSERT_TRUE(write_file(cofre_.home() / "large", body));

    std::uint64_t killed = 0;
    bool finished = false;
    while (killed < kills && !finished && !HasFailure()) {
        finished = run(static_cast<int>(1 + random() % 3));
        if (!finished) ++killed;
    }
    if (!finished) {
        ASSERT_TRUE(run(0));
    }

    const auto object = server_->object("large");
    ASSERT_TRUE(object);
    EXPECT_TRUE(object->body == body);
    EXPECT_EQ(server_->pending_uploads(), 0U);
    EXPECT_EQ(server_->count("POST", "uploads"), 1U);
    EXPECT_LE(bytes_sent(), size + killed * kPartsInFlight * kPart);
    std::printf("%llu kills; %s sent for %s\n", static_cast<unsigned long long>(killed),
                format_bytes(bytes_sent()).c_str(), format_bytes(size).c_str());
}

// What a job began lies in the configuration's own state folder.
TEST_F(UploadKill, CleanupOfANamedTargetFindsWhatItsJobLeft) {
    const auto config = cofre_.home() / "cofre.yaml";
    ASSERT_TRUE(write_file(cofre_.home() / "data" / "large", random_bytes(1, 12_MiB)));
    ASSERT_TRUE(write_file(config, "state_dir: " + (cofre_.home() / "elsewhere").native() +
                                       "\ntargets:\n  bucket:\n    url: s3://bucket/p\n    layout: objects\n"
                                       "    provider: ceph\n    multipart_threshold: 5MiB\n    part_size: 5MiB\n"
                                       "jobs:\n  daily:\n    sources: [" +
                                       (cofre_.home() / "data").native() + "]\n    to: bucket\n"));
    ASSERT_FALSE(run({"run", "--config", config}, 2));
    ASSERT_EQ(server_->pending_uploads(), 1U);

    const auto cleanup = cofre_.run({"cleanup", "bucket", "--older-than", "0s", "--config", config});
    ASSERT_EQ(cleanup.exit_code, 0) << cleanup.describe();
    EXPECT_NE(cleanup.out.find("aborted"), std::string::npos) << cleanup.describe();
    EXPECT_EQ(server_->pending_uploads(), 0U);
}

}  // namespace
}  // namespace cofre::testing
