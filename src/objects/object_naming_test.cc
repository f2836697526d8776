#include "objects/object_naming.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "objects/testing/sample_manifest.h"

namespace cofre::objects {
namespace {

struct KeyCase {
    const char* name;
    std::string path;
    std::string key;
};
class KeyForPath : public ::testing::TestWithParam<KeyCase> {};

TEST_P(KeyForPath, EscapesOnlyWhatMust) {
    const auto key = key_for_path("p/", GetParam().path, Compression::kNone);
    ASSERT_TRUE(key) << key.error().message();
    EXPECT_EQ(key->str(), "p/" + GetParam().key);
}

INSTANTIATE_TEST_SUITE_P(
    Table, KeyForPath,
    ::testing::Values(KeyCase{"Plain", "a/b c.txt", "a/b c.txt"}, KeyCase{"Utf8", "ação/日本", "ação/日本"},
                      KeyCase{"Nfd", "cafe\u0301", "cafe\u0301"}, KeyCase{"Latin1", "caf\xE9", "caf%E9"},
                      KeyCase{"BrokenUtf8", "\xE2\x82x\xC3", "%E2%82x%C3"}, KeyCase{"Newline", "a\nb", "a%0Ab"},
                      KeyCase{"Delete", "\x7F", "%7F"}, KeyCase{"C1", "\u0085\u00A0", "%C2%85\u00A0"},
                      KeyCase{"Percent", "100%", "100%"}, KeyCase{"PercentLetter", "50%off", "50%off"},
                      KeyCase{"LooksEscaped", "%41%zz%4", "%2541%zz%4"}, KeyCase{"TwoPercents", "%%41", "%%2541"},
                      KeyCase{"PercentBeforeEscape", "%\x01", "%%01"}, KeyCase{"HexBeforeEscape", "%4\x01", "%4%01"},
                      KeyCase{"Reserved", ".cofre/x", "%2Ecofre/x"}, KeyCase{"ReservedItself", ".cofre", "%2Ecofre"},
                      KeyCase{"ReservedBelow", "a/.cofre/x", "a/.cofre/x"},
                      KeyCase{"ReservedBeginning", ".cofre2", ".cofre2"}, KeyCase{"Dash", "-rf", "-rf"},
                      KeyCase{"S3Specials", "a+b&c=d?e#f", "a+b&c=d?e#f"}, KeyCase{"Backslash", "a\\b", "a\\b"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(KeyForPathSuffix, NamesTheCompression) {
    EXPECT_EQ(key_for_path("", "a", Compression::kZstd)->str(), "a.zst");
    EXPECT_EQ(key_for_path("", "a", Compression::kGzip)->str(), "a.gz");
}

TEST(KeyForPathLimit, Is1024Bytes) {
    EXPECT_TRUE(key_for_path("p/", std::string(1022, 'a'), Compression::kNone));
    const auto key = key_for_path("p/", std::string(1020, 'a'), Compression::kZstd);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(key.error().message().find("1026 bytes"), std::string::npos) << key.error().message();
    EXPECT_FALSE(key_for_path("", std::string(400, '\xFF'), Compression::kNone));
}

TEST(KeyForPathRefusal, CoversUnsafePaths) {
    for (const char* path : {"", "/a", "a/../b", ".", "a//b", "a/"}) {
        EXPECT_EQ(key_for_path("p/", path, Compression::kNone).error().code(), ErrorCode::kInvalidArgument) << path;
    }
}

// Undoes every %XX and nothing else; what key_for_path() promises to survive.
std::string unescape(std::string_view key) {
    const auto digit = [](char c) { return std::string_view("0123456789ABCDEF").find(c); };
    std::string out;
    for (std::size_t i = 0; i < key.size(); ++i) {
        const bool is_escape = key[i] == '%' && i + 2 < key.size() && digit(key[i + 1]) < 16 && digit(key[i + 2]) < 16;
        out += is_escape ? static_cast<char>(digit(key[i + 1]) * 16 + digit(key[i + 2])) : key[i];
        if (is_escape) i += 2;
    }
    return out;
}

// Every path of up to six of the pieces that could be mistaken for each other.
TEST(KeyForPathProperty, IsInjective) {
    const std::vector<std::string> pieces = {"%", "2", "E", "5", "e", ".cofre/", "\x01", "\xC3", "\xA9", "/", "."};
    std::set<std::string> keys;
    std::set<std::string> paths;
    std::vector<std::string> level = {""};
    for (int length = 1; length <= 5; ++length) {
        std::vector<std::string> longer;
        for (const auto& start : level) {
            for (const auto& piece : pieces)
                longer.push_back(start + piece);
        }
        for (const auto& path : longer) {
            if (!is_safe_relative_path(path) || !paths.insert(path).second) continue;
            const auto key = key_for_path("", path, Compression::kNone);
            ASSERT_TRUE(key);
            ASSERT_TRUE(keys.insert(key->str()).second) << path;
            ASSERT_EQ(unescape(key->str()), path);
            ASSERT_FALSE(key->str().starts_with(kReservedFolder));
        }
        level = std::move(longer);
    }
    EXPECT_GT(keys.size(), 50'000U);
}

TEST(ManifestKey, NamesTimeJobAndId) {
    auto header = sample_header();
    header.job = "jornal diário/ção";
    EXPECT_EQ(manifest_key("backups/", header)->str(),
              "backups/.cofre/20261122T013659Z-jornal_di__rio_____o-0123456789abcdef.cofre.json");
}

TEST(ManifestKey, RefusesWhatCouldNotBeFoundAgain) {
    auto header = sample_header();
    header.id = "short";
    EXPECT_FALSE(manifest_key("", header));
    header = sample_header();
    header.job.clear();
    EXPECT_FALSE(manifest_key("", header));
    header.job = std::string(1'000, 'j');
    EXPECT_FALSE(manifest_key("", header));
}

std::optional<SnapshotRef> parse(std::string_view prefix, const std::string& key) {
    return parse_manifest_key(prefix, {.key = *store::ObjectKey::parse(key), .size = 7});
}

TEST(ParseManifestKey, RecognizesItsOwn) {
    for (const char* job : {"documents", "a-b--c", "-", "0123456789abcdef", "a.cofre.json", "."}) {
        auto header = sample_header();
        header.job = job;
        const auto found = parse("p/", manifest_key("p/", header)->str());
        ASSERT_TRUE(found) << job;
        EXPECT_EQ(found->job, job);
        EXPECT_EQ(found->id, header.id);
        EXPECT_EQ(found->time, *parse_rfc3339("2026-11-22T01:36:59Z"));
        EXPECT_EQ(found->size, 7U);
    }
}

TEST(ParseManifestKey, IgnoresEverythingElse) {
    const std::string good = ".cofre/20261122T013659Z-job-0123456789abcdef.cofre.json";
    EXPECT_TRUE(parse("", good));
    EXPECT_FALSE(parse("p/", good));
    for (const char* key :
         {"a/.cofre/20261122T013659Z-job-0123456789abcdef.cofre.json",
          ".cofre/x/20261122T013659Z-job-0123456789abcdef.cofre.json",
          ".cofre/20261122T013659Z-a/b-0123456789abcdef.cofre.json",
          ".cofre/20261122T013659Z--0123456789abcdef.cofre.json", ".cofre/20261122T013659Z-0123456789abcdef.cofre.json",
          ".cofre/20261122T013659Z-job-0123456789ABCDEF.cofre.json",
          ".cofre/20261322T013659Z-job-0123456789abcdef.cofre.json",
          ".cofre/2026112201:36:59-job-0123456789abcdef.cofre.json",
          ".cofre/20261122T013659Z-job-0123456789abcdef.cofre.jso",
          ".cofre/20261122T013659Z-job-0123456789abcdef.cofre.json~", ".cofre/.cofre.json", ".cofre/"}) {
        EXPECT_FALSE(parse("", key)) << key;
    }
}

}  // namespace
}  // namespace cofre::objects
