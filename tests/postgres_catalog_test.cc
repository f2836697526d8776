// The catalog in a real PostgreSQL, and at size in both databases.

#include <cstdio>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/task_group.h"
#include "catalog/run_rows.h"
#include "catalog/testing/catalog_contract.h"
#include "testing/postgres_fixture.h"
#include "testing/test_size.h"

namespace cofre::testing {
namespace {

using catalog::Catalog;
using catalog::RunState;
using ::testing::HasSubstr;
using ::testing::Not;

/// One server for this binary; not ended at exit, but with this process.
dump::ScratchServer& catalog_server() {
    static const auto server = [] {
        auto started = dump::start_scratch_server({}, dump::Engine::kPostgres, {"/tmp", "15.0"});
        EXPECT_TRUE(started) << started.error().message();
        return std::move(*started);
    }();
    return *server;
}

std::string server_url(const std::string& user, const std::string& database) {
    const auto where = catalog_server().address();
    return "postgres://" + user + "@/" + database + "?host=" + percent_encode(where.host) +
           "&port=" + std::to_string(where.port);
}

void run_on_server(const std::string& sql) {
    const auto where = catalog_server().address();
    const auto session = db::PostgresSession::open(
        {}, {{{"host", where.host}, {"port", std::to_string(where.port)}, {"user", where.user}, {"dbname", "postgres"}},
             Secret()});
    ASSERT_TRUE(session) << session.error().message();
    const auto done = (*session)->query({}, sql);
    ASSERT_TRUE(done) << sql << ": " << done.error().message();
}

db::SqlUrl fresh_database() {
    static int number = 0;
    const auto name = "catalog" + std::to_string(++number);
    run_on_server("CREATE DATABASE " + name);
    return db::parse_sql_url(server_url(catalog_server().address().user, name)).value();
}

}  // namespace
}  // namespace cofre::testing

namespace cofre::catalog::testing {
INSTANTIATE_TEST_SUITE_P(Postgres, CatalogContract,
                         ::testing::Values(CatalogPlace{"Server", cofre::testing::fresh_database}), place_name);
}  // namespace cofre::catalog::testing

namespace cofre::testing {
namespace {

TEST(PostgresCatalog, GoesOnWhenTheServerEndedItsConnections) {
    const auto url = fresh_database();
    const auto catalog = Catalog::open({}, url);
    ASSERT_TRUE(catalog) << catalog.error().message();
    ASSERT_TRUE((*catalog)->set_setting({}, "k", "1", catalog::testing::kNoon));
    run_on_server(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cofre' "
        "AND pid <> pg_backend_pid()");
    const Status set = (*catalog)->set_setting({}, "k", "2", catalog::testing::kNoon);
    ASSERT_TRUE(set) << set.error().message();
    EXPECT_EQ((*catalog)->setting({}, "k").value(), "2");
}

TEST(PostgresCatalog, SaysWhatIsWrongWithoutThePassword) {
    auto url = db::parse_sql_url(server_url("nobody", "no_such")).value();
    url.password = Secret("hunter2hunter2");
    const auto refused = Catalog::open({}, url);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("nobody"));
    EXPECT_THAT(refused.error().message(), Not(HasSubstr("hunter2")));
    EXPECT_FALSE(refused.error().hint().empty());

    const auto gone = Catalog::open({}, db::parse_sql_url("postgres://u@127.0.0.1:1/x").value());
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code(), ErrorCode::kUnavailable);
}

TEST(PostgresCatalog, AReadOnlyServerIsNamed) {
    const auto url = fresh_database();
    ASSERT_TRUE(Catalog::open({}, url));
    std::string name;
    for (const auto& [keyword, value] : url.parameters)
        if (keyword == "dbname") name = value;
    run_on_server("ALTER DATABASE " + name + " SET default_transaction_read_only = on");
    const auto catalog = Catalog::open({}, url);
    ASSERT_TRUE(catalog) << "reading works: " << catalog.error().message();
    EXPECT_TRUE((*catalog)->history().list({}, {}));
    const Status refused = (*catalog)->set_setting({}, "k", "v", catalog::testing::kNoon);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kPermissionDenied) << refused.error().message();
}

/// As many runs as asked for, one a minute, and their totals.
Status fill(db::SqlDatabase& database, std::uint64_t runs, std::uint64_t jobs) {
    const auto n = std::to_string(runs);
    const auto j = std::to_string(jobs);
    const auto start = std::to_string(catalog::testing::kNoon.time_since_epoch().count());
    const std::string sums =
        "COUNT(*), SUM(CASE WHEN state = 'succeeded' THEN 1 ELSE 0 END), SUM(CASE WHEN state = 'partial' THEN 1 ELSE 0 "
        "END), SUM(CASE WHEN state = 'failed' THEN 1 ELSE 0 END), 0, 0, 0, SUM(files), SUM(bytes_read), "
        "SUM(bytes_stored), 0, SUM(30000), 30000, 0 FROM runs GROUP BY ";
    const std::vector<std::string> statements = {
        "INSERT INTO runs (id, job, cause, claimed_ns, started_ns, ended_ns, state, exit_status, snapshot_id, target, "
        "layout, files, bytes_read, bytes_stored, host, program_version) "
        "WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < " +
            n +
            ") "
            "SELECT CAST(1000000000 + i AS TEXT), 'job' || CAST(i % " +
            j + " AS TEXT), 'schedule', " + start + " + i * 60000000000, " + start + " + i * 60000000000, " + start +
            " + i * 60000000000 + 30000000000, "
            "CASE i % 500 WHEN 0 THEN 'failed' WHEN 1 THEN 'partial' ELSE 'succeeded' END, 0, "
            "'5d41402abc4b2a76b9719d911017c592' || CAST(1000000000 + i AS TEXT), 's3://bucket/prefix', 'repository', "
            "1000, 1000000, 1000, 'host', '1.0' FROM n",
        "INSERT INTO jobs (job, last_run_id, last_run_ns, last_success_id, last_success_ns) "
        "SELECT job, MAX(id), MAX(claimed_ns), MAX(CASE WHEN state = 'succeeded' THEN id END), MAX(claimed_ns) "
        "FROM runs GROUP BY job",
        "INSERT INTO day_totals SELECT job, claimed_ns / 86400000000000, " + sums + "job, claimed_ns / 86400000000000",
        "INSERT INTO job_totals SELECT job, " + sums + "job",
    };
    COFRE_TRY(database.transact({}, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        if (db.engine() == db::SqlEngine::kPostgres) COFRE_TRY(db.execute("SET LOCAL statement_timeout = 0"));
        for (const auto& statement : statements)
            COFRE_TRY(db.execute(statement));
        return {};
    }));
    return database.transact({}, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(db.execute("ANALYZE"));
        return {};
    });
}

/// Milliseconds of the quickest of three: what the query costs, not what else happens here.
double measure(const char* what, const std::function<Status()>& work) {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
        const auto begun = std::chrono::steady_clock::now();
        const Status done = work();
        EXPECT_TRUE(done) << what << ": " << done.error().message();
        best =
            std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
    }
    std::printf("  %-34s %8.2f ms\n", what, best);
    return best;
}

template <typename Work>
std::function<Status()> without_result(Work work) {
    return [work]() -> Status {
        auto result = work();
        if (!result) return std::move(result).error();
        return {};
    };
}

void expect_no_scan(db::SqlDatabase& database, const catalog::RunQuery& query) {
    if (database.engine() != db::SqlEngine::kPostgres) return;  // Of SQLite: query_plan_test.cc.
    std::string plan;
    ASSERT_TRUE(database.transact({}, db::SqlAccess::kRead, [&](db::SqlTransaction& db) -> Status {
        COFRE_ASSIGN(const auto rows, db.query("EXPLAIN " + query.sql, 1, query.values));
        for (std::size_t row = 0; row < rows.size(); ++row)
            plan += rows.text(row, 0) + "\n";
        return {};
    }));
    EXPECT_THAT(plan, Not(HasSubstr("Seq Scan on runs"))) << query.sql << "\n" << plan;
}

/// COFRE_CATALOG_RUNS=1000000 is what the catalog is made for.
void query_at_size(const db::SqlUrl& url) {
    const auto runs = number_from("COFRE_CATALOG_RUNS", 50'000);
    const std::uint64_t jobs = std::min<std::uint64_t>(1000, runs / 50);
    const auto opened = Catalog::open({}, url);
    ASSERT_TRUE(opened) << opened.error().message();
    Catalog& catalog = **opened;
    const Status filled = fill(catalog.database(), runs, jobs);
    ASSERT_TRUE(filled) << filled.error().message();

    std::printf("%s: %llu runs of %llu jobs\n", url.display().c_str(), static_cast<unsigned long long>(runs),
                static_cast<unsigned long long>(jobs));
    auto& history = catalog.history();
    const catalog::RunCursor middle{catalog::testing::kNoon + std::chrono::minutes(runs / 2), "1"};
    catalog::HistoryFilter after_middle;
    after_middle.after = middle;
    const std::vector<catalog::HistoryFilter> filters = {
        {},
        after_middle,
        {.job = "job7"},
        {.states = {RunState::kFailed}},
        {.states = {RunState::kFailed, RunState::kPartial, RunState::kInterrupted}},
        {.job = "job7", .states = {RunState::kFailed}},
    };
    const std::vector<const char*> names = {"history, newest 50",        "history, page in the middle",
                                            "history of a job",          "history, failed",
                                            "history, three bad states", "history of a job, failed"};
    double worst = 0;
    for (std::size_t i = 0; i < filters.size(); ++i) {
        worst = std::max(worst, measure(names[i], without_result([&, i] { return history.list({}, filters[i]); })));
        expect_no_scan(catalog.database(), catalog::history_query(filters[i], std::nullopt));
    }
    worst = std::max(
        worst, measure("last run and success of each job", without_result([&] { return catalog.jobs().list({}); })));
    const auto first_day = std::chrono::floor<std::chrono::days>(catalog::testing::kNoon);
    worst = std::max(worst, measure("a month of days, one job", without_result([&] {
                                        return history.days({}, first_day, first_day + std::chrono::days(30), "job7");
                                    })));
    worst = std::max(worst, measure("a day, all jobs", without_result([&] {
                                        return history.days({}, first_day + std::chrono::days(1),
                                                            first_day + std::chrono::days(2));
                                    })));
    worst = std::max(worst, measure("totals of all jobs", without_result([&] { return history.totals({}); })));
    worst = std::max(
        worst, measure("a run from claim to end", [&]() -> Status {
            COFRE_ASSIGN(
                const auto claim,
                catalog.runs().claim({}, {.job = "job7", .now = catalog::testing::kNoon, .program_version = "1"}));
            COFRE_TRY(catalog.runs().start({}, claim.run_id, catalog::testing::kNoon));
            return catalog.runs().finish({}, claim.run_id, catalog::testing::ended_as(RunState::kSucceeded));
        }));
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    std::printf("  %-34s %8.2f ms; peak memory %ld MiB\n", "worst", worst, usage.ru_maxrss / 1024);
    EXPECT_EQ(history.list({}, {.limit = 10}).value().size(), 10U);
}

TEST(CatalogAtSize, InSqlite) {
    const auto folder = TempDir::create("cofre-size").value();
    db::SqlUrl url;
    url.path = folder.path() / "catalog.db";
    query_at_size(url);
}

TEST(CatalogAtSize, InPostgres) {
    query_at_size(fresh_database());
}

}  // namespace
}  // namespace cofre::testing
