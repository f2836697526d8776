#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "objects/manifest.h"
#include "objects/testing/sample_manifest.h"

namespace cofre::objects {
namespace {

using Json = nlohmann::json;

Json sample_json() {
    return Json::parse(encode_entry(sample_file("a/b")));
}

ErrorCode code_of(const Json& entry) {
    const auto decoded = decode_entry(entry.dump());
    return decoded ? ErrorCode::kInternal : decoded.error().code();
}

TEST(EncodeEntry, IsReadBackAsItWas) {
    for (const auto& entry : sample_entries()) {
        const std::string line = encode_entry(entry);
        EXPECT_EQ(line.find('\n'), std::string::npos);
        EXPECT_TRUE(Json::accept(line)) << line;
        const auto decoded = decode_entry(line);
        ASSERT_TRUE(decoded) << decoded.error().message();
        EXPECT_EQ(encode_entry(*decoded), line);
        EXPECT_EQ(decoded->path, entry.path);
        EXPECT_EQ(decoded->type, entry.type);
        EXPECT_EQ(decoded->mode, entry.mode);
        EXPECT_EQ(decoded->uid, entry.uid);
        EXPECT_EQ(decoded->gid, entry.gid);
        EXPECT_EQ(decoded->user, entry.user);
        EXPECT_EQ(decoded->group, entry.group);
        EXPECT_EQ(decoded->mtime_ns, entry.mtime_ns);
        EXPECT_EQ(decoded->ctime_ns, entry.ctime_ns);
        EXPECT_EQ(decoded->inode, entry.inode);
        EXPECT_EQ(decoded->link_target, entry.link_target);
        EXPECT_EQ(decoded->size, entry.size);
        EXPECT_EQ(decoded->sha256, entry.sha256);
        EXPECT_EQ(decoded->stored.key, entry.stored.key);
        EXPECT_EQ(decoded->stored.size, entry.stored.size);
        EXPECT_EQ(decoded->stored.sha256, entry.stored.sha256);
        EXPECT_EQ(decoded->stored.etag, entry.stored.etag);
        EXPECT_EQ(decoded->stored.version_id, entry.stored.version_id);
        EXPECT_EQ(decoded->stored.compression, entry.stored.compression);
        EXPECT_EQ(decoded->stored.proof, entry.stored.proof);
        EXPECT_EQ(decoded->archived, entry.archived);
    }
}

// Faults F35 and F36.
TEST(EncodeEntry, KeepsHostileNames) {
    const std::vector<std::string> names = {"line\nfeed",
                                            "quo\"te\\back",
                                            "-rf",
                                            "\xFF\xFE",
                                            "\xC0\xAF",
                                            "cafe\u0301",
                                            "caf\u00E9",
                                            "README",
                                            "readme",
                                            "%41",
                                            std::string(255, 'n'),
                                            std::string(255, '\xFF'),
                                            "\x01\x1F\x7F",
                                            "a\u202Eb",
                                            "\\xff",
                                            "...",
                                            " ",
                                            "\uFEFFbom",
                                            "日本/語"};
    for (const auto& name : names) {
        const auto decoded = decode_entry(encode_entry(sample_file("dir/" + name)));
        ASSERT_TRUE(decoded) << name;
        EXPECT_EQ(decoded->path, "dir/" + name);
    }
}

TEST(EncodeEntry, LeavesOutWhatAPlainObjectRepeats) {
    const Json json = sample_json();
    EXPECT_FALSE(json["object"].contains("size"));
    EXPECT_FALSE(json["object"].contains("sha256"));
    EXPECT_EQ(json["object"]["compression"], "none");
    EXPECT_FALSE(json.contains("archived"));
}

TEST(EncodeEntry, FitsTheLineLimitWithTheLongestNames) {
    ManifestEntry link = sample_folder(std::string(4096, '\xFF'));
    link.type = EntryType::kSymlink;
    link.link_target = std::string(4096, '\xFF');
    EXPECT_TRUE(decode_entry(encode_entry(link)));
}

TEST(DecodeEntry, IgnoresFieldsOfLaterVersions) {
    Json json = sample_json();
    json["xattrs"] = Json::array({{{"name", "user.a"}, {"value", "b"}}});
    json["object"]["encryption"] = "age";
    json["a_base64"] = 1;
    EXPECT_TRUE(decode_entry(json.dump()));
}

TEST(DecodeEntry, TakesTheBytesWhereverTheyStand) {
    const std::string line = encode_entry(sample_file("a"));
    const std::string after = "{\"path_base64\":\"/w==\"," + line.substr(1);
    const std::string before = line.substr(0, line.size() - 1) + ",\"path_base64\":\"/w==\"}";
    EXPECT_EQ(decode_entry(after)->path, "\xFF");
    EXPECT_EQ(decode_entry(before)->path, "\xFF");
}

class UnsafePath : public ::testing::TestWithParam<std::string> {};

TEST_P(UnsafePath, IsCorruption) {
    ManifestEntry entry = sample_file(GetParam());
    EXPECT_FALSE(is_safe_relative_path(GetParam()));
    const auto decoded = decode_entry(encode_entry(entry));
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code(), ErrorCode::kCorruption);
}

INSTANTIATE_TEST_SUITE_P(Table, UnsafePath,
                         ::testing::Values("", "/", "/etc/passwd", ".", "..", "../x", "a/../b", "a/..", "a/.", "./a",
                                           "a//b", "a/", std::string("a\0b", 3), std::string("\xFF\0", 2)));

TEST(IsSafeRelativePath, AcceptsNamesThatOnlyLookDangerous) {
    for (const char* path : {"...", "..a", "a..", ".a", "a/...", "-", "\\", "C:\\x", "\xFF", "a\n"}) {
        EXPECT_TRUE(is_safe_relative_path(path)) << path;
    }
}

TEST(DecodeEntry, DemandsEveryField) {
    for (const char* field :
         {"path", "type", "mode", "uid", "gid", "mtime", "ctime", "inode", "size", "sha256", "object"}) {
        Json json = sample_json();
        json.erase(field);
        EXPECT_EQ(code_of(json), ErrorCode::kCorruption) << field;
    }
    Json json = sample_json();
    json["object"].erase("key");
    EXPECT_EQ(code_of(json), ErrorCode::kCorruption);
}

struct WrongField {
    const char* name;
    Json value;
};
class WrongValue : public ::testing::TestWithParam<WrongField> {};

TEST_P(WrongValue, IsCorruption) {
    Json json = sample_json();
    json[Json::json_pointer(std::string("/") + GetParam().name)] = GetParam().value;
    EXPECT_EQ(code_of(json), ErrorCode::kCorruption) << json.dump();
}

INSTANTIATE_TEST_SUITE_P(
    Table, WrongValue,
    ::testing::Values(WrongField{"path", 1}, WrongField{"path", {{"x", "y"}}}, WrongField{"path_base64", "a"},
                      WrongField{"path_base64", 7}, WrongField{"type", "fifo"}, WrongField{"type", 0},
                      WrongField{"mode", 420}, WrongField{"mode", "644"}, WrongField{"mode", "0888"},
                      WrongField{"mode", "00644"}, WrongField{"uid", -1}, WrongField{"uid", 4'294'967'296},
                      WrongField{"uid", "0"}, WrongField{"gid", 1.5}, WrongField{"user", nullptr},
                      WrongField{"user", {{"x", 1}}}, WrongField{"mtime", 0}, WrongField{"mtime", "yesterday"},
                      WrongField{"mtime", ""}, WrongField{"mtime", "2026-11-22T01:36:59+01:00"},
                      WrongField{"mtime", "2261-12-31T23:59:60Z"}, WrongField{"mtime", "9999-01-01T00:00:00Z"},
                      WrongField{"inode", true}, WrongField{"size", -5}, WrongField{"size", "1"},
                      WrongField{"sha256", "00"}, WrongField{"sha256", std::string(64, 'g')},
                      WrongField{"object", "key"}, WrongField{"object", Json::array()}, WrongField{"object/key", ""},
                      WrongField{"object/key", std::string(1025, 'k')}, WrongField{"object/compression", "lzma"},
                      WrongField{"object/proof", 1}, WrongField{"archived", "yes"}, WrongField{"link_target", "x"}));

TEST(DecodeEntry, RefusesAFieldThatIsThereTwice) {
    const std::string line = encode_entry(sample_file("a"));
    for (const char* extra : {"\"path\":\"b\"", "\"uid\":0", "\"object\":{}", "\"object\":{\"key\":\"x\"}"}) {
        EXPECT_FALSE(decode_entry("{" + std::string(extra) + "," + line.substr(1))) << extra;
    }
}

TEST(DecodeEntry, GivesObjectsToFilesOnly) {
    Json folder = sample_json();
    folder["type"] = "directory";
    EXPECT_EQ(code_of(folder), ErrorCode::kCorruption);
    Json link = Json::parse(encode_entry(sample_folder("a")));
    link["type"] = "symlink";
    EXPECT_EQ(code_of(link), ErrorCode::kCorruption);
    link["link_target"] = "x";
    EXPECT_TRUE(decode_entry(link.dump()));
    link["link_target"] = std::string("x\0y", 3);
    EXPECT_EQ(code_of(link), ErrorCode::kCorruption);
}

TEST(DecodeEntry, RefusesALineThatIsTooLong) {
    std::string line = encode_entry(sample_file("a"));
    line.insert(1, "\"pad\":\"" + std::string(256 * 1024, 'p') + "\",");
    EXPECT_EQ(decode_entry(line).error().code(), ErrorCode::kCorruption);
}

TEST(DecodeEntry, SaysWhichFieldIsWrong) {
    Json json = sample_json();
    json["mode"] = "9";
    EXPECT_EQ(decode_entry(json.dump()).error().message(),
              "decode manifest entry: field \"mode\" is not four octal digits");
}

TEST(EncodeError, IsReadBackAsItWas) {
    for (const auto& error : sample_errors()) {
        const auto decoded = decode_error(encode_error(error));
        ASSERT_TRUE(decoded);
        EXPECT_EQ(decoded->path, error.path);
        EXPECT_EQ(decoded->message, error.message);
    }
    EXPECT_FALSE(decode_error("{\"path\":\"a\"}"));
    EXPECT_FALSE(decode_error("{\"path\":1,\"message\":\"\"}"));
    EXPECT_FALSE(decode_error("[]"));
}

}  // namespace
}  // namespace cofre::objects
