// `cofre doctor` against a real server and real folders.

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/job_fixture.h"

namespace cofre::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class DoctorCommand : public JobTest {
protected:
    void SetUp() override {
        JobTest::SetUp();
        cofre_.set("COFRE_STATE_DIR", (folder() / "state").string());
    }

    /// The finding, or a failed test.
    static nlohmann::json finding(const nlohmann::json& report, const std::string& check, const std::string& subject) {
        for (const auto& section : report.at("sections")) {
            if (section.at("check") != check) continue;
            for (const auto& found : section.at("findings")) {
                if (found.at("subject") == subject) return found;
            }
        }
        ADD_FAILURE() << check << "/" << subject << " is not in " << report.dump(2);
        return {{"health", ""}, {"text", ""}, {"hint", ""}};
    }
};

TEST_F(DoctorCommand, FindsNothingWrongWithAGoodBucket) {
    const auto result = cofre_.run({"doctor", s3_target(), "--json"});
    ASSERT_STATUS(0, result);
    const auto report = json_lines_of(result).back();
    EXPECT_EQ(report.at("healthy"), true);
    for (const auto* action :
         {"s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:DeleteObject", "s3:AbortMultipartUpload",
          "s3:ListBucketMultipartUploads", "s3:ListMultipartUploadParts"}) {
        EXPECT_EQ(finding(report, "access", action).at("text"), "allowed");
    }
    EXPECT_EQ(finding(report, "unfinished uploads", "of this machine").at("text"), "none");
    EXPECT_EQ(finding(report, "bucket", "versioning").at("text"), "off");
    EXPECT_THAT(finding(report, "bucket", "CORS").at("text"), HasSubstr("not set"));
    EXPECT_THAT(finding(report, "throughput", "up").at("text"), HasSubstr("MB/s"));
    EXPECT_THAT(finding(report, "throughput", "down").at("text"), HasSubstr("MB/s"));
    EXPECT_THAT(shared_rgw().keys(bucket()).value(), IsEmpty());
    EXPECT_THAT(shared_rgw().pending_uploads(bucket()).value(), IsEmpty());
}

TEST_F(DoctorCommand, SaysWhatIsMissingWhenTheBucketIs) {
    const auto result = cofre_.run({"doctor", "s3://no-such-bucket-at-all/x"});
    EXPECT_STATUS(1, result);
    EXPECT_THAT(result.out, HasSubstr("no-such-bucket-at-all"));
    EXPECT_THAT(result.out, Not(HasSubstr("MB/s")));
}

TEST_F(DoctorCommand, StopsWhereNobodyAnswers) {
    cofre_.set("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9");
    const auto result = cofre_.run({"doctor", "s3://some-bucket", "--json"});
    EXPECT_STATUS(1, result);
    const auto report = json_lines_of(result).back();
    EXPECT_EQ(finding(report, "network", "connection").at("health"), "bad");
    for (const auto& section : report.at("sections"))
        EXPECT_NE(section.at("check"), "access");
}

TEST_F(DoctorCommand, LooksAtAFolder) {
    ASSERT_TRUE(std::filesystem::create_directories(target_folder()));
    const auto result = cofre_.run({"doctor", target_folder().string(), "--json"});
    ASSERT_STATUS(0, result);
    const auto report = json_lines_of(result).back();
    EXPECT_EQ(finding(report, "folder", "writable").at("text"), "yes");
    EXPECT_THAT(finding(report, "folder", "free space").at("text"), HasSubstr(" of "));
    EXPECT_THAT(finding(report, "folder", "file system").at("text"), HasSubstr(" at /"));
    EXPECT_THAT(finding(report, "throughput", "up").at("text"), HasSubstr("MB/s"));
    EXPECT_THAT(files_below(target_folder()), IsEmpty());

    const auto absent = cofre_.run({"doctor", (folder() / "absent").string(), "--no-throughput"});
    EXPECT_STATUS(1, absent);
    EXPECT_THAT(absent.out, HasSubstr("is not there"));
}

TEST_F(DoctorCommand, PrintsPolicies) {
    const auto full = json_of(cofre_.run({"doctor", "policy", "s3://b/p/", "--json"}));
    EXPECT_THAT(full.dump(), HasSubstr("s3:DeleteObject"));
    EXPECT_THAT(full.dump(), HasSubstr("arn:aws:s3:::b/p/*"));
    const auto append = cofre_.run({"doctor", "policy", "s3://b/p/", "--append-only"});
    ASSERT_STATUS(0, append);
    EXPECT_THAT(append.out, Not(HasSubstr("Delete")));
    EXPECT_STATUS(1, cofre_.run({"doctor", "policy", "s3://b", "--append-only", "--restore-only"}));
    EXPECT_STATUS(1, cofre_.run({"doctor", "policy", "/tmp"}));
}

}  // namespace
}  // namespace cofre::testing
