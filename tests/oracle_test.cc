// Clients that we did not write read what cofre wrote, and cofre reads what
// they wrote, byte for byte.

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "testing/job_fixture.h"
#include "testing/s3_tools.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;

class Oracle : public JobTest, public ::testing::WithParamInterface<S3Tool::Kind> {
protected:
    void SetUp() override {
        JobTest::SetUp();
        tool_.emplace(GetParam(), shared_rgw());
        // Names that every one of the tools can express, sizes around the
        // tools' own part sizes, and one that goes in parts.
        ASSERT_TRUE(build_tree(source(), {.seed = 21, .files = 24, .hostile_names = false, .symlinks = false}));
        ASSERT_TRUE(write_file(source() / "with space" / "caf\xc3\xa9 (1) & more+plus=eq,comma.txt", "names"));
        ASSERT_TRUE(write_file(source() / "\xf0\x9f\x94\x92" / "safe", "emoji"));
        ASSERT_TRUE(write_file(source() / "large", random_bytes(22, 20'000'003)));
    }

    std::string differences() { return describe_differences(source(), restored(), {.files_only = true}); }

    std::optional<S3Tool> tool_;
};

TEST_P(Oracle, ReadsWhatBackupWrote) {
    ASSERT_STATUS(0, backup(s3_target(), {"--multipart-threshold", "5MiB", "--part-size", "5MiB"}));
    const auto received = tool_->download(bucket(), "some/prefix", restored());
    ASSERT_TRUE(received) << received.error().message();
    fs::remove_all(restored() / ".cofre");  // The manifest.
    EXPECT_EQ(differences(), "");
}

TEST_P(Oracle, ReadsWhatCopyWrote) {
    ASSERT_STATUS(0, cofre_.run({"s3", "cp", "--recursive", source().string(), s3_target()}));
    const auto received = tool_->download(bucket(), "some/prefix", restored());
    ASSERT_TRUE(received) << received.error().message();
    EXPECT_EQ(differences(), "");
}

TEST_P(Oracle, WritesWhatCopyReads) {
    const auto sent = tool_->upload(source(), bucket(), "some/prefix");
    ASSERT_TRUE(sent) << sent.error().message();
    ASSERT_STATUS(0, cofre_.run({"s3", "cp", "--recursive", s3_target(), restored().string()}));
    EXPECT_EQ(differences(), "");
}

TEST_P(Oracle, WritesWhatListShows) {
    const auto sent = tool_->upload(source(), bucket(), "some/prefix");
    ASSERT_TRUE(sent) << sent.error().message();
    const auto listed = cofre_.run({"s3", "ls", "--recursive", s3_target()});
    ASSERT_STATUS(0, listed);
    for (const auto& path : files_below(source()))
        EXPECT_THAT(listed.out, ::testing::HasSubstr(path));
}

INSTANTIATE_TEST_SUITE_P(Tools, Oracle,
                         ::testing::Values(S3Tool::Kind::kAwsCli, S3Tool::Kind::kRclone, S3Tool::Kind::kS3cmd),
                         [](const auto& param) { return to_string(param.param); });

class OracleCurl : public JobTest {
protected:
    static Result<ChildResult> curl(std::vector<std::string> args) {
        args.insert(args.begin(), {"curl", "-sS", "-w", "%{stderr}%{http_code}"});
        return run_child({.argv = std::move(args), .environment = clean_environment("/nonexistent")});
    }

    std::string presign(const std::string& method) {
        const auto result = cofre_.run({"s3", "presign", "s3://" + bucket() + "/a/\xc3\xa9 b+c", "--method", method});
        EXPECT_STATUS(0, result);
        return result.out.substr(0, result.out.find('\n'));
    }
};

TEST_F(OracleCurl, UsesPresignedUrlsWithoutKeys) {
    ASSERT_TRUE(write_file(folder() / "body", "presigned body"));
    const auto put = curl({"-T", (folder() / "body").string(), presign("PUT")});
    ASSERT_TRUE(put);
    EXPECT_EQ(put->err, "200") << put->out;
    const auto get = curl({presign("GET")});
    ASSERT_TRUE(get);
    EXPECT_EQ(get->out, "presigned body");
}

TEST_F(OracleCurl, IsRefusedWithAnAlteredUrl) {
    std::string url = presign("GET");
    url.back() = url.back() == '0' ? '1' : '0';
    const auto get = curl({url});
    ASSERT_TRUE(get);
    EXPECT_EQ(get->err, "403");
}

}  // namespace
}  // namespace cofre::testing
