#include "store/listing_fold.h"

#include <gtest/gtest.h>

namespace cofre::store {
namespace {

struct MayListCase {
    const char* prefix;
    const char* start_after;
    const char* key_prefix;
    bool expected;
};

class MayList : public ::testing::TestWithParam<MayListCase> {};

TEST_P(MayList, DecidesWhetherToDescend) {
    ListOptions options;
    options.prefix = GetParam().prefix;
    options.start_after = GetParam().start_after;
    EXPECT_EQ(ListingFold(options).may_list(GetParam().key_prefix), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Table, MayList,
                         ::testing::Values(MayListCase{"", "", "a/", true}, MayListCase{"a/b", "", "a/", true},
                                           MayListCase{"a/b", "", "a/bc/", true}, MayListCase{"a/b", "", "a/c/", false},
                                           MayListCase{"a/b", "", "b/", false}, MayListCase{"", "a/5", "a/", true},
                                           MayListCase{"", "b", "a/", false}, MayListCase{"", "a", "a/", true},
                                           MayListCase{"", "a/", "a/", true}, MayListCase{"", "a0", "a/", false},
                                           MayListCase{"b/", "a", "b/", true}));

TEST(ListingFold, NeverDescendsIntoAReportedPrefix) {
    ListOptions options;
    options.delimiter = '/';
    ListingFold fold(options);
    EXPECT_TRUE(fold.may_list("a/b/"));
    ASSERT_TRUE(fold.show("a/b/c", [] { return Status(); }));
    EXPECT_EQ(fold.last_common_prefix(), "a/");
    EXPECT_FALSE(fold.may_list("a/b/"));
    EXPECT_TRUE(fold.may_list("b/"));
}

TEST(ListingFold, FoldsAtAnyDelimiter) {
    std::string seen;
    ListOptions options;
    options.prefix = "a";
    options.delimiter = '-';
    options.on_common_prefix = [&](const std::string& common) -> Status {
        seen += "<" + common + ">";
        return {};
    };
    ListingFold fold(options);
    for (const std::string key : {"a", "a-1", "a-2", "a/b-1", "a/c", "b-1"}) {
        ASSERT_TRUE(fold.show(key, [&]() -> Status {
            seen += key + " ";
            return {};
        }));
    }
    EXPECT_EQ(seen, "a <a-><a/b->a/c ");
}

TEST(ListingFold, ErrorOfTheCallbackComesBack) {
    ListOptions options;
    options.delimiter = '/';
    options.on_common_prefix = [](const std::string&) -> Status { return Error(ErrorCode::kCancelled, "enough"); };
    EXPECT_FALSE(ListingFold(options).show("a/b", [] { return Status(); }));
}

}  // namespace
}  // namespace cofre::store
