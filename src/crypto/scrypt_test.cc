#include "crypto/scrypt.h"

#include <array>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/testing/fake_clock.h"

namespace cofre::crypto {
namespace {

// https://www.rfc-editor.org/rfc/rfc7914 section 12
TEST(Scrypt, MatchesRfc7914) {
    std::array<std::byte, 64> out{};
    ASSERT_TRUE(scrypt(Secret("password"), as_bytes("NaCl"), {.n = 1024, .r = 8, .p = 16}, out));
    EXPECT_EQ(hex_encode(out),
              "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
              "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640");
}

struct BadCost {
    const char* name;
    ScryptCost cost;
    ErrorCode code;
};

class ScryptRefuses : public ::testing::TestWithParam<BadCost> {};

TEST_P(ScryptRefuses, BeforeItAllocates) {
    std::array<std::byte, 64> out{};
    const auto answer = scrypt(Secret("x"), out, GetParam().cost, out);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(Table, ScryptRefuses,
                         ::testing::Values(BadCost{"NotAPower", {1000, 8, 1}, ErrorCode::kInvalidArgument},
                                           BadCost{"One", {1, 8, 1}, ErrorCode::kInvalidArgument},
                                           BadCost{"NoN", {0, 8, 1}, ErrorCode::kInvalidArgument},
                                           BadCost{"NoR", {1024, 0, 1}, ErrorCode::kInvalidArgument},
                                           BadCost{"NoP", {1024, 8, 0}, ErrorCode::kInvalidArgument},
                                           BadCost{
                                               "Product", {1024, 1U << 20U, 1U << 20U}, ErrorCode::kInvalidArgument},
                                           BadCost{"TwoGiB", {1U << 21U, 8, 1}, ErrorCode::kUnsupported},
                                           BadCost{"LargestN", {1ULL << 63U, 8, 1}, ErrorCode::kUnsupported},
                                           BadCost{"ManyP", {1024, 8, 1U << 26U}, ErrorCode::kUnsupported}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(CalibrateScrypt, FillsTheMemoryAndThenTheTime) {
    // The fake clock stands still, so one round seems to take its least, 1 ms.
    cofre::testing::FakeClock clock;
    const auto cost = calibrate_scrypt(clock, std::chrono::milliseconds(7), 60U << 20U);
    EXPECT_EQ(cost, (ScryptCost{.n = 32768, .r = 8, .p = 7}));
}

}  // namespace
}  // namespace cofre::crypto
