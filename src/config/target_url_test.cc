#include "config/target_url.h"

#include <gtest/gtest.h>

namespace cofre::config {
namespace {

const PathBase kUrlBase{"/base", "/h/me"};

TEST(TargetUrl, ABucketAndALiteralPrefix) {
    struct Case {
        const char* url;
        const char* bucket;
        const char* prefix;
    };
    for (const auto& [url, bucket, prefix] :
         {Case{"s3://b", "b", ""}, Case{"s3://b/", "b", ""}, Case{"s3://b/p", "b", "p/"},
          Case{"s3://b/p/q/", "b", "p/q/"}, Case{"s3://my-bucket.x_Y/p q/%20", "my-bucket.x_Y", "p q/%20/"},
          Case{"s3://b//p", "b", "/p/"}}) {
        TargetConfig target;
        ASSERT_TRUE(apply_target_url(url, kUrlBase, target)) << url;
        EXPECT_EQ(target.kind, TargetKind::kS3);
        EXPECT_EQ(target.url, url);
        EXPECT_EQ(target.bucket, bucket);
        EXPECT_EQ(target.prefix, prefix);
    }
}

TEST(TargetUrl, AFolder) {
    const std::pair<const char*, const char*> cases[] = {
        {"file:///a/b", "/a/b"}, {"file:///a%20b/", "/a b"}, {"file://localhost/a", "/a"}, {"/a b%20", "/a b%20"},
        {"./a", "/base/a"},      {"../a", "/base/../a"},     {"~/a", "/h/me/a"},           {".", "/base"},
    };
    for (const auto& [url, folder] : cases) {
        TargetConfig target;
        ASSERT_TRUE(apply_target_url(url, kUrlBase, target)) << url;
        EXPECT_EQ(target.kind, TargetKind::kFolder);
        EXPECT_EQ(target.folder.string(), folder);
    }
}

TEST(TargetUrl, RefusesTheRestWithoutRepeatingSecrets) {
    for (const char* url :
         {"", "bucket", "s3:b", "s3://", "s3:///p", "s3://AKID:hunter2@b/p", "s3://host:9000/b", "s3://b\xC3\xA9/p",
          "s3://b?x=1", "file://relative", "file:///a%zz", "https://me:hunter2@h/b", "sftp://h/p"}) {
        TargetConfig target;
        const auto status = apply_target_url(url, kUrlBase, target);
        ASSERT_FALSE(status) << url;
        EXPECT_EQ(status.error().code(), ErrorCode::kInvalidArgument);
        EXPECT_EQ(status.error().message().find("hunter2"), std::string::npos) << status.error().message();
    }
}

}  // namespace
}  // namespace cofre::config
