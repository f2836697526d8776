#include "db/conninfo.h"

#include <memory>

#include <gtest/gtest.h>
#include <libpq-fe.h>

namespace cofre::db {
namespace {

std::string value_that_libpq_reads(const std::string& conninfo, const std::string& keyword) {
    char* message = nullptr;
    PQconninfoOption* const options = PQconninfoParse(conninfo.c_str(), &message);
    EXPECT_NE(options, nullptr) << (message == nullptr ? "" : message);
    PQfreemem(message);
    std::string value = "(none)";
    for (auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
        if (option->keyword == keyword && option->val != nullptr) value = option->val;
    }
    PQconninfoFree(options);
    return value;
}

TEST(Conninfo, NoValueBecomesAKeyword) {
    for (const std::string name : {"plain", "", "it's", "a b", "x' host='evil", "back\\slash\\", "dbname=x host=evil",
                                   "postgres://evil/x", "line\nbreak", "-flag", "\xc3\xa9", "\xff"}) {
        const auto text = build_conninfo({{"host", "here"}, {"dbname", name}, {"user", name}});
        EXPECT_EQ(value_that_libpq_reads(text, "dbname"), name);
        EXPECT_EQ(value_that_libpq_reads(text, "user"), name);
        EXPECT_EQ(value_that_libpq_reads(text, "host"), "here");
    }
}

TEST(Conninfo, QuotesIdentifiersAndLiterals) {
    EXPECT_EQ(quote_identifier("plain"), "\"plain\"");
    EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(quote_literal("it's"), "'it''s'");
    EXPECT_EQ(quote_literal("a\\'b"), "E'a\\\\''b'");
}

}  // namespace
}  // namespace cofre::db
