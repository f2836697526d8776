#include "dump/mysql_client.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dump/mysql_options.h"

namespace cofre::dump {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MysqlClient, ReadsVersionsOfEveryKind) {
    EXPECT_EQ(
        parse_mysql_tool_version("mariadb-dump  Ver 10.19 Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)"),
        "10.11.19");
    EXPECT_EQ(parse_mysql_tool_version("mariadb-dump from 11.4.2-MariaDB, client 10.19 for Linux (x86_64)"), "11.4.2");
    EXPECT_EQ(parse_mysql_tool_version("mysqldump  Ver 8.0.36 for Linux on x86_64 (MySQL Community Server - GPL)"),
              "8.0.36");
    EXPECT_EQ(parse_mysql_tool_version("what"), "");
}

TEST(MysqlClient, KeepsThePasswordInAnOptionFileThatNobodyElseReads) {
    ::setenv("MYSQL_HOST", "evil.example", 1);
    DatabaseAddress address;
    address.engine = Engine::kMariadb;
    address.host = "db.example";
    address.user = "me";
    address.password = Secret("p\"w\\d #'\n");
    const auto file = MysqlOptionFile::create(address, true);
    ASSERT_TRUE(file) << file.error().message();
    const Command command = (*file)->command({"mariadb-dump", "mariadb-dump", "", true});
    ::unsetenv("MYSQL_HOST");
    ASSERT_EQ(command.argv.size(), 2U);
    ASSERT_THAT(command.argv[1], ::testing::StartsWith("--defaults-file="));
    EXPECT_EQ(command.environment.at("MYSQL_HOST"), std::nullopt);
    const std::filesystem::path path = command.argv[1].substr(std::string("--defaults-file=").size());
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms(0600));
    const auto text = read_small_file(path, 4096);
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, HasSubstr("password=\"p\\\"w\\\\d #'\\n\"\n"));
    EXPECT_THAT(*text, HasSubstr("host=\"db.example\"\nprotocol=\"tcp\"\n"));
}

TEST(MysqlClient, RefusesOptionsThatItDoesNotKnow) {
    DatabaseAddress address;
    address.options["allow-cleartext"] = "1";
    EXPECT_EQ(mysql_session_options(address).error().code(), ErrorCode::kInvalidArgument);
    address.options = {{"ssl-mode", "verify-ca"}};
    EXPECT_EQ(mysql_session_options(address).error().code(), ErrorCode::kInvalidArgument);
}

TEST(MysqlOptions, AcceptsAListAndNothingElse) {
    EXPECT_TRUE(check_mysql_options({"--skip-triggers", "--max-allowed-packet=2G"}));
    EXPECT_TRUE(check_mysql_options({"--where=id<5"})->changes_rows);
    for (const char* word : {"--host=evil", "--hos=evil", "-h", "evil", "--result-file=/tmp/x", "--xml", "--tab=/tmp",
                             "-pfoo", "--defaults-file=x", "--extended-insert", "--", "--compact", "--all-databases"}) {
        EXPECT_FALSE(check_mysql_options({word})) << word;
    }
}

TEST(MysqlClient, MapsWhatATooSaysOfTheServer) {
    const auto code = [](const char* text) {
        return explain_mysql_tool_error(Error(ErrorCode::kInvalidArgument, text)).code();
    };
    EXPECT_EQ(code("mariadb-dump: Got error: 1045: \"Access denied"), ErrorCode::kUnauthenticated);
    EXPECT_EQ(code("mysqldump: Error 2013: Lost connection"), ErrorCode::kUnavailable);
    EXPECT_EQ(code("ERROR 1142 (42000) at line 3: SELECT command denied"), ErrorCode::kPermissionDenied);
    EXPECT_EQ(code("ERROR 1064 (42000) at line 1045: syntax"), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace cofre::dump
