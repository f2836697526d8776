#include "api/status_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cofre::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

WallTime page_time(std::string_view text) {
    return *parse_rfc3339(text);
}

JobStatus page_job(const std::string& name, JobHealth health) {
    JobStatus job;
    job.name = name;
    job.health = health;
    job.last_run = page_time("2026-11-22T03:00:00Z");
    job.last_state = "succeeded";
    job.last_proven_backup = page_time("2026-11-22T03:00:00Z");
    job.next_run = page_time("2026-11-23T03:00:00Z");
    job.trend = {0, 1000, 4000};
    return job;
}

ServiceStatus page_status(std::vector<JobStatus> jobs) {
    ServiceStatus status;
    status.at = page_time("2026-11-22T09:00:00Z");
    status.host = "server";
    status.version = "1.0";
    status.jobs = std::move(jobs);
    return status;
}

TEST(StatusPage, SaysAtOnceThatAllIsSafe) {
    const auto page = status_page(page_status({page_job("shop", JobHealth::kGood)}), PageLanguage::kEnglish);
    EXPECT_THAT(page, HasSubstr("All 1 jobs are safe"));
    EXPECT_THAT(page, HasSubstr("<!doctype html><html lang=\"en\">"));
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, HasSubstr("<rect"));
}

TEST(StatusPage, NamesTheJobThatNeedsSomebody) {
    auto bad = page_job("photos", JobHealth::kFailed);
    bad.last_error = "the bucket is gone";
    const auto status = page_status({page_job("shop", JobHealth::kGood), bad});
    const auto page = status_page(status, PageLanguage::kEnglish);
    EXPECT_THAT(page, HasSubstr("Job photos needs somebody."));
    EXPECT_THAT(page, HasSubstr("the bucket is gone"));
    EXPECT_THAT(page, Not(HasSubstr("are safe")));
    EXPECT_THAT(status_page(status, PageLanguage::kPortuguese), HasSubstr("A tarefa photos precisa de alguém."));
}

TEST(StatusPage, DoesNotCallUnprovenSafe) {
    auto job = page_job("shop", JobHealth::kUnproven);
    job.last_proven_backup.reset();
    const auto page = status_page(page_status({job}), PageLanguage::kEnglish);
    EXPECT_THAT(page, HasSubstr("no complete backup that was proven"));
    EXPECT_THAT(page, HasSubstr("never"));
}

TEST(StatusPage, EscapesWhatOthersWrote) {
    auto job = page_job("<img src=x onerror=alert(1)>", JobHealth::kFailed);
    job.last_error = "</style><script>alert('&\"')</script>";
    const auto page = status_page(page_status({job}), PageLanguage::kEnglish);
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, Not(HasSubstr("<script")));
}

TEST(StatusPage, ShowsThatThereIsNothing) {
    EXPECT_THAT(status_page(page_status({}), PageLanguage::kEnglish), HasSubstr("No jobs are configured."));
}

TEST(PageLanguage, FollowsTheQueryThenTheBrowser) {
    EXPECT_EQ(page_language("lang=pt", "en"), PageLanguage::kPortuguese);
    EXPECT_EQ(page_language("lang=en", "pt-BR"), PageLanguage::kEnglish);
    EXPECT_EQ(page_language("", "pt-BR,pt;q=0.9,en;q=0.8"), PageLanguage::kPortuguese);
    EXPECT_EQ(page_language("", "en-US,en;q=0.9,pt;q=0.8"), PageLanguage::kEnglish);
    EXPECT_EQ(page_language("", ""), PageLanguage::kEnglish);
}

TEST(ServiceStatus, ShowsTheWorstFirst) {
    std::vector<JobStatus> jobs = {page_job("a", JobHealth::kGood), page_job("c", JobHealth::kOverdue),
                                   page_job("b", JobHealth::kFailed), page_job("d", JobHealth::kFailed)};
    sort_by_need(jobs);
    EXPECT_EQ(jobs[0].name + jobs[1].name + jobs[2].name + jobs[3].name, "bdca");
}

TEST(ServiceStatus, IsOneJsonDocument) {
    const auto json = nlohmann::json::parse(status_json(page_status({page_job("shop", JobHealth::kGood)})));
    EXPECT_EQ(json["jobs"][0]["health"], "good");
    EXPECT_EQ(json["jobs"][0]["next_run"], "2026-11-23T03:00:00Z");
    EXPECT_TRUE(json["jobs"][0]["last_success"].is_null());
}

}  // namespace
}  // namespace cofre::api
