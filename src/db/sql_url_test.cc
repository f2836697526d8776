#include "db/sql_url.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::db {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string url_parameter(const SqlUrl& url, std::string_view keyword) {
    for (const auto& [name, value] : url.parameters)
        if (name == keyword) return value;
    return "";
}

TEST(SqlUrl, AFileIsNamedByItsAbsolutePath) {
    const auto url = parse_sql_url("sqlite:///var/lib/my%20cofre/catalog.db");
    ASSERT_TRUE(url) << url.error().message();
    EXPECT_EQ(url->engine, SqlEngine::kSqlite);
    EXPECT_EQ(url->path, "/var/lib/my cofre/catalog.db");
    for (const char* const wrong : {"sqlite://relative", "sqlite:///folder/", "sqlite:///a%22b", "sqlite:///a%00b"})
        EXPECT_EQ(parse_sql_url(wrong).error().code(), ErrorCode::kInvalidArgument) << wrong;
}

TEST(SqlUrl, AServerIsReadAsLibpqReadsIt) {
    const auto url = parse_sql_url("postgres://me:s%40crt@db1,db2:5433/cat?sslmode=verify-full");
    ASSERT_TRUE(url) << url.error().message();
    EXPECT_EQ(url->engine, SqlEngine::kPostgres);
    EXPECT_EQ(url_parameter(*url, "user"), "me");
    EXPECT_EQ(url_parameter(*url, "host"), "db1,db2");
    EXPECT_EQ(url_parameter(*url, "sslmode"), "verify-full");
    EXPECT_EQ(url_parameter(*url, "password"), "");
    EXPECT_EQ(url->password.reveal(), "s@crt");
    EXPECT_THAT(url->display(), Not(HasSubstr("crt")));
}

TEST(SqlUrl, NoErrorRepeatsThePassword) {
    for (const char* const wrong : {"postgres://me:hunter2@host:port:5/x?a=b", "postgres://me:hunter2@h/x?nosuch=1",
                                    "mysql://me:hunter2@h/x", "postgres://me:hunter2@h/x?service=s"}) {
        const auto url = parse_sql_url(wrong);
        ASSERT_FALSE(url) << wrong;
        EXPECT_THAT(url.error().message() + url.error().hint(), Not(HasSubstr("hunter2"))) << wrong;
    }
}

}  // namespace
}  // namespace cofre::db
