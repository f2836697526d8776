#include "dump/postgres_pattern.h"

#include <gtest/gtest.h>

namespace cofre::dump {
namespace {

TEST(NamePattern, IsReadAsPsqlDoes) {
    struct Case {
        const char* pattern;
        const char* schema;
        const char* name;
    };
    for (const auto& one :
         {Case{"orders", "", "^(orders)$"}, Case{"Sales.Ord*", "^(sales)$", "^(ord.*)$"}, Case{"a?c", "", "^(a.c)$"},
          Case{"\"A.b\".c", "^(A\\.b)$", "^(c)$"}, Case{"\"q\"\"t\"", "", "^(q\"t)$"}, Case{"x$y", "", "^(x\\$y)$"},
          Case{"\"*\"", "", "^(\\*)$"}, Case{"a[0-9]", "", "^(a[0-9])$"}, Case{"i[]", "", "^(i\\[])$"},
          Case{"*.*", "^(.*)$", "^(.*)$"}}) {
        const auto parsed = parse_name_pattern(one.pattern);
        EXPECT_EQ(parsed.schema, one.schema) << one.pattern;
        EXPECT_EQ(parsed.name, one.name) << one.pattern;
    }
}

}  // namespace
}  // namespace cofre::dump
