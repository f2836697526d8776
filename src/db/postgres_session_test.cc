#include "db/postgres_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::db {
namespace {

using ::testing::HasSubstr;

TEST(PostgresSession, NoServerIsUnavailable) {
    const auto session = PostgresSession::open({}, {.parameters = {{"host", "/nonexistent"}, {"dbname", "x"}}});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code(), ErrorCode::kUnavailable) << session.error().message();
    EXPECT_THAT(session.error().message(), HasSubstr("/nonexistent"));
}

TEST(PostgresSession, DoesNotFollowTheEnvironment) {
    const auto set = [](const char* name, const char* value) {
        ::setenv(name, value, 1);  // NOLINT(concurrency-mt-unsafe): one thread
    };
    set("PGHOST", "/from-environment");
    set("PGHOSTADDR", "192.0.2.1");
    set("PGPORT", "1");
    set("PGSSLMODE", "nonsense");
    set("PGTARGETSESSIONATTRS", "nonsense");
    const auto session = PostgresSession::open({}, {.parameters = {{"host", "/nonexistent"}, {"port", "7777"}}});
    for (const char* name : {"PGHOST", "PGHOSTADDR", "PGPORT", "PGSSLMODE", "PGTARGETSESSIONATTRS"})
        ::unsetenv(name);  // NOLINT(concurrency-mt-unsafe): one thread
    ASSERT_FALSE(session);
    EXPECT_THAT(session.error().message(), HasSubstr("/nonexistent/.s.PGSQL.7777"));
}

TEST(PostgresSession, AStopIsHeard) {
    std::stop_source stop;
    stop.request_stop();
    const auto session = PostgresSession::open({stop.get_token()}, {.parameters = {{"host", "192.0.2.1"}}});
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace cofre::db
