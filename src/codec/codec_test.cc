#include "codec/codec.h"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace cofre::codec {
namespace {

// Feeds `input` in pieces of `step` bytes, then ends it.
Result<std::string> pass(StreamTransform& transform, std::string_view input, std::size_t step) {
    std::string seen;
    const ByteSink sink = [&](std::span<const std::byte> bytes) -> Status {
        seen += to_text(bytes);
        return {};
    };
    for (; !input.empty(); input.remove_prefix(std::min(step, input.size()))) {
        COFRE_TRY(transform.write(as_bytes(input.substr(0, step)), sink));
    }
    COFRE_TRY(transform.finish(sink));
    return seen;
}

constexpr std::size_t kWhole = ~std::size_t{0};

std::string encode(Format format, std::string_view plain, int level = 0, std::size_t step = kWhole) {
    return *pass(*make_encoder(format, level), plain, step);
}

Result<std::string> decode(Format format, std::string_view encoded, std::size_t step = kWhole) {
    return pass(*make_decoder(format), encoded, step);
}

// Text that compresses by about half, unlike noise or a run.
std::string sample(std::size_t bytes) {
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same text each time
    std::string text;
    while (text.size() < bytes)
        text += std::to_string(random() % 5000) + (random() % 9 == 0 ? "\n" : " ");
    text.resize(bytes);
    return text;
}

class Codec : public ::testing::TestWithParam<Format> {};

TEST_P(Codec, RoundTripsAnyLength) {
    for (const std::size_t bytes : {0U, 1U, 2U, 1000U, 131'071U, 131'072U, 131'073U, 3'000'000U}) {
        const std::string plain = sample(bytes);
        const std::string encoded = encode(GetParam(), plain);
        EXPECT_TRUE(*decode(GetParam(), encoded) == plain) << bytes;
    }
}

TEST_P(Codec, CompressesText) {
    EXPECT_LT(encode(GetParam(), sample(1'000'000)).size(), 600'000U);
}

TEST_P(Codec, PieceSizesDoNotMatter) {
    const std::string plain = sample(20'000);
    const std::string encoded = encode(GetParam(), plain);
    EXPECT_TRUE(encode(GetParam(), plain, 0, 1) == encoded);
    EXPECT_TRUE(encode(GetParam(), plain, 0, 777) == encoded);
    EXPECT_TRUE(*decode(GetParam(), encoded, 1) == plain);
    EXPECT_TRUE(*decode(GetParam(), encoded, 777) == plain);
}

TEST_P(Codec, EmptyWritesDoNothing) {
    const auto encoder = make_encoder(GetParam());
    std::string encoded;
    const ByteSink sink = [&](std::span<const std::byte> bytes) -> Status {
        encoded += to_text(bytes);
        return {};
    };
    ASSERT_TRUE(encoder->write({}, sink));
    ASSERT_TRUE(encoder->write(as_bytes("abc"), sink));
    ASSERT_TRUE(encoder->write({}, sink));
    ASSERT_TRUE(encoder->finish(sink));
    EXPECT_EQ(encoded, encode(GetParam(), "abc"));
}

TEST_P(Codec, EqualInputGivesEqualOutput) {
    EXPECT_EQ(encode(GetParam(), sample(5000)), encode(GetParam(), sample(5000)));
}

TEST_P(Codec, EveryLevelRoundTrips) {
    const std::string plain = sample(50'000);
    for (const int level : {-1000, -1, 0, 1, 9, 12, 1000}) {
        EXPECT_TRUE(*decode(GetParam(), encode(GetParam(), plain, level)) == plain) << level;
    }
}

TEST_P(Codec, ConcatenatedFramesAreOneStream) {
    const std::string encoded = encode(GetParam(), "one ") + encode(GetParam(), "") + encode(GetParam(), "two");
    EXPECT_EQ(*decode(GetParam(), encoded), "one two");
    EXPECT_EQ(*decode(GetParam(), encoded, 1), "one two");
}

TEST_P(Codec, TruncationAnywhereIsCorruption) {
    const std::string encoded = encode(GetParam(), sample(300));
    for (std::size_t length = 0; length < encoded.size(); ++length) {
        const auto result = decode(GetParam(), std::string_view(encoded).substr(0, length));
        ASSERT_FALSE(result) << length;
        EXPECT_EQ(result.error().code(), ErrorCode::kCorruption) << length;
    }
}

TEST_P(Codec, TruncatedSecondFrameIsCorruption) {
    const std::string first = encode(GetParam(), "one");
    const std::string both = first + encode(GetParam(), "two");
    for (std::size_t length = first.size() + 1; length < both.size(); ++length) {
        EXPECT_FALSE(decode(GetParam(), std::string_view(both).substr(0, length))) << length;
    }
}

// Some bits of a header mean nothing to a decoder; then the data are the same.
TEST_P(Codec, FlippedBitNeverYieldsOtherData) {
    const std::string plain = sample(400);
    const std::string encoded = encode(GetParam(), plain);
    std::size_t detected = 0;
    for (std::size_t bit = 0; bit < encoded.size() * 8; ++bit) {
        std::string damaged = encoded;
        damaged[bit / 8] = static_cast<char>(static_cast<unsigned char>(damaged[bit / 8]) ^ 1U << bit % 8);
        const auto result = decode(GetParam(), damaged);
        if (result) {
            EXPECT_EQ(*result, plain) << "bit " << bit;
            continue;
        }
        ++detected;
        // A flip in the header of a zstd frame can ask for a giant window.
        const bool is_window = result.error().code() == ErrorCode::kUnsupported;
        EXPECT_TRUE(is_window || result.error().code() == ErrorCode::kCorruption) << result.error().message();
    }
    EXPECT_GT(detected, (encoded.size() - 10) * 8);
}

TEST_P(Codec, BytesAfterTheLastFrameAreCorruption) {
    for (const char* tail : {"x", "garbage that is long enough to be a header"}) {
        EXPECT_EQ(decode(GetParam(), encode(GetParam(), "data") + tail).error().code(), ErrorCode::kCorruption) << tail;
    }
}

TEST_P(Codec, OtherFormatsAreCorruption) {
    const Format other = GetParam() == Format::kZstd ? Format::kGzip : Format::kZstd;
    EXPECT_EQ(decode(GetParam(), encode(other, "data")).error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(decode(GetParam(), "plain text").error().code(), ErrorCode::kCorruption);
}

TEST_P(Codec, ErrorOfTheSinkComesBackAsItIs) {
    const ByteSink full = [](std::span<const std::byte>) -> Status {
        return Error(ErrorCode::kResourceExhausted, "disk full");
    };
    const auto encoder = make_encoder(GetParam());
    Status status = encoder->write(as_bytes(sample(1'000'000)), full);
    if (status) status = encoder->finish(full);
    EXPECT_EQ(status.error().message(), "disk full");
    const std::string encoded = encode(GetParam(), sample(1000));
    EXPECT_EQ(make_decoder(GetParam())->write(as_bytes(encoded), full).error().message(), "disk full");
}

TEST_P(Codec, BombIsPassedOnInSmallPieces) {
    const std::string bomb = encode(GetParam(), std::string(64U << 20U, '\0'));
    EXPECT_LT(bomb.size(), 100'000U);
    std::size_t total = 0;
    std::size_t largest = 0;
    const ByteSink sink = [&](std::span<const std::byte> bytes) -> Status {
        total += bytes.size();
        largest = std::max(largest, bytes.size());
        return {};
    };
    const auto decoder = make_decoder(GetParam());
    ASSERT_TRUE(decoder->write(as_bytes(bomb), sink));
    ASSERT_TRUE(decoder->finish(sink));
    EXPECT_EQ(total, 64U << 20U);
    EXPECT_LE(largest, 128U * 1024);
}

INSTANTIATE_TEST_SUITE_P(Formats, Codec, ::testing::Values(Format::kZstd, Format::kGzip),
                         [](const auto& param) { return param.param == Format::kZstd ? "Zstd" : "Gzip"; });

// https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1: magic, a descriptor
// without options, the window, and an empty last block.
std::string empty_frame_with_window(unsigned log2) {
    const auto window = static_cast<char>((log2 - 10) << 3U);
    return std::string("\x28\xb5\x2f\xfd\x00", 5) + window + std::string("\x01\x00\x00", 3);
}

TEST(Zstd, WindowAbove128MiBIsUnsupported) {
    EXPECT_EQ(*decode(Format::kZstd, empty_frame_with_window(27)), "");
    for (const unsigned log2 : {28U, 31U, 41U}) {
        const auto result = decode(Format::kZstd, empty_frame_with_window(log2));
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code(), ErrorCode::kUnsupported) << log2;
    }
}

TEST(Zstd, FramesCarryAChecksum) {
    const std::string encoded = encode(Format::kZstd, "data");
    EXPECT_NE(static_cast<unsigned char>(encoded[4]) & 0x04U, 0U);  // Content_Checksum_flag
}

TEST(Zstd, SkippableFramesAreSkipped) {
    const std::string skippable("\x50\x2a\x4d\x18\x03\x00\x00\x00xyz", 11);
    EXPECT_EQ(*decode(Format::kZstd, skippable + encode(Format::kZstd, "data")), "data");
}

// https://www.rfc-editor.org/rfc/rfc1952#section-2.3: MTIME is bytes 4 to 7.
TEST(Gzip, HeaderHasNoTimeAndNoName) {
    const std::string encoded = encode(Format::kGzip, "data");
    EXPECT_EQ(encoded.substr(0, 8), std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00", 8));
}

}  // namespace
}  // namespace cofre::codec
