#include "dump/dump_record.h"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::dump {
namespace {

using ::testing::HasSubstr;

DumpRecord sample_record() {
    DumpRecord record;
    record.source = "postgres://db/shop";
    record.server_version = "15.18";
    record.tool = "pg_dump";
    record.tool_version = "15.18";
    record.databases = {"shop", "odd \"name\"\n", "latin-\xe9"};
    record.consistency = "one exported snapshot";
    record.traits = {{"shop", {{"encoding", "LATIN1"}, {"comment", "\xe9"}}}};
    record.files = {{"shop/data/public.orders.sql", FileRole::kData, "plain", "shop", "public.orders", 7, "ab"},
                    {"latin.sql", FileRole::kWhole, "plain", "latin-\xe9", "", 0, ""}};
    record.tables = {{"shop", "public.orders", 10, 5, "digest", "SELECT '\xff'"}, {"shop", "t\xe9", 1, 0, "", ""}};
    record.facts_are_exact = true;
    record.warnings = {"one"};
    record.started_at = WallTime(std::chrono::seconds(1'800'000'000));
    record.finished_at = WallTime(std::chrono::seconds(1'800'000'009));
    return record;
}

TEST(DumpRecord, SurvivesARoundTripByteForByte) {
    const auto written = encode_record(sample_record());
    const auto read = decode_record(written);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(encode_record(*read), written);
    EXPECT_EQ(read->databases, sample_record().databases);
    EXPECT_EQ(read->files[1].database, "latin-\xe9");
    EXPECT_EQ(read->tables[0].sample_query, "SELECT '\xff'");
    EXPECT_EQ(read->traits[0].values.at("comment"), "\xe9");
    EXPECT_EQ(read->started_at, sample_record().started_at);
    EXPECT_EQ(read->files[0].role, FileRole::kData);
    EXPECT_TRUE(read->facts_are_exact);
}

TEST(DumpRecord, RefusesNamesThatLeaveItsFolder) {
    for (const std::string name :
         {"", "/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/", "a\\b", "cofre-dump.json"}) {
        auto record = sample_record();
        record.files[0].name = name;
        const auto read = decode_record(encode_record(record));
        ASSERT_FALSE(read) << name;
        EXPECT_EQ(read.error().code(), ErrorCode::kCorruption);
    }
}

TEST(DumpRecord, IgnoresUnknownKeysAndRefusesANewerVersion) {
    EXPECT_TRUE(decode_record(R"({"cofre_dump":1,"engine":"postgres","later":{"a":1}})"));
    EXPECT_EQ(decode_record(R"({"cofre_dump":2,"engine":"postgres"})").error().code(), ErrorCode::kUnsupported);
}

TEST(DumpRecord, RefusesWhatIsNoRecord) {
    for (const std::string text :
         {"", "{}", "[]", "{\"cofre_dump\":1}", "{\"cofre_dump\":1,\"engine\":\"postgres\",\"files\":1}",
          "{\"cofre_dump\":1,\"engine\":\"postgres\",\"files\":[{\"name\":\"a\",\"role\":\"x\"}]}",
          "{\"cofre_dump\":1,\"engine\":\"postgres\",\"tables\":[{\"rows\":-1}]}",
          "{\"cofre_dump\":\"1\",\"engine\":\"postgres\"}"}) {
        const auto read = decode_record(text);
        ASSERT_FALSE(read) << text;
        EXPECT_EQ(read.error().code(), ErrorCode::kCorruption) << text;
    }
}

}  // namespace
}  // namespace cofre::dump
