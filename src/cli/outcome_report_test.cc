#include "cli/outcome_report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/exit_status.h"

namespace cofre::cli {
namespace {

JobReport report(std::uint64_t files, std::uint64_t problems) {
    JobReport r{.job = "docs", .target = "s3://b"};
    r.outcome.emplace();
    r.outcome->summary.files = files;
    r.outcome->problem_count = problems;
    if (problems > 0) r.outcome->problems.push_back({"bad\xff", "no access to password=hunter2"});
    return r;
}

JobReport failed(ErrorCode code) {
    return {.job = "docs", .error = Error(code, "nothing done")};
}

TEST(JobReport, HasTheExitStatusOfItsOutcome) {
    EXPECT_EQ(report(3, 0).exit_status(), kExitDone);
    EXPECT_EQ(report(3, 1).exit_status(), kExitPartial);
    EXPECT_EQ(report(0, 1).exit_status(), kExitFatal);
    EXPECT_EQ(failed(ErrorCode::kUnavailable).exit_status(), kExitFatal);
    EXPECT_EQ(failed(ErrorCode::kCancelled).exit_status(), kExitInterrupted);
}

TEST(CombinedStatus, IsPartialUnlessAllAgree) {
    EXPECT_EQ(combined_status({report(1, 0), report(1, 0)}), kExitDone);
    EXPECT_EQ(combined_status({report(1, 0), failed(ErrorCode::kNotFound)}), kExitPartial);
    EXPECT_EQ(combined_status({failed(ErrorCode::kNotFound)}), kExitFatal);
    EXPECT_EQ(combined_status({report(1, 0), failed(ErrorCode::kCancelled)}), kExitInterrupted);
}

TEST(ReportJson, IsValidJsonWithEscapedNamesAndNoSecrets) {
    const auto text = report_json(report(1, 1));
    const auto json = nlohmann::json::parse(text);
    EXPECT_EQ(json["errors"][0]["path"], "bad\\xff");
    EXPECT_EQ(json["errors"][0]["path_base64"], "YmFk/w==");
    EXPECT_EQ(text.find("hunter2"), std::string::npos);
    EXPECT_EQ(json["exit_status"], 2);
}

TEST(RunJson, AddsUpItsJobs) {
    const auto json = nlohmann::json::parse(run_json({report(1, 0), failed(ErrorCode::kNotFound)}, 2));
    EXPECT_EQ(json["jobs"].size(), 2U);
    EXPECT_EQ(json["jobs"][1]["error"]["message"], "nothing done");
    EXPECT_FALSE(json["success"]);
}

}  // namespace
}  // namespace cofre::cli
