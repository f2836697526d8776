#include "store/local_names.h"

#include <gtest/gtest.h>

namespace cofre::store {
namespace {

struct PathCase {
    const char* key;
    const char* path;
};

class LocalName : public ::testing::TestWithParam<PathCase> {};

// What a listing makes of the path: the key again, name by name.
std::string key_of(const std::string& path) {
    std::string key;
    std::string_view rest = path;
    for (;;) {
        const std::size_t slash = rest.find('/');
        const bool is_file = slash == std::string_view::npos;
        const auto part = to_key_part(rest.substr(0, slash), is_file ? NameKind::kFile : NameKind::kFolder);
        key += part ? *part : "<none>";
        if (is_file) return key;
        rest.remove_prefix(slash + 1);
    }
}

TEST_P(LocalName, IsFoundUnderItsPathAndListedAsItself) {
    const auto path = to_local_path(*ObjectKey::parse(GetParam().key));
    ASSERT_TRUE(path) << path.error().message();
    const std::string joined = join_path(path->folder, path->name);
    EXPECT_EQ(joined, GetParam().path);
    EXPECT_EQ(key_of(joined), GetParam().key);
}

INSTANTIATE_TEST_SUITE_P(
    Table, LocalName,
    ::testing::Values(PathCase{"a/b.txt", "a/b.txt"}, PathCase{"a b+c", "a b+c"}, PathCase{"a/", "a%2F"},
                      PathCase{"a/b/", "a/b%2F"}, PathCase{"/", "%2F"}, PathCase{"//", "%2F/%2F"},
                      PathCase{"/a", "%2F/a"}, PathCase{"a//b", "a/%2F/b"}, PathCase{"a//", "a/%2F"},
                      PathCase{"a///b", "a/%2F/%2F/b"}, PathCase{".", "%2E"}, PathCase{"..", "%2E%2E"},
                      PathCase{"../x", "%2E%2E/x"}, PathCase{"a/../../x", "a/%2E%2E/%2E%2E/x"}, PathCase{"./", ".%2F"},
                      PathCase{"...", "..."}, PathCase{".hidden", ".hidden"}, PathCase{"100%", "100%"},
                      PathCase{"100%4", "100%4"}, PathCase{"100%41", "100%2541"}, PathCase{"%2f", "%252f"},
                      PathCase{"%%41", "%%2541"}, PathCase{"%4/", "%4%2F"}, PathCase{"%zz", "%zz"},
                      PathCase{"a\nb", "a\nb"}, PathCase{"x/.cofre-tmp/y", "x/.cofre-tmp/y"},
                      PathCase{".cofre-tmp/", ".cofre-tmp%2F"}, PathCase{".cofre-tmp2/x", ".cofre-tmp2/x"}));

TEST(LocalName, EveryPathStaysBelowTheRoot) {
    // All short keys of the characters that matter: each must come back as
    // itself, in a path without empty, "." or ".." names.
    const std::string alphabet = "./%2Fa";
    std::vector<std::string> keys = {""};
    for (std::size_t i = 0; i < keys.size() && keys[i].size() < 5; ++i) {
        for (const char c : alphabet)
            keys.push_back(keys[i] + c);
    }
    for (const std::string& text : keys) {
        if (text.empty()) continue;
        const auto path = to_local_path(*ObjectKey::parse(text));
        ASSERT_TRUE(path) << text;
        const std::string joined = join_path(path->folder, path->name);
        ASSERT_EQ(key_of(joined), text);
        const std::string fenced = "/" + joined + "/";
        for (const char* bad : {"//", "/./", "/../"})
            ASSERT_EQ(fenced.find(bad), std::string::npos) << text << " -> " << joined;
    }
}

TEST(LocalName, RefusesWhatNoFileSystemHolds) {
    const std::string too_long(256, 'x');
    std::vector<std::string> keys = {".cofre-tmp", ".cofre-tmp/x"};
    keys.push_back(too_long);
    keys.push_back("a/" + too_long + "/b");
    keys.push_back(too_long.substr(2) + "/");  // %2F makes it 257 bytes.
    for (const std::string& text : keys) {
        const auto path = to_local_path(*ObjectKey::parse(text));
        ASSERT_FALSE(path) << text;
        EXPECT_EQ(path.error().code(), ErrorCode::kUnsupported);
    }
    EXPECT_TRUE(to_local_path(*ObjectKey::parse(std::string(255, 'x'))));
}

TEST(LocalName, ForeignNamesStandForNoKey) {
    for (const char* name : {"%41", "a%2Fb", "%2E%2Ex", "%00", "a%", "%2e", "%2F%2F"}) {
        const bool is_ours = std::string_view(name) == "a%";
        EXPECT_EQ(to_key_part(name, NameKind::kFile).has_value(), is_ours) << name;
    }
    EXPECT_FALSE(to_key_part("a%2F", NameKind::kFolder));
    EXPECT_EQ(*to_key_part("%2F", NameKind::kFolder), "/");
    EXPECT_EQ(*to_key_part("a", NameKind::kFolder), "a/");
}

}  // namespace
}  // namespace cofre::store
