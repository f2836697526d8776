// What becomes of a producer and of its stream when the store fails. Through the
// binary, against a store that fails on demand.

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "scripted_s3.h"
#include "testing/repository_fixture.h"

namespace cofre::testing {
namespace {

using ::testing::HasSubstr;

// A gigabyte and more that does not compress: never the producer's own end.
constexpr const char* kProducer = R"(echo $$ > "$0"; exec head -c 4000000000 /dev/urandom)";
constexpr int kRefusedPack = 2;  // The third.

class StreamFaults : public ::testing::Test {
protected:
    void SetUp() override {
        server_ = *scripted::ScriptedS3::start();
        cofre_.set_all({{"AWS_ACCESS_KEY_ID", "AKIDSCRIPTED"},
                        {"AWS_SECRET_ACCESS_KEY", "scripted-secret"},
                        {"AWS_REGION", "us-east-1"},
                        {"RESTIC_REPOSITORY", "s3:" + server_->endpoint() + "/bucket/r"},
                        {"RESTIC_PASSWORD", "a password"}});
        const auto made = cofre_.run({"init"});
        ASSERT_EQ(made.exit_code, 0) << made.describe();
    }

    /// The store refuses packs from the third on.
    void refuse_packs() {
        server_->set_hook([count = std::make_shared<std::atomic<int>>(0)](const scripted::Recorded& request,
                                                                          int) -> std::optional<scripted::S3Fault> {
            const bool is_pack = request.method == "PUT" && request.key.find("/data/") != std::string::npos;
            if (!is_pack || count->fetch_add(1) < kRefusedPack) return std::nullopt;
            scripted::S3Fault fault;
            fault.instead = scripted::error_reply(403, "AccessDenied");
            return fault;
        });
    }

    std::string pid_file() const { return (cofre_.home() / "producer.pid").string(); }

    /// Whether the producer is gone, and nobody has it as a zombie.
    bool has_producer_ended() const {
        const auto text = read_small_file(pid_file(), 64);
        int pid = 0;
        if (!text || std::from_chars(text->data(), text->data() + text->size(), pid).ec != std::errc()) return false;
        return ::kill(pid, 0) != 0 && errno == ESRCH;
    }

    CliRunner cofre_;
    std::unique_ptr<scripted::ScriptedS3> server_;
};

TEST_F(StreamFaults, F07_AProducerEndsWhenTheStoreRefuses) {
    refuse_packs();
    const auto result = cofre_.run(
        {"backup", "--stdin-from-command", "--stdin-filename", "dump.sql", "--", "sh", "-c", kProducer, pid_file()});
    EXPECT_EQ(result.exit_code, 1) << result.describe();
    EXPECT_THAT(result.err, HasSubstr("AccessDenied")) << result.describe();
    EXPECT_TRUE(has_producer_ended()) << result.describe();
    for (const auto& key : server_->keys())
        EXPECT_EQ(key.find("/snapshots/"), std::string::npos) << key;
    server_->set_hook({});
    const auto checked = cofre_.run({"check", "--read-data"});
    EXPECT_EQ(checked.exit_code, 0) << checked.describe();
}

}  // namespace
}  // namespace cofre::testing
