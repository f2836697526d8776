#include "store/object_store.h"

#include <gtest/gtest.h>

namespace cofre::store {
namespace {

TEST(ObjectKey, AcceptsUtf8UpToTheLimit) {
    for (const std::string& text : {std::string("a"), std::string("/"), std::string("a\nb"), std::string("日本/🔒"),
                                    std::string("../x"), std::string(ObjectKey::kMaxBytes, 'x')}) {
        const auto key = ObjectKey::parse(text);
        ASSERT_TRUE(key) << text;
        EXPECT_EQ(key->str(), text);
    }
}

TEST(ObjectKey, RefusesWhatNoStoreCanHold) {
    for (const std::string& text : {std::string(), std::string(ObjectKey::kMaxBytes + 1, 'x'), std::string("a\0b", 3),
                                    std::string("\xff"), std::string("a\xc3"), std::string("\xed\xa0\x80")}) {
        const auto key = ObjectKey::parse(text);
        ASSERT_FALSE(key) << text;
        EXPECT_EQ(key.error().code(), ErrorCode::kInvalidArgument);
    }
}

TEST(ObjectKey, SortsByBytes) {
    EXPECT_LT(*ObjectKey::parse("Z"), *ObjectKey::parse("a"));
    EXPECT_LT(*ObjectKey::parse("a.b"), *ObjectKey::parse("a/b"));
    EXPECT_LT(*ObjectKey::parse("z"), *ObjectKey::parse("é"));
}

}  // namespace
}  // namespace cofre::store
