#include "dump/postgres_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::dump {
namespace {

using ::testing::HasSubstr;

Result<std::string> filtered(std::string_view script, std::size_t piece = 1 << 20,
                             const PostgresScript::Options& options = {}) {
    PostgresScript lexer(options);
    std::string out;
    while (!script.empty()) {
        COFRE_TRY(lexer.feed(script.substr(0, piece), out));
        script.remove_prefix(std::min(piece, script.size()));
    }
    COFRE_TRY(lexer.finish(out));
    return out;
}

TEST(PostgresScript, PassesWhatADumpHolds) {
    for (const std::string script :
         {"", "SELECT 1;\n", "-- \\! a comment\nSELECT 1;\n", "/* \\! /* nested */ \\! */ SELECT 2;\n",
          "SELECT 'a\\b', 'it''s \\! so';\n", "SELECT E'a\\'\\! b', e'';\n",
          "CREATE TABLE \"odd \\! \"\"name\" (a int);\n",
          "CREATE FUNCTION f() RETURNS int AS $_$ \\! $$ $x $_ $_$ LANGUAGE sql;\n", "SELECT $$\\!$$;\n",
          "COPY public.t (a, b) FROM stdin;\n\\N\t\\\\x\n\\.x\n\\! not a command\n\\.\nSELECT 1;\n",
          "copy t from STDIN with (format csv);\r\n1\r\n\\.\r\nSELECT 1;\n", "COPY t FROM stdin;\n\\.\n\n\nSELECT 1;\n",
          "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;\nSELECT 1;\n",
          "SELECT 1e5, 1.5E-3, $1, a$b$c, '' FROM stdin;\n", "SELECT U&'\\0061', U&\"\\0061\", B'1', x'ff';\n",
          "SELECT 'a'\n'b';\n", "SELECT 5 - -3, a->>'b', 4/2;\n", "SET transaction_timeout = 0;\n",
          "SET standard_conforming_strings = off;\nSELECT 'a\\'\\! b', X'\\', U&'\\';\n"}) {
        const auto whole = filtered(script);
        ASSERT_TRUE(whole) << script << whole.error().message();
        EXPECT_EQ(*whole, script);
        for (const std::size_t piece : {1U, 2U, 3U, 7U}) {
            const auto pieces = filtered(script, piece);
            ASSERT_TRUE(pieces) << script << pieces.error().message();
            EXPECT_EQ(*pieces, script);
        }
    }
}

TEST(PostgresScript, RefusesEveryCommandToPsql) {
    for (const std::string script :
         {"\\! id\n",
          "SELECT 1; \\! id\n",
          "SELECT 1 \\g |id\n",
          "-- x\n\\! id\n",
          "-- x\r\\! id\n",
          "SELECT 'a'; \\! id\n",
          "SELECT E'\\\\'; \\! id\n",
          "SELECT $a$ $b$ $a$ \\! id\n",
          "/* */ \\! id\n",
          "/* /* */ */ \\! id\n",
          "/*/ */ \\! id\n",
          "COPY t TO stdout; -- FROM stdin\n\\! id\n",
          "COPY t FROM stdin;\n\\.\n\\! id\n",
          "COPY t FROM stdin; \\! id\n1\n\\.\n",
          "\\copy t from program 'id'\n",
          "COPY (SELECT 1 FROM stdin) TO stdout;\n\\! id\n",
          "COPY t FROM stdout;\n'\n\\.\n\\! id\n'\n\\.\n",
          "\\restrict a b\n",
          "\\restrict `id`\n",
          "\\restrict x; \\! id\n",
          "x\\restrict abc\n",
          "\\unrestrict a|id\n",
          "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; COPY t FROM stdin;\n\\! id\n\\.\nEND;\n",
          "CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; \\! id\n",
          "SELECT \"a\" \\! id\n",
          "SELECT 1\\;\n",
          "SELECT '' \\gexec\n",
          "SELECT U&'\\' \\! id\n",
          "SELECT B'\\' \\! id\n",
          "SET standard_conforming_strings = off;\nSELECT U&'\\' \\! id\n",
          "SET standard_conforming_strings = off;\nSELECT X'\\' \\! id\n",
          "S\\! id\n",
          "SET x \\! id\n"}) {
        for (const std::size_t piece : {1U, 5U, 1000U}) {
            const auto result = filtered(script, piece);
            ASSERT_FALSE(result) << script << "\ngave: " << *result;
            EXPECT_EQ(result.error().code(), ErrorCode::kPermissionDenied) << script;
        }
    }
}

TEST(PostgresScript, RefusesWhatVersionsReadDifferently) {
    for (const std::string script : {"SELECT 1e'\\'\\! id';\n", "SELECT $1a$b$ \\! id;\n", "SELECT 1a$$ $$;\n",
                                     "SELECT E'a'\n'b\\'';\n", "SELECT E'a' -- x\n'b';\n", "SELECT $a'b';\n"}) {
        const auto result = filtered(script);
        ASSERT_FALSE(result) << script;
        EXPECT_EQ(result.error().code(), ErrorCode::kPermissionDenied) << script << result.error().message();
    }
    const auto zero = filtered(std::string_view("COPY t FROM stdin;\nx\0y\n\\.\n", 26));
    ASSERT_FALSE(zero);
    EXPECT_THAT(zero.error().message(), HasSubstr("zero byte"));
}

TEST(PostgresScript, LeavesOutLinesOfOtherVersions) {
    EXPECT_EQ(*filtered("--\n\n\\restrict aB3\nSELECT 1;\n\\unrestrict aB3\n"), "--\n\n\nSELECT 1;\n\n");
    EXPECT_EQ(*filtered("SELECT 1;\n\\unrestrict x"), "SELECT 1;\n\n");
    EXPECT_EQ(*filtered("SET transaction_timeout = 0;\nSET x = 1;\n", 3, {.drops_transaction_timeout = true}),
              "\nSET x = 1;\n");
    EXPECT_EQ(*filtered("SELECT 'x\nSET transaction_timeout = 0;\n';\n", 3, {.drops_transaction_timeout = true}),
              "SELECT 'x\nSET transaction_timeout = 0;\n';\n");
    EXPECT_FALSE(filtered("\\restrict a\n", 100, {.drops_restrict = false}));
}

TEST(PostgresScript, NoticesAnEndInTheMiddle) {
    for (const std::string script : {"SELECT 1", "SELECT 'a", "COPY t FROM stdin;\n1\n", "COPY t FROM stdin;", "/* a",
                                     "SELECT $$ a", "CREATE TABLE \"a", "INSERT INTO x VALUES (1", "S"}) {
        const auto result = filtered(script);
        ASSERT_FALSE(result) << script;
        EXPECT_EQ(result.error().code(), ErrorCode::kCorruption) << script;
    }
}

TEST(PostgresScript, CountsStatementsAndNamesTheLine) {
    PostgresScript lexer(PostgresScript::Options{});
    std::string out;
    ASSERT_TRUE(lexer.feed("SELECT ';';\nSELECT (1;2);;\n", out));
    EXPECT_EQ(lexer.statements(), 3U);
    const auto refused = lexer.feed("\n\n  \\! id\n", out);
    EXPECT_THAT(refused.error().message(), HasSubstr("line 5"));
}

}  // namespace
}  // namespace cofre::dump
