#include "db/postgres_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::db {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(PostgresError, StatesSayWhatACallerCanDo) {
    EXPECT_EQ(code_of_sqlstate("28P01"), ErrorCode::kUnauthenticated);
    EXPECT_EQ(code_of_sqlstate("28000"), ErrorCode::kUnauthenticated);
    EXPECT_EQ(code_of_sqlstate("42501"), ErrorCode::kPermissionDenied);
    EXPECT_EQ(code_of_sqlstate("3D000"), ErrorCode::kNotFound);
    EXPECT_EQ(code_of_sqlstate("57P01"), ErrorCode::kUnavailable);
    EXPECT_EQ(code_of_sqlstate("57014"), ErrorCode::kDeadlineExceeded);
    EXPECT_EQ(code_of_sqlstate("53300"), ErrorCode::kUnavailable);
    EXPECT_EQ(code_of_sqlstate("53100"), ErrorCode::kResourceExhausted);
    EXPECT_EQ(code_of_sqlstate("42P04"), ErrorCode::kConflict);
    EXPECT_EQ(code_of_sqlstate("42601"), ErrorCode::kInvalidArgument);
    EXPECT_EQ(code_of_sqlstate(""), ErrorCode::kUnavailable);
}

TEST(PostgresError, AConnectionsStateIsFoundInAnyLanguage) {
    const auto error = connection_error(
        "connection to server at \"db\" (10.0.0.1), port 5432 failed: FATAL:  28P01: autentica\xc3\xa7\xc3\xa3o do "
        "tipo "
        "senha falhou\nLOCAL:  auth_failed, auth.c:326\n",
        /*lacks_password=*/false);
    EXPECT_EQ(error.code(), ErrorCode::kUnauthenticated);
    EXPECT_THAT(error.message(), HasSubstr("28P01"));
    EXPECT_THAT(error.message(), Not(HasSubstr("auth.c")));
    EXPECT_THAT(error.hint(), HasSubstr("pg_hba.conf"));
}

TEST(PostgresError, ARefusedConnectionIsTransient) {
    const auto error = connection_error(
        "connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n\tIs the server running?\n", false);
    EXPECT_EQ(error.code(), ErrorCode::kUnavailable);
    EXPECT_EQ(connection_error("fe_sendauth: no password supplied\n", true).code(), ErrorCode::kUnauthenticated);
}

}  // namespace
}  // namespace cofre::db
