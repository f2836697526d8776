#include "base/nearest_name.h"

#include <gtest/gtest.h>

namespace cofre {
namespace {

TEST(EditDistance, CountsTypingErrors) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("abc", ""), 3U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
    EXPECT_EQ(edit_distance("regoin", "region"), 1U);  // A swap is one error.
    EXPECT_EQ(edit_distance("ca", "abc"), 3U);         // No part is edited twice.
}

TEST(NearestName, SuggestsOnlyWhatIsNear) {
    const std::vector<std::string> known = {"region", "prefix", "bucket_name", "part_size"};
    EXPECT_EQ(nearest_name("regoin", known), "region");
    EXPECT_EQ(nearest_name("bucketname", known), "bucket_name");
    EXPECT_EQ(nearest_name("partsize", known), "part_size");
    EXPECT_EQ(nearest_name("color", known), std::nullopt);
    EXPECT_EQ(nearest_name("", known), std::nullopt);
    EXPECT_EQ(nearest_name(std::string(100'000, 'a'), known), std::nullopt);
    EXPECT_EQ(did_you_mean("prefx", known), "; did you mean \"prefix\"?");
    EXPECT_EQ(did_you_mean("zzz", known), "");
}

}  // namespace
}  // namespace cofre
