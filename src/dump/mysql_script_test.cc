#include "dump/mysql_script.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dump/mysql_filter.h"
#include "dump/mysql_tally.h"

namespace cofre::dump {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = StatementHead::Kind;

// The statements of a script that comes in pieces of `step` bytes.
Result<std::vector<std::string>> statements_in(const std::string& script, std::size_t step = 1) {
    ScriptLexer lexer;
    std::vector<std::string> found;
    const auto visit = [&](const ScriptPiece& piece) -> Status {
        if (piece.kind == ScriptPiece::Kind::kHead) found.emplace_back();
        if (piece.kind != ScriptPiece::Kind::kEnd) found.back() += piece.bytes;
        return {};
    };
    for (std::size_t at = 0; at < script.size(); at += step)
        COFRE_TRY(lexer.feed(script.substr(at, step), visit));
    COFRE_TRY(lexer.finish(visit));
    return found;
}

Result<std::string> filtered(const std::string& script, MysqlFilterOptions options, std::size_t step = 7) {
    if (!options.target) options.target = [](const std::string& name) { return std::optional<std::string>(name); };
    MysqlFilter filter(std::move(options));
    std::string out;
    for (std::size_t at = 0; at < script.size(); at += step)
        COFRE_TRY(filter.feed(script.substr(at, step), out));
    COFRE_TRY(filter.finish(out));
    return out;
}

TEST(ScriptLexer, CutsWhereTheClientCuts) {
    const std::string script =
        "/*M!999999\\- enable the sandbox mode */ \n-- a; comment 'with a quote\n"
        "INSERT INTO `a;b` VALUES ('x;\\'y''z',\"q;\",1) ; # it's over\n"
        "/*!50003 SET sql_mode = 'NO_BACKSLASH_ESCAPES' */ ;\n"
        "DELIMITER ;;\nCREATE PROCEDURE p() BEGIN SELECT 'a\\'; /* don't; */ SELECT 1; -- nor; 'this\n END;;\n"
        "DELIMITER ;\nSET sql_mode = @saved;\nSET a=1-- \n;-- end";
    for (const std::size_t step : {1UL, 3UL, 1000UL}) {
        const auto found = statements_in(script, step);
        ASSERT_TRUE(found) << found.error().message();
        EXPECT_THAT(*found,
                    ElementsAre("INSERT INTO `a;b` VALUES ('x;\\'y''z',\"q;\",1) ",
                                "/*!50003 SET sql_mode = 'NO_BACKSLASH_ESCAPES' */ ",
                                "CREATE PROCEDURE p() BEGIN SELECT 'a\\'; /* don't; */ SELECT 1; -- nor; 'this\n END",
                                "SET sql_mode = @saved", "SET a=1-- \n"))
            << step;
    }
}

TEST(ScriptLexer, TellsAScriptThatIsCutOff) {
    for (const char* script : {"INSERT INTO `t` VALUES (1", "SET a='x;\n", "SET a=1", "/* never closed"}) {
        const auto found = statements_in(script);
        ASSERT_FALSE(found) << script;
        EXPECT_EQ(found.error().code(), ErrorCode::kCorruption) << script;
    }
}

TEST(ScriptLexer, PassesAStatementThatIsLongerThanItsMemory) {
    const std::string row = "INSERT INTO `t` VALUES (0x" + std::string(100'000, 'F') + ")";
    const auto found = statements_in(row + ";\n", 4096);
    ASSERT_TRUE(found);
    EXPECT_THAT(*found, ElementsAre(row));
}

TEST(StatementHead, KnowsWhatDumpsHold) {
    struct Case {
        const char* text;
        Kind kind;
        const char* name;
    };
    for (const Case& one :
         {Case{"CREATE DATABASE /*!32312 IF NOT EXISTS*/ `a``b` /*!40100 X */", Kind::kDatabase, "a`b"},
          Case{"USE `x`", Kind::kUse, "x"}, Case{"INSERT INTO `t` (`a`) VALUES (1)", Kind::kInsert, "t"},
          Case{"INSERT  IGNORE INTO `t` VALUES (1)", Kind::kInsert, "t"},
          Case{"/*!40000 ALTER TABLE `t` DISABLE KEYS */", Kind::kTable, "t"},
          Case{"LOCK TABLES `t` WRITE", Kind::kTable, "t"}, Case{"DROP TABLE IF EXISTS `t`", Kind::kTable, "t"},
          Case{"/*!50001 CREATE ALGORITHM=UNDEFINED */ /*!50013 DEFINER=`TABLE`@`x` */ /*!50001 VIEW `v`",
               Kind::kRoutine, ""},
          Case{"ALTER DATABASE CHARACTER SET utf8mb4", Kind::kOther, ""},
          Case{"ALTER DATABASE `d` CHARACTER SET latin1", Kind::kDatabase, "d"},
          Case{"SELECT SETVAL(`s`, 1, 0)", Kind::kOther, ""}, Case{"SELECT 1", Kind::kUnknown, ""},
          Case{"DROP DATABASE `x`", Kind::kUnknown, ""}, Case{"GRANT ALL", Kind::kUnknown, ""},
          Case{"source /etc/passwd", Kind::kUnknown, ""}, Case{"CREATE USER a", Kind::kUnknown, ""}}) {
        const StatementHead head = read_statement_head(one.text);
        EXPECT_EQ(head.kind, one.kind) << one.text;
        EXPECT_EQ(head.name, one.name) << one.text;
    }
}

TEST(MysqlFilter, LetsNoCommandReachTheClient) {
    for (const char* script :
         {"\\! id\n;", "SET a=1 \\! id\n;", "system id;", "source /etc/passwd\n;", "tee /tmp/x;",
          "SET a=1;\n\\. /etc/passwd\n;", "pager cat;", "delimiter x\nSET a=1x",
          "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE `t`;", "USE `other`;", "CREATE DATABASE `other`;",
          "INSERT INTO `other`.`t` VALUES (1);", "/*! system id */;", "charset latin1;"}) {
        const auto out = filtered(script, {});
        ASSERT_FALSE(out) << script << " gave " << *out;
        EXPECT_EQ(out.error().code(), ErrorCode::kPermissionDenied) << script;
    }
}

TEST(MysqlFilter, JoinsRowsOfOneTable) {
    const auto out = filtered(
        "INSERT INTO `t` VALUES (1,'a;');\nINSERT INTO `t` VALUES (2,'VALUES (');\nINSERT INTO `t2` VALUES "
        "(3);\nCOMMIT;\n",
        {});
    ASSERT_TRUE(out) << out.error().message();
    EXPECT_EQ(*out, "INSERT INTO `t` VALUES (1,'a;'),\n(2,'VALUES (');\nINSERT INTO `t2` VALUES (3);\nCOMMIT;\n");
}

TEST(MysqlFilter, JoinsNoMoreThanItMay) {
    MysqlFilterOptions options;
    options.join_bytes = 28;
    const auto out =
        filtered("INSERT INTO `t` VALUES (1);INSERT INTO `t` VALUES (2);INSERT INTO `t` VALUES (3);", options);
    ASSERT_TRUE(out);
    EXPECT_EQ(*out, "INSERT INTO `t` VALUES (1),\n(2);\nINSERT INTO `t` VALUES (3);\n");
}

TEST(MysqlFilter, RenamesAndChoosesDatabases) {
    MysqlFilterOptions options;
    options.names_databases = true;
    options.target = [](const std::string& name) {
        return name == "a" ? std::optional<std::string>("new`a") : std::nullopt;
    };
    const auto out = filtered(
        "SET x=1;CREATE DATABASE `a`;USE `a`;INSERT INTO `t` VALUES (1);\nDELIMITER ;;\nALTER DATABASE `a` CHARACTER "
        "SET "
        "latin1;;\nDELIMITER ;\nCREATE DATABASE `b`;USE `b`;INSERT INTO `t` VALUES (2);USE `a`;SET y=1;",
        options);
    ASSERT_TRUE(out) << out.error().message();
    EXPECT_EQ(
        *out,
        "SET x=1;\nCREATE DATABASE `new``a`;\nUSE `new``a`;\nINSERT INTO `t` VALUES (1);\nDELIMITER ;;\nALTER DATABASE "
        "`new``a` CHARACTER SET latin1;;\nDELIMITER ;\nUSE `new``a`;\nSET y=1;\n");
}

TEST(MysqlFilter, LeavesOutTablesThatAreNotChosen) {
    MysqlFilterOptions options;
    options.tables = {"b"};
    const auto out = filtered(
        "CREATE TABLE `a` (x INT);INSERT INTO `a` VALUES (1);CREATE TABLE `b` (x INT);INSERT INTO `b` VALUES (2);"
        "CREATE VIEW `v` AS SELECT 1;",
        options);
    ASSERT_TRUE(out);
    EXPECT_EQ(*out, "CREATE TABLE `b` (x INT);\nINSERT INTO `b` VALUES (2);\n");
}

TEST(MysqlTally, CountsRowsByDatabaseAndTable) {
    MysqlTally tally("one");
    ASSERT_TRUE(
        tally.feed("CREATE TABLE `e` (x INT);INSERT INTO `t` VALUES ('INSERT INTO `t` VALUES (1);');\n"
                   "INSERT INTO `t` VALUES (2);\nUSE `two`;INSERT INTO `t` VALUES (3);\n"));
    ASSERT_TRUE(tally.finish());
    EXPECT_EQ(tally.rows().at("one").at("e"), 0U);
    EXPECT_EQ(tally.rows().at("one").at("t"), 2U);
    EXPECT_EQ(tally.rows().at("two").at("t"), 1U);
}

TEST(MysqlTally, KnowsTheEndOfADump) {
    EXPECT_TRUE(ends_as_mysql_dump("x;\n-- Dump completed\n"));
    EXPECT_TRUE(ends_as_mysql_dump("x;\n-- Dump completed on 2026-11-22 10:00:00\n"));
    EXPECT_FALSE(ends_as_mysql_dump("x;\n-- Dump completed\nINSERT\n"));
    EXPECT_FALSE(ends_as_mysql_dump("x;\n-- Dump comp"));
}

}  // namespace
}  // namespace cofre::dump
