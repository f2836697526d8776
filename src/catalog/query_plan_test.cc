// That no query of the history reads more than it shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "catalog/run_rows.h"
#include "catalog/testing/catalog_contract.h"

namespace cofre::catalog::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class QueryPlan : public ::testing::Test {
protected:
    void SetUp() override {
        db::SqlUrl url;
        url.path = folder_.path() / "catalog.db";
        catalog_ = Catalog::open({}, url).value();
    }

    std::string plan_of(const RunQuery& query) {
        std::string plan;
        const Status read =
            catalog_->database().transact({}, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
                COFRE_ASSIGN(const auto rows, db.query("EXPLAIN QUERY PLAN " + query.sql, 4, query.values));
                for (std::size_t row = 0; row < rows.size(); ++row)
                    plan += rows.text(row, 3) + "\n";
                return {};
            });
        EXPECT_TRUE(read) << read.error().message();
        return plan;
    }

    void expect_index(const RunQuery& query, const std::string& index) {
        const auto plan = plan_of(query);
        EXPECT_THAT(plan, HasSubstr("USING INDEX " + index)) << query.sql;
        EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE"))) << query.sql << " is sorted";
    }

    TempDir folder_ = TempDir::create("cofre-plan").value();
    std::unique_ptr<Catalog> catalog_;
};

TEST_F(QueryPlan, HistoryFollowsAnIndexHoweverItIsFiltered) {
    HistoryFilter page;
    page.after = RunCursor{kNoon, "id"};
    expect_index(history_query({}, std::nullopt), "runs_time");
    expect_index(history_query(page, std::nullopt), "runs_time");
    expect_index(history_query({}, RunState::kFailed), "runs_state");
    expect_index(history_query(page, RunState::kFailed), "runs_state");
    page.job = "a";
    expect_index(history_query({.job = "a", .since = kNoon}, std::nullopt), "runs_job");
    expect_index(history_query(page, std::nullopt), "runs_job");
}

TEST_F(QueryPlan, WhatIsActiveIsFoundAmongWhatIsActive) {
    // With what a database of a million runs knows of itself.
    const Status told = catalog_->database().transact({}, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(db.execute("ANALYZE"));
        COFRE_TRY(
            db.execute("INSERT INTO sqlite_stat1 VALUES ('runs', 'runs_time', '1000000 1 1'), "
                       "('runs', 'runs_job', '1000000 1000 1 1'), ('runs', 'runs_active', '3 1'), "
                       "('runs', 'runs_active_of_job', '3 1 1')"));
        return {};
    });
    ASSERT_TRUE(told) << told.error().message();
    db::SqlUrl url = catalog_->database().url();
    catalog_ = Catalog::open({}, url).value();
    expect_index(active_query(), "runs_active");
    expect_index(active_of_job_query("a"), "runs_active_of_job");
}

TEST_F(QueryPlan, DaysAreReadFromTheirTotals) {
    const auto today = std::chrono::floor<std::chrono::days>(kNoon);
    expect_index(days_query(today, today + std::chrono::days(30), ""), "day_totals_day");
    EXPECT_THAT(plan_of(days_query(today, today + std::chrono::days(30), "a")), Not(HasSubstr("SCAN")));
}

}  // namespace
}  // namespace cofre::catalog::testing
