// Against a scripted store that lacks something. Against a real one, where all
// checks run: tests/rgw_probe_test.cc.

#include "s3/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ProbeTest : public testing::ScriptedStoreTest {
protected:
    ProbeReport probe(ProbeSuite suite, std::string prefix = "p/") {
        auto report = run_probe(ctx_, default_options(), aws::make_static_provider(good_credentials()),
                                {.suite = suite, .prefix = std::move(prefix), .on_check = {}}, clock_);
        EXPECT_TRUE(report) << report.error().message();
        return report ? *std::move(report) : ProbeReport();
    }

    /// Requests that `when` holds for are answered with this error.
    void refuse(std::function<bool(const testing::Recorded&)> when, int status, const char* code) {
        server_->set_hook([=, when = std::move(when)](const testing::Recorded& request, int) {
            std::optional<testing::S3Fault> fault;
            if (when(request)) fault = testing::S3Fault{.instead = testing::error_reply(status, code)};
            return fault;
        });
    }

    static Verdict verdict(const ProbeReport& report, std::string_view name) {
        const auto* const finding = report.find(name);
        EXPECT_NE(finding, nullptr) << name;
        return finding == nullptr ? Verdict::kUnclear : finding->verdict;
    }
};

TEST_F(ProbeTest, LeavesNothingBehind) {
    const auto report = probe(ProbeSuite::kCapabilities);
    EXPECT_FALSE(report.ended_by);
    EXPECT_THAT(report.left_behind, IsEmpty());
    EXPECT_EQ(server_->object_count(), 0U);
    EXPECT_EQ(server_->pending_uploads(), 0U);
    for (const auto& request : server_->requests()) {
        if (request.key.empty()) continue;
        EXPECT_EQ(request.key.rfind("p/cofre-probe-", 0), 0U) << request.key;
    }
}

TEST_F(ProbeTest, AnActionThatIsDeniedIsNamedAndWhatStaysIsListed) {
    refuse([](const auto& request) { return request.method == "DELETE" && !request.has_query("uploadId"); }, 403,
           "AccessDenied");
    const auto report = probe(ProbeSuite::kPermissions);
    EXPECT_FALSE(report.ended_by);
    EXPECT_EQ(verdict(report, "s3:DeleteObject"), Verdict::kNo);
    EXPECT_EQ(verdict(report, "s3:PutObject"), Verdict::kYes);
    EXPECT_EQ(verdict(report, "s3:AbortMultipartUpload"), Verdict::kYes);
    ASSERT_THAT(report.left_behind, SizeIs(1));
    EXPECT_THAT(report.left_behind.front(), HasSubstr("cofre-probe-"));
    EXPECT_EQ(server_->object_count(), 1U);
}

TEST_F(ProbeTest, KeysThatOnlyReadAreToldWhatTheyMayNot) {
    refuse([](const auto& request) { return request.method != "GET" && request.method != "HEAD"; }, 403,
           "AccessDenied");
    const auto report = probe(ProbeSuite::kPermissions);
    EXPECT_EQ(verdict(report, "s3:PutObject"), Verdict::kNo);
    EXPECT_EQ(verdict(report, "s3:GetObject"), Verdict::kYes);
    EXPECT_EQ(verdict(report, "s3:ListBucket"), Verdict::kYes);
    EXPECT_EQ(verdict(report, "s3:DeleteObject"), Verdict::kNo);
    EXPECT_EQ(verdict(report, "s3:AbortMultipartUpload"), Verdict::kUnclear) << "no upload can be begun";
}

TEST_F(ProbeTest, AStoreWithoutUnequalPartsIsMeasuredSo) {
    // As R2 answers a completion whose parts differ: the second is a byte longer.
    refuse(
        [](const auto& request) {
            return request.method == "POST" && request.has_query("uploadId") &&
                   request.key.find("unequal") != std::string::npos;
        },
        400, "InvalidPart");
    const auto report = probe(ProbeSuite::kCapabilities);
    EXPECT_EQ(verdict(report, "unequal parts"), Verdict::kNo);
    EXPECT_TRUE(report.measured.equal_parts);
}

TEST_F(ProbeTest, AStoreThatKnowsNoConditionsIsMeasuredSo) {
    refuse([](const auto& request) { return !request.header("if-none-match").empty(); }, 501, "NotImplemented");
    const auto report = probe(ProbeSuite::kCapabilities);
    EXPECT_EQ(verdict(report, "If-None-Match: * on PUT"), Verdict::kNo);
    EXPECT_FALSE(report.measured.conditional_put);
}

TEST_F(ProbeTest, AStoreThatOnlyListsTheOldWayIsMeasuredSo) {
    refuse([](const auto& request) { return request.has_query("list-type=2"); }, 501, "NotImplemented");
    const auto report = probe(ProbeSuite::kCapabilities);
    EXPECT_EQ(verdict(report, "ListObjectsV2"), Verdict::kNo);
    EXPECT_EQ(verdict(report, "ListObjects (v1)"), Verdict::kYes);
    EXPECT_EQ(report.measured.list_version, 1);
}

TEST_F(ProbeTest, ABadDayOfTheStoreSaysNothing) {
    refuse([](const auto& request) { return request.has_query("versioning"); }, 503, "ServiceUnavailable");
    const auto report = probe(ProbeSuite::kCapabilities);
    EXPECT_EQ(verdict(report, "versioning"), Verdict::kUnclear);
    EXPECT_FALSE(report.ended_by);
}

TEST_F(ProbeTest, WhatCannotBeWrittenToEndsAtOnce) {
    refuse([](const auto& request) { return request.method == "PUT"; }, 403, "AccessDenied");
    const auto report = probe(ProbeSuite::kCapabilities);
    ASSERT_TRUE(report.ended_by);
    EXPECT_EQ(report.ended_by->code(), ErrorCode::kPermissionDenied);
    EXPECT_LE(report.findings.size(), 5U);
}

}  // namespace
}  // namespace cofre::s3
