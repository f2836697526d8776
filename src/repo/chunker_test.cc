#include "repo/chunker.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/digest.h"

namespace cofre::repo {
namespace {

// The polynomial of restic's own tests.
constexpr Polynomial kChunkerPolynomial(0x3DA3358B4DC173);

std::vector<std::byte> chunker_noise(std::size_t size, unsigned seed) {
    std::mt19937_64 random(seed);
    std::vector<std::byte> out(size);
    for (auto& byte : out)
        byte = static_cast<std::byte>(random());
    return out;
}

/// The definition, byte by byte, without any table: what comes is appended, what
/// leaves the window is taken away, and all is reduced.
std::size_t slow_first_chunk(Polynomial modulus, std::span<const std::byte> data) {
    Polynomial factor(1);
    for (std::size_t i = 0; i < kChunkWindow; ++i)
        factor = Polynomial(factor.bits() << 8U).mod(modulus);
    const std::size_t last = std::min(data.size(), kMaxChunk);
    Polynomial print;
    for (std::size_t i = kMinChunk - kChunkWindow; i < last; ++i) {
        print = Polynomial((print.bits() << 8U) | std::to_integer<std::uint64_t>(data[i])).mod(modulus);
        if (i >= kMinChunk) {
            const Polynomial gone(std::to_integer<std::uint64_t>(data[i - kChunkWindow]));
            print = print ^ gone.mod(modulus).mul_mod(factor, modulus);
        }
        if (i + 1 >= kMinChunk && (print.bits() & ((1U << 20U) - 1)) == 0) return i + 1;
    }
    return last;
}

std::vector<std::size_t> chunk_lengths(const ChunkTables& tables, std::span<const std::byte> data) {
    std::vector<std::size_t> out;
    while (!data.empty()) {
        out.push_back(first_chunk(tables, data));
        data = data.subspan(out.back());
    }
    return out;
}

TEST(FirstChunk, CutsWhereTheDefinitionSays) {
    const auto data = chunker_noise(1'300'000, 7);
    for (const auto bits : {std::uint64_t{0x3DA3358B4DC173}, std::uint64_t{0x25B468838DCB75}}) {
        const ChunkTables tables{Polynomial(bits)};
        for (std::size_t from = 0; from < 600'000; from += 200'003) {
            const auto part = std::span(data).subspan(from);
            EXPECT_EQ(first_chunk(tables, part), slow_first_chunk(Polynomial(bits), part)) << from;
        }
    }
}

TEST(FirstChunk, WorksForOtherDegrees) {
    const auto data = chunker_noise(3'000'000, 3);
    const Polynomial of_degree_31(0x80000009);
    ASSERT_TRUE(of_degree_31.is_irreducible());
    const ChunkTables tables(of_degree_31);
    EXPECT_EQ(first_chunk(tables, data), slow_first_chunk(of_degree_31, data));
}

TEST(FirstChunk, KeepsTheMinimumAndTheMaximum) {
    const ChunkTables tables(kChunkerPolynomial);
    // Zeros have the fingerprint 0 everywhere: a cut at once.
    const std::vector<std::byte> zeros(kMaxChunk + 100, std::byte{0});
    EXPECT_EQ(first_chunk(tables, zeros), kMinChunk);
    const std::vector<std::byte> ones(kMaxChunk + 100, std::byte{1});
    EXPECT_EQ(first_chunk(tables, ones), kMaxChunk);
    EXPECT_EQ(first_chunk(tables, std::span(zeros).first(kMinChunk - 1)), kMinChunk - 1);
    EXPECT_EQ(first_chunk(tables, {}), 0U);
}

TEST(FirstChunk, GoesOnWhereItStopped) {
    const ChunkTables tables(kChunkerPolynomial);
    const auto data = chunker_noise(9'000'000, 11);
    const std::size_t whole = first_chunk(tables, data);
    for (const std::size_t size : {kMinChunk - 1, kMinChunk, kMinChunk + 1, whole - 1, whole}) {
        const std::size_t first = first_chunk(tables, std::span(data).first(size));
        ASSERT_EQ(first, size) << "no cut before the cut";
        EXPECT_EQ(first_chunk(tables, data, size), whole);
    }
}

// Restic cuts zeros every kMinChunk bytes; a buffer that ended just there used
// to hide the cut, and the blobs of both programs were others from there on.
TEST(ChunkStream, FindsACutWhereTheBufferEnds) {
    const ChunkTables tables(kChunkerPolynomial);
    constexpr std::size_t kZeros = 5 * kMinChunk + 77;
    ChunkStream stream(tables);
    std::size_t at = 0;
    stream.start([&](std::span<std::byte> room) -> Result<std::size_t> {
        const std::size_t size = std::min(room.size(), kZeros - at);
        std::fill_n(room.begin(), size, std::byte{0});
        at += size;
        return size;
    });
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(stream.next()->size(), kMinChunk) << i;
    EXPECT_EQ(stream.next()->size(), 77U);
}

TEST(ChunkStream, CutsTheSameWhateverTheReaderGives) {
    const ChunkTables tables(kChunkerPolynomial);
    const auto data = chunker_noise(20'000'000, 5);
    const auto expected = chunk_lengths(tables, data);
    ASSERT_GT(expected.size(), 6U);
    ChunkStream stream(tables);
    for (const std::size_t most : {1013UL, 65'536UL, 100'000'000UL}) {
        const auto from = most == 1013 ? data.size() - 1'000'000 : 0;
        const auto input = std::span(data).subspan(from);
        std::size_t at = 0;
        stream.start([&](std::span<std::byte> room) -> Result<std::size_t> {
            const std::size_t size = std::min({room.size(), most, input.size() - at});
            std::copy_n(input.begin() + static_cast<std::ptrdiff_t>(at), size, room.begin());
            at += size;
            return size;
        });
        std::vector<std::size_t> lengths;
        std::size_t offset = 0;
        for (;;) {
            const auto chunk = stream.next();
            ASSERT_TRUE(chunk);
            if (chunk->empty()) break;
            ASSERT_TRUE(std::equal(chunk->begin(), chunk->end(), input.begin() + static_cast<std::ptrdiff_t>(offset)));
            offset += chunk->size();
            lengths.push_back(chunk->size());
        }
        EXPECT_EQ(lengths, chunk_lengths(tables, input));
        EXPECT_TRUE(stream.next()->empty()) << "the end is the end";
    }
}

TEST(ChunkStream, PassesOnAnErrorOfTheReader) {
    const ChunkTables tables(kChunkerPolynomial);
    ChunkStream stream(tables);
    stream.start([](std::span<std::byte>) -> Result<std::size_t> { return Error(ErrorCode::kInternal, "EIO"); });
    EXPECT_EQ(stream.next().error().message(), "EIO");
    EXPECT_TRUE(stream.next()->empty());
}

TEST(Polynomial, KnowsTheIrreducible) {
    EXPECT_TRUE(kChunkerPolynomial.is_irreducible());
    EXPECT_TRUE(Polynomial(0b111).is_irreducible());
    EXPECT_TRUE(Polynomial(0b1011).is_irreducible());
    EXPECT_FALSE(Polynomial(0b101).is_irreducible()) << "(x + 1)^2";
    EXPECT_FALSE(Polynomial(kChunkerPolynomial.bits() ^ 1U).is_irreducible()) << "divisible by x";
    EXPECT_FALSE(Polynomial(0).is_irreducible());
    EXPECT_FALSE(Polynomial(1).is_irreducible());
    // Every polynomial of degree 8: 30 are irreducible.
    int count = 0;
    for (std::uint64_t bits = 256; bits < 512; ++bits)
        count += Polynomial(bits).is_irreducible() ? 1 : 0;
    EXPECT_EQ(count, 30);
}

TEST(Polynomial, IsRandomOfDegree53) {
    const auto a = Polynomial::random();
    EXPECT_EQ(a.degree(), 53);
    EXPECT_TRUE(a.is_irreducible());
    EXPECT_NE(a, Polynomial::random());
    EXPECT_EQ(*Polynomial::parse(a.hex()), a);
}

TEST(Polynomial, RefusesOtherText) {
    for (const char* text : {"", "xyz", "12 ", "-1", "0x12", "11111111111111111"})
        EXPECT_FALSE(Polynomial::parse(text)) << text;
}

}  // namespace
}  // namespace cofre::repo
