// Names are bytes: each of these keys is an object of its own.

#include <algorithm>

#include "store/testing/store_contract.h"

namespace cofre::store::testing {
namespace {

// Pairs that a careless backend takes for one stand next to each other.
const std::vector<std::string>& awkward_names() {
    static const auto* const names = new std::vector<std::string>{
        "plain",
        "Plain",
        "PLAIN",
        "with space",
        "with+plus",
        "with%20percent",
        "percent%",
        "percent%4",
        "percent%41",
        "percentA",
        "percent%2F",
        "percent%252F",
        "percent%25",
        "new\nline",
        "tab\there",
        "carriage\rreturn",
        "quote\"'`$(x)",
        "back\\slash",
        "ampersand&lt;",
        "<xml attribute=\"1\">",
        "semi;colon,comma=equals?question#hash",
        "*star[bracket]{brace}|pipe~",
        "caf\xc3\xa9",   // NFC
        "cafe\xcc\x81",  // NFD, the same to the eye
        "\xe6\x97\xa5\xe6\x9c\xac/\xf0\x9f\x94\x92",
        ".hidden",
        "..double",
        "trailing.",
        "trailing ",
        " leading",
        "dots/../up",
        "dots/./here",
        "dots/...",
        "-dash",
        "CON",
        "control\x01\x7f",
        ".cofre-write-XXXXXX",
    };
    return *names;
}

}  // namespace

TEST_P(StoreContract, AwkwardNamesAreDistinctObjects) {
    for (const std::string& name : awkward_names()) {
        const auto stored = put(name, "content of " + name);
        ASSERT_TRUE(stored) << name << ": " << stored.error().message();
    }
    for (const std::string& name : awkward_names())
        EXPECT_EQ(get(name), "content of " + name);
    auto sorted = awkward_names();
    std::sort(sorted.begin(), sorted.end());
    EXPECT_EQ(list(), sorted);
    for (const std::string& name : awkward_names())
        EXPECT_TRUE(store_->remove(ctx_, key(name))) << name;
    EXPECT_EQ(list(), std::vector<std::string>());
}

TEST_P(StoreContract, AwkwardNamesCanBeRemovedTogetherAndCopied) {
    std::vector<ObjectKey> keys;
    for (const std::string& name : awkward_names()) {
        ASSERT_TRUE(put(name, "x"));
        keys.push_back(key(name));
    }
    ASSERT_TRUE(store_->copy(ctx_, key("percent%41"), key("copy of +%41")));
    EXPECT_EQ(get("copy of +%41"), "x");
    keys.push_back(key("copy of +%41"));
    const auto failures = store_->remove_many(ctx_, keys);
    ASSERT_TRUE(failures) << failures.error().message();
    EXPECT_TRUE(failures->empty());
    EXPECT_EQ(list(), std::vector<std::string>());
}

TEST_P(StoreContract, SlashesAreKept) {
    const std::vector<std::string> names = {"//two", "/leading", "a///b", "a//b", "b/", "c//", "d/e/", "f/g"};
    for (const std::string& name : names) {
        const auto stored = put(name, name);
        ASSERT_TRUE(stored) << name << ": " << stored.error().message();
    }
    for (const std::string& name : names)
        EXPECT_EQ(get(name), name);
    EXPECT_EQ(get("b"), "<not found>");
    EXPECT_EQ(get("a/b"), "<not found>");
    EXPECT_EQ(get("leading"), "<not found>");
    EXPECT_EQ(list(), names);
}

TEST_P(StoreContract, NameAndNameWithSlashAreTwoObjects) {
    ASSERT_TRUE(put("a", "file"));
    ASSERT_TRUE(put("a/", "marker"));
    EXPECT_EQ(get("a"), "file");
    EXPECT_EQ(get("a/"), "marker");
    EXPECT_EQ(list(), (std::vector<std::string>{"a", "a/"}));
    ASSERT_TRUE(store_->remove(ctx_, key("a/")));
    EXPECT_EQ(get("a"), "file");
}

TEST_P(StoreContract, FolderMarkerAndItsContentAreKept) {
    ASSERT_TRUE(put("photos/", ""));
    ASSERT_TRUE(put("photos/1.jpg", "x"));
    ASSERT_TRUE(put("photos/!first", "x"));
    EXPECT_EQ(list(), (std::vector<std::string>{"photos/", "photos/!first", "photos/1.jpg"}));
    ASSERT_TRUE(store_->remove(ctx_, key("photos/")));
    EXPECT_EQ(list(), (std::vector<std::string>{"photos/!first", "photos/1.jpg"}));
}

TEST_P(StoreContract, ObjectBelowAnObjectIsKeptOrRefused) {
    ASSERT_TRUE(put("a", "file"));
    const auto below = put("a/b", "below");
    ASSERT_TRUE(put("c/d", "below"));
    const auto above = put("c", "file");
    EXPECT_EQ(code(below), GetParam().keeps_nested ? "ok" : "unsupported");
    EXPECT_EQ(code(above), GetParam().keeps_nested ? "ok" : "unsupported");
    EXPECT_EQ(get("a"), "file");
    EXPECT_EQ(get("c/d"), "below");
    if (GetParam().keeps_nested) {
        EXPECT_EQ(list(), (std::vector<std::string>{"a", "a/b", "c", "c/d"}));
    } else {
        EXPECT_EQ(list(), (std::vector<std::string>{"a", "c/d"}));
    }
}

TEST_P(StoreContract, LongestKeyIsKept) {
    std::string name;
    const std::size_t room = ObjectKey::kMaxBytes - base().size();
    while (name.size() < room)
        name += name.size() % 201 == 200 ? '/' : 'x';
    name.back() = 'y';
    const auto stored = put(name, "x");
    ASSERT_TRUE(stored) << stored.error().message();
    EXPECT_EQ(get(name), "x");
    EXPECT_EQ(list(), std::vector<std::string>{name});
    EXPECT_FALSE(ObjectKey::parse(base() + name + "z"));
}

TEST_P(StoreContract, LongSegmentIsKeptOrRefused) {
    const std::string name(ObjectKey::kMaxBytes - base().size(), 'x');
    EXPECT_EQ(code(put(name, "x")), GetParam().keeps_long_segments ? "ok" : "unsupported");
    EXPECT_EQ(list().size(), GetParam().keeps_long_segments ? 1U : 0U);
}

}  // namespace cofre::store::testing
