#include "dump/database_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::dump {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DatabaseAddress, ReadsEveryPart) {
    const auto address =
        parse_database_url("postgresql://app%40corp:p%40s%2Fs:w@db.example:6543/my%20shop?sslmode=require");
    ASSERT_TRUE(address) << address.error().message();
    EXPECT_EQ(address->engine, Engine::kPostgres);
    EXPECT_EQ(address->user, "app@corp");
    EXPECT_EQ(address->password.reveal(), "p@s/s:w");
    EXPECT_EQ(address->host, "db.example");
    EXPECT_EQ(address->port, 6543);
    EXPECT_EQ(address->database, "my shop");
    EXPECT_EQ(address->options.at("sslmode"), "require");
}

TEST(DatabaseAddress, LeavesAbsentPartsEmpty) {
    const auto address = parse_database_url("postgres://");
    ASSERT_TRUE(address);
    EXPECT_EQ(address->host + address->user + address->database, "");
    EXPECT_EQ(address->port, 0);
    EXPECT_TRUE(address->password.empty());
}

TEST(DatabaseAddress, KnowsEveryEngine) {
    const std::pair<const char*, Engine> rows[] = {
        {"postgres://h/d", Engine::kPostgres}, {"mysql://h/d", Engine::kMysql},     {"mariadb://h/d", Engine::kMariadb},
        {"mssql://h/d", Engine::kMssql},       {"sqlserver://h/d", Engine::kMssql}, {"mongodb://h/d", Engine::kMongodb},
        {"redis://h/0", Engine::kRedis},       {"sqlite:///d", Engine::kSqlite},    {"MySQL://h/d", Engine::kMysql}};
    for (const auto& [url, engine] : rows) {
        EXPECT_TRUE(is_database_url(url)) << url;
        const auto address = parse_database_url(url);
        ASSERT_TRUE(address) << url;
        EXPECT_EQ(address->engine, engine) << url;
        EXPECT_EQ(*parse_engine(to_string(engine)), engine);
    }
    EXPECT_FALSE(is_database_url("postgres"));
    EXPECT_FALSE(is_database_url("postgres:/x"));
    EXPECT_FALSE(is_database_url("s3://bucket"));
    EXPECT_FALSE(is_database_url("/data/sqlite"));
    EXPECT_EQ(parse_engine("oracle").error().code(), ErrorCode::kInvalidArgument);
}

TEST(DatabaseAddress, ReadsSocketsAddressesAndFiles) {
    EXPECT_EQ(parse_database_url("postgres:///db?host=/run/pg")->host, "/run/pg");
    EXPECT_EQ(parse_database_url("postgres://%2Frun%2Fpg/db")->host, "/run/pg");
    EXPECT_EQ(parse_database_url("mysql:///db?socket=/run/my.sock")->options["socket"], "/run/my.sock");
    EXPECT_EQ(parse_database_url("postgres://u@[2001:db8::1]:99/db")->host, "2001:db8::1");
    EXPECT_EQ(parse_database_url("postgres://u@[::1]:99/db")->port, 99);
    EXPECT_EQ(parse_database_url("mongodb://a:1,b:2/x")->host, "a:1,b:2");
    EXPECT_EQ(parse_database_url("sqlite:///var/lib/a%20b.db")->database, "/var/lib/a b.db");
    EXPECT_EQ(parse_database_url("sqlite:here.db")->database, "here.db");
    EXPECT_EQ(parse_database_url("rediss://h/1")->options.at("tls"), "true");
}

TEST(DatabaseAddress, IsShownWithoutItsPasswordAndReadAgain) {
    for (const std::string url :
         {"postgres://app:hunter2@db:5433/shop?sslmode=require", "postgres://app:hunter2@[::1]:1/x",
          "postgres://app:hunter2@/x?host=/run/pg", "mongodb://u:hunter2@a:1,b:2/x", "sqlite:///a%20b", "sqlite:a",
          "mysql://%C3%A9%40:hunter2@h/%2F%22"}) {
        const auto address = parse_database_url(url);
        ASSERT_TRUE(address) << url;
        EXPECT_THAT(address->display(), Not(HasSubstr("hunter2")));
        const auto again = parse_database_url(address->display());
        ASSERT_TRUE(again) << address->display();
        EXPECT_EQ(again->display(), address->display());
        EXPECT_EQ(again->host, address->host);
        EXPECT_EQ(again->database, address->database);
        EXPECT_EQ(again->user, address->user);
        EXPECT_EQ(again->options, address->options);
    }
}

TEST(DatabaseAddress, RefusesWithoutRepeatingThePassword) {
    for (const std::string url :
         {"postgres://u:hunter2/x@h/d", "postgres://u:hunter2@h:port/d", "postgres://u:hunter2%zz@h/d",
          "postgres://u:hunter2@h:99999/d", "postgres://u:hunter2@h/d?nonsense=1", "postgres://u:hunter2@[::1/d",
          "postgres://u:hunter2#@h/d", "postgres://u:hunter2%00@h/d", "postgres://u:hunter2@h/d?service=x",
          "postgres://u:hunter2@h/d?options=-cx", "mysql://u:hunter2@h/d?init-command=x", "sqlite://hunter2"}) {
        const auto address = parse_database_url(url);
        ASSERT_FALSE(address) << url;
        EXPECT_EQ(address.error().code(), ErrorCode::kInvalidArgument);
        EXPECT_THAT(address.error().message() + address.error().hint(), Not(HasSubstr("hunter2"))) << url;
    }
}

}  // namespace
}  // namespace cofre::dump
