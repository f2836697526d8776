#include "repo/snapshot.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::repo {
namespace {

const std::string kTreeId(64, 'a');

TEST(Snapshot, WritesTheSameBytes) {
    // Of restic 0.17, and one field more.
    const std::string text =
        R"({"time":"2024-07-01T12:00:00.123456789+02:00","parent":")" + kTreeId + R"(","tree":")" + kTreeId +
        R"(","paths":["/home","/etc"],"hostname":"h","username":"u","uid":1000,"gid":100,"excludes":["*.tmp","\u003c"],)"
        R"("tags":["a","b"],"original":")" +
        kTreeId +
        R"(","program_version":"restic 0.17.0","summary":{"backup_start":"2024-07-01T12:00:00+02:00",)"
        R"("backup_end":"2024-07-01T12:00:01Z","files_new":1,"files_changed":2,"files_unmodified":3,"dirs_new":4,)"
        R"("dirs_changed":5,"dirs_unmodified":6,"data_blobs":7,"tree_blobs":8,"data_added":9,"data_added_packed":10,)"
        R"("total_files_processed":11,"total_bytes_processed":12,"later":13},"label":"x"})";
    const auto snapshot = decode_snapshot(text);
    ASSERT_TRUE(snapshot) << snapshot.error().message();
    EXPECT_EQ(snapshot->summary->total_bytes_processed, 12U);
    EXPECT_EQ(snapshot->unknown_fields.at(0), (UnknownField{"label", "\"x\""}));
    EXPECT_EQ(encode_snapshot(*snapshot), text);
}

TEST(Snapshot, NeedsATimeOnly) {
    const auto snapshot = decode_snapshot(R"({"time":"2024-07-01T12:00:00Z"})");
    ASSERT_TRUE(snapshot);
    EXPECT_FALSE(snapshot->tree);
    EXPECT_EQ(encode_snapshot(*snapshot), R"({"time":"2024-07-01T12:00:00Z","tree":null,"paths":[]})");
    EXPECT_FALSE(decode_snapshot("{}"));
}

TEST(Snapshot, KeepsAnIdAsAnUnknownField) {
    // Stored snapshots have none; one that has keeps it.
    const auto snapshot = decode_snapshot(R"({"time":"2024-07-01T12:00:00Z","id":"x"})");
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->unknown_fields.size(), 1U);
}

TEST(Snapshot, RefusesOtherShapes) {
    for (const char* text :
         {"", "[]", "null", "{\"time\":5}", "{\"time\":\"2024-07-01T12:00:00Z\"}x",
          R"({"time":"2024-07-01T12:00:00Z","tags":"a"})", R"({"time":"2024-07-01T12:00:00Z","tree":"a"})",
          R"({"time":"2024-07-01T12:00:00Z","summary":[]})", R"({"time":"2024-07-01T12:00:00Z")"}) {
        const auto snapshot = decode_snapshot(text);
        ASSERT_FALSE(snapshot) << text;
        EXPECT_EQ(snapshot.error().code(), ErrorCode::kCorruption);
    }
}

TEST(Snapshot, ReadsWhatSnapshotsPrints) {
    const auto list =
        decode_snapshot_list(R"([ {"time":"2024-07-01T12:00:00Z","tree":null,"paths":["/a"],"id":"1234567890",
        "short_id":"12345678"}, {"time":"2024-07-02T12:00:00Z"} ])");
    ASSERT_TRUE(list) << list.error().message();
    ASSERT_EQ(list->size(), 2U);
    EXPECT_EQ(list->at(0).id, "1234567890");
    EXPECT_TRUE(list->at(0).snapshot.unknown_fields.empty());
    EXPECT_EQ(encode_listed_snapshot(list->at(0)),
              R"({"time":"2024-07-01T12:00:00Z","tree":null,"paths":["/a"],"id":"1234567890","short_id":"12345678"})");
    EXPECT_TRUE(decode_snapshot_list("[]")->empty());
    EXPECT_FALSE(decode_snapshot_list("{}"));
    EXPECT_FALSE(decode_snapshot_list("[] x"));
}

}  // namespace
}  // namespace cofre::repo
