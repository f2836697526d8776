#include "codec/block_codec.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace cofre::codec {
namespace {

std::string noise(std::size_t size, unsigned seed = 1) {
    std::mt19937_64 random(seed);
    std::string out(size, '\0');
    for (char& byte : out)
        byte = static_cast<char>(random());
    return out;
}

std::string prose(std::size_t size) {
    std::string out;
    for (unsigned i = 0; out.size() < size; ++i)
        out += "line " + std::to_string(i * 2654435761U % 9973) + " of a log that nobody reads\n";
    out.resize(size);
    return out;
}

ByteBuffer packed(std::string_view text, BlockLevel level = BlockLevel::kAuto) {
    BlockCompressor compressor(level);
    ByteBuffer out(BlockCompressor::bound(text.size()));
    out.set_size(*compressor.compress(as_bytes(text), out.bytes()));
    return out;
}

TEST(BlockCodec, GivesBackWhatItTookAtEverySizeAndLevel) {
    BlockDecompressor decompressor;
    for (const auto level : {BlockLevel::kAuto, BlockLevel::kMax}) {
        for (const std::size_t size : {0U, 1U, 100U, 70000U, 3000000U}) {
            const std::string text = prose(size);
            const auto small = packed(text, level);
            ByteBuffer out(size);
            ASSERT_TRUE(decompressor.decompress_exact(small.bytes(), out.bytes())) << size;
            EXPECT_EQ(out.text(), text);
            const auto free = decompressor.decompress(small.bytes(), 4'000'000);
            ASSERT_TRUE(free) << size;
            EXPECT_EQ(free->text(), text);
        }
    }
}

TEST(BlockCompressor, NamesAWindowOfAtMost512KiB) {
    // RFC 8878 section 3.1.1.1.2: with Single_Segment, none but the content's
    // size; otherwise the byte after the descriptor.
    const auto frame = packed(prose(3'000'000));
    const auto descriptor = std::to_integer<unsigned>(frame.bytes()[4]);
    ASSERT_EQ(descriptor & 0x20U, 0U);
    const auto window = std::to_integer<unsigned>(frame.bytes()[5]);
    EXPECT_LE(10 + (window >> 3U), 19U);
    EXPECT_EQ(descriptor & 0x04U, 0U) << "a checksum";
}

TEST(BlockDecompressor, RefusesWhatIsNotWholeNotZstdOrNotThatLong) {
    BlockDecompressor decompressor;
    const auto good = packed("some text, some text, some text");
    ByteBuffer out(31);
    EXPECT_TRUE(decompressor.decompress_exact(good.bytes(), out.bytes()));
    ByteBuffer longer(32);
    EXPECT_EQ(decompressor.decompress_exact(good.bytes(), longer.bytes()).error().code(), ErrorCode::kCorruption);
    ByteBuffer shorter(30);
    EXPECT_EQ(decompressor.decompress_exact(good.bytes(), shorter.bytes()).error().code(), ErrorCode::kCorruption);
    const auto cut = good.bytes().first(good.size() - 3);
    EXPECT_EQ(decompressor.decompress(cut, 100).error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(decompressor.decompress(as_bytes("{\"a\":1}"), 100).error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(decompressor.decompress({}, 100).error().code(), ErrorCode::kCorruption);
    EXPECT_TRUE(decompressor.decompress(good.bytes(), 100)) << "the context serves again";
}

TEST(BlockDecompressor, NeverGrowsPastItsLimit) {
    BlockDecompressor decompressor;
    const auto bomb = packed(std::string(50'000'000, 'x'));
    ASSERT_LT(bomb.size(), 20'000U);
    EXPECT_EQ(decompressor.decompress(bomb.bytes(), 1'000'000).error().code(), ErrorCode::kResourceExhausted);
    EXPECT_TRUE(decompressor.decompress(bomb.bytes(), 50'000'000));
}

Status add_in_pieces(BlockDecompressor& decompressor, std::span<const std::byte> frame, std::size_t step,
                     ByteBuffer& window, std::string& out) {
    decompressor.begin();
    while (!frame.empty()) {
        const auto piece = frame.first(std::min(step, frame.size()));
        COFRE_TRY(decompressor.add(piece, window.bytes(), [&](std::span<const std::byte> part) -> Status {
            out += to_text(part);
            return {};
        }));
        frame = frame.subspan(piece.size());
    }
    return {};
}

TEST(BlockDecompressor, TakesAFrameInPieces) {
    BlockDecompressor decompressor;
    ByteBuffer window(4096);
    window.set_size(4096);
    for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U, 3000000U}) {
        const std::string text = prose(size);
        const auto frame = packed(text);
        for (const std::size_t step : {1U, 1000U, 131072U}) {
            if (step == 1 && frame.size() > 5000) continue;
            std::string out;
            ASSERT_TRUE(add_in_pieces(decompressor, frame.bytes(), step, window, out)) << size;
            EXPECT_EQ(out, text);
            EXPECT_TRUE(decompressor.is_complete());
        }
    }
}

TEST(BlockDecompressor, KnowsInPiecesWhatIsCutOrTooLong) {
    BlockDecompressor decompressor;
    ByteBuffer window(4096);
    window.set_size(4096);
    const auto frame = packed(prose(100000));
    std::string out;
    ASSERT_TRUE(add_in_pieces(decompressor, frame.bytes().first(frame.size() - 1), 1000, window, out));
    EXPECT_FALSE(decompressor.is_complete());
    ASSERT_TRUE(add_in_pieces(decompressor, frame.bytes(), 1000, window, out));
    EXPECT_EQ(decompressor.add(as_bytes("more"), window.bytes(), [](auto) -> Status { return {}; }).error().code(),
              ErrorCode::kCorruption);
}

TEST(LooksIncompressible, KnowsNoiseFromTextAndFromRepetition) {
    EXPECT_TRUE(looks_incompressible(as_bytes(noise(1'000'000))));
    EXPECT_FALSE(looks_incompressible(as_bytes(prose(1'000'000))));
    EXPECT_FALSE(looks_incompressible(as_bytes(base64_encode(as_bytes(noise(1'000'000))))));
    std::string repeated;
    while (repeated.size() < 1'000'000)
        repeated += noise(3000);
    EXPECT_FALSE(looks_incompressible(as_bytes(repeated)));
    EXPECT_FALSE(looks_incompressible(as_bytes(noise(1000)))) << "too little to judge by";
}

}  // namespace
}  // namespace cofre::codec
