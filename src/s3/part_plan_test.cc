#include "s3/part_plan.h"

#include <gtest/gtest.h>

namespace cofre::s3 {
namespace {

constexpr std::uint64_t kTiB = 1ULL << 40U;

TEST(PartSize, IsAsWantedWhileThePartsSuffice) {
    const auto& aws = *find_provider("aws");
    EXPECT_EQ(part_size_for(100'000'000, 50'000'000, aws), 50'000'000U);
    EXPECT_EQ(part_size_for(500'000'000'000, 50'000'000, aws), 50'000'000U);
}

TEST(PartSize, GrowsSoThatThePartsSuffice) {
    for (const char* name : {"aws", "scaleway", "storj"}) {
        const auto& profile = *find_provider(name);
        for (const std::uint64_t size : {1'000'000'001ULL, 500'000'000'001ULL, 5ULL << 40U}) {
            const auto part = part_size_for(size, 5_MiB, profile);
            EXPECT_LE((size + part - 1) / part, static_cast<std::uint64_t>(profile.max_parts)) << name << size;
            EXPECT_GE(part, profile.min_part_size);
        }
    }
}

struct GrowthCase {
    const char* provider;
    std::uint64_t wanted;
    std::uint64_t reach;  // 1 000 parts of at most 5 GiB cannot reach 5 TiB.
};
class PartGrowth : public ::testing::TestWithParam<GrowthCase> {};

TEST_P(PartGrowth, ReachesTheGreatestObjectWithPartsThatAreAllowed) {
    const auto& profile = *find_provider(GetParam().provider);
    const GrowingParts parts(GetParam().wanted, profile);
    std::uint64_t sent = 0;
    std::uint64_t before = 0;
    for (int number = 1; sent < GetParam().reach; ++number) {
        const auto size = parts.size_of(number, sent);
        ASSERT_TRUE(size) << "stopped at " << sent;
        ASSERT_GE(*size, before);
        ASSERT_LE(*size, 5_GiB);
        before = *size;
        sent += *size;
    }
}

INSTANTIATE_TEST_SUITE_P(Table, PartGrowth,
                         ::testing::Values(GrowthCase{"aws", 5_MiB, 5 * kTiB}, GrowthCase{"aws", 50'000'000, 5 * kTiB},
                                           GrowthCase{"aws", 1_GiB, 5 * kTiB}, GrowthCase{"scaleway", 50'000'000, kTiB},
                                           GrowthCase{"scaleway", 5_MiB, kTiB}));

TEST(PartGrowth, LeavesTheFirst90GigabytesInPartsAsWanted) {
    const GrowingParts parts(50'000'000, *find_provider("aws"));
    EXPECT_EQ(parts.size_of(1, 0), 50'000'000U);
    EXPECT_EQ(parts.size_of(1800, 90'000'000'000), 50'000'000U);
}

TEST(PartGrowth, DoesNotGrowWhereAllPartsMustBeEqual) {
    const GrowingParts parts(50'000'000, *find_provider("r2"));
    EXPECT_EQ(parts.size_of(10'000, 499'950'000'000), 50'000'000U);
    EXPECT_FALSE(parts.size_of(10'001, 500'000'000'000));
}

}  // namespace
}  // namespace cofre::s3
