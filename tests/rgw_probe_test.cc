// Every check of the probe against a real server, and the command around it.

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "s3/measured_profile.h"
#include "s3/probe.h"
#include "testing/job_fixture.h"

namespace cofre::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

s3::S3Options probe_options(const std::string& bucket, s3::AddressingStyle addressing) {
    s3::S3Options options;
    options.bucket = bucket;
    options.endpoint = shared_rgw().endpoint();
    options.addressing = addressing;
    // The server's own name is localhost; below it every bucket is a host.
    options.endpoint.replace(options.endpoint.find("127.0.0.1"), std::string("127.0.0.1").size(), "localhost");
    return options;
}

std::unique_ptr<aws::CredentialProvider> probe_signer() {
    return aws::make_static_provider({.access_key_id = shared_rgw().access_key(),
                                      .secret_access_key = Secret(shared_rgw().secret_key()),
                                      .source = "test"});
}

class RgwProbe : public ::testing::Test {
protected:
    s3::ProbeReport probe(s3::AddressingStyle addressing, s3::ProbeOptions options = {}) {
        auto report = s3::run_probe(ctx_, probe_options(bucket_, addressing), probe_signer(), options);
        if (!report) {
            ADD_FAILURE() << report.error().message();
            return {};
        }
        return *std::move(report);
    }

    void expect_nothing_left() {
        EXPECT_THAT(shared_rgw().keys(bucket_).value(), IsEmpty());
        EXPECT_THAT(shared_rgw().pending_uploads(bucket_).value(), IsEmpty());
    }

    CallContext ctx_;
    std::string bucket_ = shared_rgw().create_bucket().value();
};

TEST_F(RgwProbe, AgreesWithTheBuiltInRow) {
    const auto report = probe(s3::AddressingStyle::kPath);
    ASSERT_FALSE(report.ended_by) << report.ended_by->message();
    EXPECT_EQ(report.closest_row, "ceph") << "told by its answers";
    s3::ProviderProfile expected = *s3::find_provider("ceph");
    expected.name = s3::kMeasuredName;
    for (const auto& finding : report.findings)
        SCOPED_TRACE(finding.name + ": " + std::string(to_string(finding.verdict)) + " " + finding.observed);
    EXPECT_EQ(report.measured, expected);
    expect_nothing_left();
}

// What Ceph RGW 16 does, check by check: docs/providers.md has the same list.
TEST_F(RgwProbe, FindsWhatThisServerDoes) {
    const auto report = probe(s3::AddressingStyle::kVirtualHost);
    ASSERT_FALSE(report.ended_by) << report.ended_by->message();
    EXPECT_GE(report.findings.size(), 40U);
    std::vector<std::string> not_yes;
    for (const auto& finding : report.findings) {
        EXPECT_NE(finding.verdict, s3::Verdict::kUnclear) << finding.name << ": " << finding.observed;
        if (finding.verdict == s3::Verdict::kNo) not_yes.push_back(finding.name);
    }
    EXPECT_THAT(not_yes,
                ElementsAre("SHA-256 kept and returned", "SHA-256 verified", "GetObjectAttributes", "object lock"));
    EXPECT_EQ(report.measured.addressing, s3::AddressingStyle::kVirtualHost);
    EXPECT_LT(std::chrono::abs(report.clock_offset.value()), std::chrono::seconds(10));
    expect_nothing_left();
}

TEST_F(RgwProbe, AStopCleansUpAndSaysThatItIsIncomplete) {
    std::stop_source stop;
    ctx_.stop = stop.get_token();
    const auto report =
        probe(s3::AddressingStyle::kPath, {.on_check = [&](std::string_view, std::size_t index, std::size_t) {
                  if (index == 20) stop.request_stop();
              }});
    ASSERT_TRUE(report.ended_by);
    EXPECT_EQ(report.ended_by->code(), ErrorCode::kCancelled);
    EXPECT_THAT(report.left_behind, IsEmpty());
    expect_nothing_left();
}

TEST_F(RgwProbe, WrongKeysEndItAtOnce) {
    auto signer = aws::make_static_provider(
        {.access_key_id = "nobody", .secret_access_key = Secret("nothing"), .source = "test"});
    const auto report = s3::run_probe({}, probe_options(bucket_, s3::AddressingStyle::kPath), std::move(signer), {});
    ASSERT_TRUE(report);
    ASSERT_TRUE(report->ended_by);
    EXPECT_EQ(report->ended_by->code(), ErrorCode::kUnauthenticated) << report->ended_by->message();
    EXPECT_LE(report->findings.size(), 5U);
}

TEST_F(RgwProbe, OwnersMayDoEverything) {
    const auto report =
        probe(s3::AddressingStyle::kPath, {.suite = s3::ProbeSuite::kPermissions, .prefix = "some/prefix/"});
    ASSERT_FALSE(report.ended_by) << report.ended_by->message();
    for (const auto& finding : report.findings)
        EXPECT_EQ(finding.verdict, s3::Verdict::kYes) << finding.name << ": " << finding.observed;
    expect_nothing_left();
}

class ProbeCommand : public JobTest {};

TEST_F(ProbeCommand, WritesAProfileThatTheNextRunUses) {
    const auto file = folder() / "profile.json";
    const auto result = cofre_.run({"s3", "probe", s3_target(), "--json", "--write", file.string()});
    ASSERT_STATUS(0, result);
    const auto json = json_of(result);
    EXPECT_EQ(json.at("closest_row"), "ceph");
    EXPECT_THAT(json.at("left_behind"), IsEmpty());
    EXPECT_EQ(json.at("written").size(), 2U);
    EXPECT_THAT(json.at("differs_from_row"), IsEmpty()) << json.dump(2);

    const auto measured = s3::load_measured(file);
    ASSERT_TRUE(measured) << measured.error().message();
    EXPECT_EQ(measured->endpoint, shared_rgw().endpoint());

    // That a later command reads the other copy shows when it is broken.
    const std::filesystem::path in_state = json.at("written").at(0).get<std::string>();
    EXPECT_EQ(in_state.parent_path().filename(), "profiles");
    ASSERT_TRUE(write_file_atomic(in_state, "{"));
    const auto listed = cofre_.run({"s3", "ls", s3_target(), "-v"});
    ASSERT_STATUS(0, listed);
    EXPECT_THAT(listed.err, HasSubstr("not a profile of a store"));
    // A provider that is named is not looked for there.
    EXPECT_THAT(cofre_.run({"s3", "ls", s3_target(), "-v", "--provider", "ceph"}).err, Not(HasSubstr("not a profile")));
    ASSERT_STATUS(0, cofre_.run({"s3", "ls", s3_target(), "-v", "--provider", file.string()}));
}

TEST_F(ProbeCommand, PrintsATable) {
    const auto result = cofre_.run({"s3", "probe", s3_target(), "--no-save"});
    ASSERT_STATUS(0, result);
    EXPECT_THAT(result.out, HasSubstr("If-None-Match: * on PUT"));
    EXPECT_THAT(result.err, HasSubstr("closest built-in profile: ceph, which agrees in everything"));
    EXPECT_THAT(shared_rgw().keys(bucket()).value(), IsEmpty());
}

TEST_F(ProbeCommand, RefusesAFolder) {
    EXPECT_STATUS(1, cofre_.run({"s3", "probe", target_folder().string()}));
}

}  // namespace
}  // namespace cofre::testing
