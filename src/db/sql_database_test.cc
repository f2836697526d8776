// On SQLite; what PostgreSQL does is in tests/postgres_catalog_test.cc.
#include "db/sql_database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace cofre::db {
namespace {

using ::testing::HasSubstr;

class SqlDatabaseTest : public ::testing::Test {
protected:
    void SetUp() override {
        SqlUrl url;
        url.path = folder_.path() / "a b" / "db.sqlite";
        auto opened = SqlDatabase::open({}, url, {.max_connections = 2});
        ASSERT_TRUE(opened) << opened.error().message();
        database_ = *std::move(opened);
        ASSERT_TRUE(write("CREATE TABLE t (k TEXT PRIMARY KEY, n BIGINT, r DOUBLE PRECISION)"));
    }

    Status write(const std::string& sql, const SqlValues& values = {}) {
        return database_->transact({}, SqlAccess::kWrite, [&](SqlTransaction& db) -> Status {
            COFRE_TRY(db.execute(sql, values));
            return {};
        });
    }
    SqlRows read(const std::string& sql, std::size_t columns) {
        SqlRows rows;
        const Status done = database_->transact({}, SqlAccess::kRead, [&](SqlTransaction& db) -> Status {
            COFRE_ASSIGN(rows, db.query(sql, columns));
            return {};
        });
        EXPECT_TRUE(done) << done.error().message();
        return rows;
    }

    TempDir folder_ = TempDir::create("cofre-sql").value();
    std::unique_ptr<SqlDatabase> database_;
};

TEST_F(SqlDatabaseTest, ValuesComeBackAsTheyWent) {
    ASSERT_TRUE(write("INSERT INTO t (n, k, r) VALUES ($2, $1, $3)",
                      {std::string("it's ?1 :x $2"), std::int64_t{9'007'199'254'740'993}, 0.1}));
    ASSERT_TRUE(write("INSERT INTO t (k, n, r) VALUES ($1, $2, $3)", {std::string(), SqlValue(), SqlValue()}));
    const auto rows = read("SELECT k, n, r FROM t ORDER BY k", 3);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_FALSE(rows.is_null(0, 0)) << "empty is not NULL";
    EXPECT_TRUE(rows.is_null(0, 1));
    EXPECT_EQ(rows.text(1, 0), "it's ?1 :x $2");
    EXPECT_EQ(rows.number(1, 1), 9'007'199'254'740'993);
    EXPECT_EQ(rows.real(1, 2), 0.1);
}

TEST_F(SqlDatabaseTest, TellsHowManyRowsChanged) {
    std::vector<std::uint64_t> changed;
    ASSERT_TRUE(database_->transact({}, SqlAccess::kWrite, [&](SqlTransaction& db) -> Status {
        for (const char* const sql :
             {"INSERT INTO t (k) VALUES ('a'), ('b')", "INSERT INTO t (k) VALUES ('a') ON CONFLICT DO NOTHING",
              "UPDATE t SET n = 1", "DELETE FROM t WHERE k = 'z'"}) {
            COFRE_ASSIGN(const auto count, db.execute(sql));
            changed.push_back(count);
        }
        return {};
    }));
    EXPECT_THAT(changed, ::testing::ElementsAre(2U, 0U, 2U, 0U));
}

TEST_F(SqlDatabaseTest, WhatFailsLeavesNothing) {
    const Status failed = database_->transact({}, SqlAccess::kWrite, [](SqlTransaction& db) -> Status {
        COFRE_TRY(db.execute("INSERT INTO t (k) VALUES ('half')"));
        return Error(ErrorCode::kInvalidArgument, "changed its mind");
    });
    EXPECT_FALSE(failed);
    EXPECT_TRUE(read("SELECT k FROM t", 1).empty());
    ASSERT_TRUE(write("INSERT INTO t (k) VALUES ('a')"));
    EXPECT_EQ(write("INSERT INTO t (k) VALUES ('a')").error().code(), ErrorCode::kConflict);
    EXPECT_EQ(write("INSERT INTO nowhere VALUES (1)").error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(read("SELECT k FROM t", 1).size(), 1U) << "the connection is still of use";
}

TEST_F(SqlDatabaseTest, TriesAgainWhatMayWorkThen) {
    int attempts = 0;
    const Status done = database_->transact({}, SqlAccess::kWrite, [&](SqlTransaction& db) -> Status {
        COFRE_TRY(db.execute("INSERT INTO t (k) VALUES ('once')"));
        if (++attempts < 3) return Error(ErrorCode::kUnavailable, "serialization failure");
        return {};
    });
    EXPECT_TRUE(done);
    EXPECT_EQ(attempts, 3);
    EXPECT_EQ(read("SELECT k FROM t", 1).size(), 1U);
}

TEST_F(SqlDatabaseTest, HearsAStopBetweenStatements) {
    std::stop_source stop;
    const CallContext ctx{.stop = stop.get_token()};
    const Status stopped = database_->transact(ctx, SqlAccess::kWrite, [&](SqlTransaction& db) -> Status {
        COFRE_TRY(db.execute("INSERT INTO t (k) VALUES ('a')"));
        stop.request_stop();
        COFRE_TRY(db.execute("INSERT INTO t (k) VALUES ('b')"));
        return {};
    });
    EXPECT_EQ(stopped.error().code(), ErrorCode::kCancelled);
    EXPECT_TRUE(read("SELECT k FROM t", 1).empty());
}

TEST_F(SqlDatabaseTest, IsDurableAndConcurrent) {
    EXPECT_EQ(read("PRAGMA journal_mode", 1).text(0, 0), "wal");
    EXPECT_EQ(read("PRAGMA synchronous", 1).text(0, 0), "2") << "FULL";
    EXPECT_EQ(read("PRAGMA foreign_keys", 1).text(0, 0), "1");
    EXPECT_EQ(read("PRAGMA busy_timeout", 1).text(0, 0), "10000");
}

}  // namespace
}  // namespace cofre::db
