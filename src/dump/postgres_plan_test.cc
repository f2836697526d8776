#include "dump/postgres_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/units.h"

namespace cofre::dump {
namespace {

using ::testing::Contains;
using ::testing::Not;

PostgresTable table_of(const std::string& name, std::uint64_t bytes) {
    PostgresTable table;
    table.oid = name;
    table.name = "public." + name;
    table.pattern = "\"public\".\"" + name + "\"";
    table.is_readable = true;
    table.bytes = bytes;
    return table;
}

DumpRequest by_table() {
    DumpRequest request;
    request.jobs = 2;
    return request;
}

TEST(PostgresPlan, TenThousandSmallTablesAreFewStreams) {
    PostgresContents contents;
    for (int i = 0; i < 10'000; ++i)
        contents.tables.push_back(table_of("t" + std::to_string(i), 8192));
    DumpNames names;
    const auto streams = plan_database("db", contents, {}, by_table(), names);
    EXPECT_EQ(streams.size(), 2U + 157U);
    std::size_t tables = 0;
    for (const auto& stream : streams) {
        EXPECT_LE(stream.arguments.size(), 65U);
        for (const auto& word : stream.arguments)
            tables += word.starts_with("--table=") ? 1U : 0U;
    }
    EXPECT_EQ(tables, 10'000U);
}

TEST(PostgresPlan, LargeTablesStandAloneAndFirst) {
    PostgresContents contents;
    contents.tables = {table_of("a", 1_MiB),  table_of("b", 20_MiB), table_of("c", 1_GiB),  table_of("d", 15_MiB),
                       table_of("e", 15_MiB), table_of("f", 15_MiB), table_of("g", 15_MiB), table_of("h", 15_MiB)};
    contents.large_objects = 1;
    DumpNames names;
    const auto streams = plan_database("db", contents, {}, by_table(), names);
    ASSERT_EQ(streams.size(), 7U);
    EXPECT_EQ(streams[0].file.name, "db/schema-before.sql");
    EXPECT_EQ(streams[1].file.name, "db/data/public.c.sql");
    EXPECT_EQ(streams[1].file.table, "public.c");
    EXPECT_EQ(streams[1].estimated_bytes, 1_GiB);
    EXPECT_EQ(streams[2].file.table, "public.b");
    EXPECT_EQ(streams[3].file.name, "db/data/group-1.sql");
    EXPECT_EQ(streams[3].file.table, "");
    EXPECT_LE(streams[3].estimated_bytes, 64_MiB);
    EXPECT_EQ(streams[5].file.role, FileRole::kLargeObjects);
    EXPECT_EQ(streams[6].file.role, FileRole::kSchemaAfter);
}

TEST(PostgresPlan, FiltersReachDefinitionsOnlyAndLargeObjectsTheirOwnStreamOnly) {
    PostgresContents contents;
    contents.tables = {table_of("a", 1)};
    PostgresOptions options;
    options.schemas = {"public"};
    options.words = {"--no-owner", "--blobs"};
    DumpNames names;
    const auto streams = plan_database("db", contents, options, by_table(), names);
    EXPECT_THAT(streams[0].arguments, Contains("--schema=public"));
    EXPECT_THAT(streams[1].arguments, Not(Contains("--schema=public")));
    EXPECT_THAT(streams[1].arguments, Not(Contains("--blobs")));
    EXPECT_THAT(streams[1].arguments, Contains("--no-owner"));
}

TEST(DumpNames, AreSafeAndUnique) {
    DumpNames names;
    EXPECT_EQ(names.add("", "shop", ".sql"), "shop.sql");
    EXPECT_EQ(names.add("", "shop", ".sql"), "shop~2.sql");
    EXPECT_EQ(names.add("", "..", ""), "%2E.");
    EXPECT_EQ(names.add("d/", "a/b \"\n\xc3\xa9", ".sql"), "d/a%2Fb%20%22%0A%C3%A9.sql");
    EXPECT_NE(names.add("", std::string(200, 'x') + "1", ""), names.add("", std::string(200, 'x') + "2", ""));
    EXPECT_LT(names.add("", std::string(300, '\n'), ".sql").size(), 200U);
}

}  // namespace
}  // namespace cofre::dump
