#include "testing/s3_tools.h"

#include <gtest/gtest.h>

#include "testing/tree_builder.h"

namespace cofre::testing {
namespace {

class S3ToolRoundTrip : public ::testing::TestWithParam<S3Tool::Kind> {};

// What one tool sends and gets back unchanged is what it may judge in cofre.
TEST_P(S3ToolRoundTrip, BringsBackWhatItSent) {
    auto folder = TempDir::create("cofre-roundtrip");
    ASSERT_TRUE(folder);
    const TreeSpec spec{.seed = 7, .files = 12, .hostile_names = false, .symlinks = false};
    ASSERT_TRUE(build_tree(folder->path() / "sent", spec));
    const std::string bucket = fresh_bucket();
    const S3Tool tool(GetParam(), shared_rgw());

    const auto sent = tool.upload(folder->path() / "sent", bucket, "some/prefix");
    ASSERT_TRUE(sent) << sent.error().message();
    const auto received = tool.download(bucket, "some/prefix", folder->path() / "received");
    ASSERT_TRUE(received) << received.error().message();

    EXPECT_EQ(files_below(folder->path() / "received").size(), 12U);
    EXPECT_EQ(describe_differences(folder->path() / "sent", folder->path() / "received", {.files_only = true}), "");
}

INSTANTIATE_TEST_SUITE_P(Tools, S3ToolRoundTrip,
                         ::testing::Values(S3Tool::Kind::kAwsCli, S3Tool::Kind::kRclone, S3Tool::Kind::kS3cmd),
                         [](const auto& param) { return to_string(param.param); });

}  // namespace
}  // namespace cofre::testing
