#include "db/sql_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::db {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(SqlError, CodesOfSqliteSayWhatACallerCanDo) {
    EXPECT_EQ(sqlite_error(5, "busy").code(), ErrorCode::kUnavailable);
    EXPECT_EQ(sqlite_error(517, "busy: snapshot").code(), ErrorCode::kUnavailable) << "an extended code";
    EXPECT_EQ(sqlite_error(8, "read only").code(), ErrorCode::kPermissionDenied);
    EXPECT_EQ(sqlite_error(11, "malformed").code(), ErrorCode::kCorruption);
    EXPECT_EQ(sqlite_error(13, "full").code(), ErrorCode::kResourceExhausted);
    EXPECT_EQ(sqlite_error(2067, "UNIQUE").code(), ErrorCode::kConflict);
    EXPECT_EQ(sqlite_error(26, "not a database").code(), ErrorCode::kCorruption);
    EXPECT_EQ(sqlite_error(1, "no such table").code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(sqlite_error(11, "malformed").hint(), HasSubstr("rebuild"));
}

TEST(SqlError, NamesOfFunctionsOfSociAreLeftOut) {
    const auto error = sqlite_error(13, "sqlite3_statement_backend::loadOne: database or disk is full");
    EXPECT_THAT(error.message(), HasSubstr("database or disk is full"));
    EXPECT_THAT(error.message(), Not(HasSubstr("loadOne")));
}

TEST(SqlError, AConstraintIsAConflictInPostgresToo) {
    EXPECT_EQ(sql_postgres_error("23505", "Cannot execute query. ERROR: duplicate key").code(), ErrorCode::kConflict);
    EXPECT_EQ(sql_postgres_error("40001", "serialization").code(), ErrorCode::kUnavailable);
    EXPECT_EQ(sql_postgres_error("", "server closed the connection").code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace cofre::db
