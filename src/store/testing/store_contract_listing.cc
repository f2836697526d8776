// Listings: order, prefix, start, delimiter, pages.

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "base/parallel.h"
#include "store/testing/store_contract.h"

namespace cofre::store::testing {
namespace {

using Names = std::vector<std::string>;

}  // namespace

TEST_P(StoreContract, ListIsInByteOrder) {
    // '!' '-' and '.' sort before '/', letters and '~' after it; bytes above
    // 0x7f come last.
    Names names = {"a/1", "a/2/x", "a!", "a-b", "a.txt", "a0", "aa/b", "B", "b", "~", "\xc3\xa9", "\xf0\x9f\x94\x92",
                   "A/z"};
    for (const std::string& name : names)
        ASSERT_TRUE(put(name, ""));
    std::sort(names.begin(), names.end());
    EXPECT_EQ(list(), names);
}

TEST_P(StoreContract, ListFiltersByPrefix) {
    for (const char* name : {"a", "ab/c", "ab/d/e", "abc", "ac", "b/ab"})
        ASSERT_TRUE(put(name, ""));
    EXPECT_EQ(list("ab"), (Names{"ab/c", "ab/d/e", "abc"}));
    EXPECT_EQ(list("ab/"), (Names{"ab/c", "ab/d/e"}));
    EXPECT_EQ(list("ab/d"), (Names{"ab/d/e"}));
    EXPECT_EQ(list("abc"), (Names{"abc"}));
    EXPECT_EQ(list("none"), Names());
    EXPECT_EQ(list("ab/d/e/f"), Names());
}

TEST_P(StoreContract, ListStartsAfterAKey) {
    for (const char* name : {"a", "b/1", "b/2", "b/3/x", "c"})
        ASSERT_TRUE(put(name, ""));
    EXPECT_EQ(list("", "b/1"), (Names{"b/2", "b/3/x", "c"}));
    EXPECT_EQ(list("", "b/"), (Names{"b/1", "b/2", "b/3/x", "c"}));
    EXPECT_EQ(list("", "b/10"), (Names{"b/2", "b/3/x", "c"}));  // It need not exist.
    EXPECT_EQ(list("", "b0"), (Names{"c"}));
    EXPECT_EQ(list("", "c"), Names());
    EXPECT_EQ(list("b/", "b/2"), (Names{"b/3/x"}));
    EXPECT_EQ(list("b/", "a"), (Names{"b/1", "b/2", "b/3/x"}));
}

TEST_P(StoreContract, DelimiterFoldsKeys) {
    for (const char* name : {"a", "b/1", "b/2", "b/c/3", "b!", "c/x", "d"})
        ASSERT_TRUE(put(name, ""));
    EXPECT_EQ(list("", "", '/'), (Names{"a", "b!", "<b/>", "<c/>", "d"}));
    EXPECT_EQ(list("b/", "", '/'), (Names{"b/1", "b/2", "<b/c/>"}));
    EXPECT_EQ(list("b", "", '/'), (Names{"b!", "<b/>"}));
    EXPECT_EQ(list("b/c/", "", '/'), (Names{"b/c/3"}));
    EXPECT_EQ(list("e", "", '/'), Names());
}

TEST_P(StoreContract, EmptyPlaceHasAnEmptyList) {
    EXPECT_EQ(list(), Names());
    EXPECT_EQ(list("", "x", '/'), Names());
}

TEST_P(StoreContract, ListDescribesTheObjects) {
    ASSERT_TRUE(put("object", "hello"));
    int calls = 0;
    ASSERT_TRUE(store_->list(ctx_, {.prefix = base()}, [&](const ObjectInfo& info) -> Status {
        ++calls;
        EXPECT_EQ(info.key, key("object"));
        EXPECT_EQ(info.size, 5U);
        EXPECT_NE(info.last_modified, WallTime());
        EXPECT_EQ(info.etag, store_->head(ctx_, key("object"))->etag);
        return {};
    }));
    EXPECT_EQ(calls, 1);
}

TEST_P(StoreContract, ErrorOfTheVisitorEndsTheList) {
    for (const char* name : {"a", "b", "c"})
        ASSERT_TRUE(put(name, ""));
    int calls = 0;
    const auto status = store_->list(ctx_, {.prefix = base()}, [&](const ObjectInfo&) -> Status {
        return ++calls == 2 ? Status(Error(ErrorCode::kCorruption, "enough")) : Status();
    });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(status.error().message(), "enough");
    EXPECT_EQ(calls, 2);
}

TEST_P(StoreContract, ListGoesOnPastOnePage) {
    const std::size_t count = GetParam().many;
    const auto name = [](std::size_t i) { return fmt::format("{:03}/{:05}", i % 7, i); };
    ASSERT_TRUE(parallel_for(ctx_, count, 8, [&](const CallContext& ctx, std::size_t i) -> Status {
        COFRE_TRY(store_->put(ctx, key(name(i)), SpanSource(""), {}));
        return {};
    }));
    Names expected;
    for (std::size_t i = 0; i < count; ++i)
        expected.push_back(name(i));
    std::sort(expected.begin(), expected.end());
    EXPECT_TRUE(list() == expected);
    EXPECT_TRUE(list("", expected[count / 2]) ==
                Names(expected.begin() + static_cast<std::ptrdiff_t>(count / 2) + 1, expected.end()));
    EXPECT_EQ(list("", "", '/').size(), 7U);
}

// A restore that lists while it deletes, and a backup that lists while another
// one writes, must see every object that was there all the time.
TEST_P(StoreContract, ListSurvivesChangesOnTheWay) {
    for (const char* name : {"a/1", "b/1", "c/1", "c/2", "d/1"})
        ASSERT_TRUE(put(name, ""));
    Names seen;
    ASSERT_TRUE(store_->list(ctx_, {.prefix = base()}, [&](const ObjectInfo& info) -> Status {
        if (seen.empty()) {
            COFRE_TRY(store_->remove(ctx_, key("a/1")));
            COFRE_TRY(store_->remove(ctx_, key("c/1")));
            COFRE_TRY(store_->remove(ctx_, key("c/2")));
        }
        seen.push_back(info.key.str().substr(base().size()));
        return {};
    }));
    seen.erase(std::remove_if(seen.begin(), seen.end(), [](const std::string& name) { return name[0] == 'c'; }),
               seen.end());  // Removed meanwhile: may be listed or not.
    EXPECT_EQ(seen, (Names{"a/1", "b/1", "d/1"}));
}

}  // namespace cofre::store::testing
