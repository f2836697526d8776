#include "crypto/sealed_box.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/random.h"

namespace cofre::crypto {
namespace {

using Bytes = std::vector<std::byte>;

BoxKey key_of(const std::string& hex) {
    const Bytes bytes = *hex_decode(hex);
    return BoxKey(std::span<const std::byte, BoxKey::kSize>(bytes));
}

Bytes sealed(SealedBox& box, std::string_view text) {
    Bytes out(text.size() + SealedBox::kOverhead);
    std::copy_n(as_bytes(text).begin(), text.size(), out.begin() + SealedBox::kIvSize);
    box.seal(out);
    return out;
}

// Bernstein, "The Poly1305-AES message-authentication code", appendix B, for the
// MAC.
TEST(SealedBox, AcceptsTheMacOfThePublishedExample) {
    SealedBox box(
        key_of("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
               "ec074c835580741701425b623235add6"
               "851fc40c3467ac0be05cc20404f3f700"));
    Bytes bytes = *hex_decode("fb447350c4e868c52ac3275cf9d4327ef3f6f4c633c3044fc145f84f335cb81953de");
    const auto plain = box.open(bytes);
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->size(), 2U);
}

// NIST SP 800-38A, F.5.5 (CTR-AES256), two blocks; the MAC of its ciphertext by
// the openssl program: `openssl mac -macopt hexkey:R|AES_K(IV) Poly1305`.
TEST(SealedBox, DecryptsThePublishedCounterModeExample) {
    SealedBox box(
        key_of("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"
               "ec074c835580741701425b623235add6"
               "851fc40c3467ac0be05cc20404f3f700"));
    Bytes bytes = *hex_decode(
        "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
        "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
        "b3946dba822b0fb0d55b388a9f55b991");
    const auto plain = box.open(bytes);
    ASSERT_TRUE(plain);
    EXPECT_EQ(hex_encode(*plain), "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
}

TEST(SealedBox, OpensWhatItSealedAtEverySize) {
    SealedBox box(BoxKey::random());
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 63U, 64U, 65U, 4096U, 100003U}) {
        const std::string text(size, 'x');
        Bytes bytes = sealed(box, text);
        const auto plain = box.open(bytes);
        ASSERT_TRUE(plain) << size;
        EXPECT_EQ(to_text(*plain), text);
    }
}

TEST(SealedBox, NeverWritesTheSameTwice) {
    SealedBox box(BoxKey::random());
    EXPECT_NE(sealed(box, "text"), sealed(box, "text"));
}

TEST(SealedBox, RefusesEveryFlippedBit) {
    SealedBox box(BoxKey::random());
    const Bytes good = sealed(box, "seventeen bytes..");
    for (std::size_t i = 0; i < good.size() * 8; ++i) {
        Bytes bad = good;
        bad[i / 8] ^= std::byte(1U << (i % 8));
        const Bytes before = bad;
        const auto plain = box.open(bad);
        ASSERT_FALSE(plain) << "bit " << i;
        EXPECT_EQ(plain.error().code(), ErrorCode::kCorruption);
        EXPECT_EQ(bad, before) << "decrypted before it was checked";
    }
}

TEST(SealedBox, RefusesAnotherKeyACutBoxAndAnIvOfZeros) {
    SealedBox box(BoxKey::random());
    SealedBox other(BoxKey::random());
    Bytes bytes = sealed(box, "text");
    EXPECT_FALSE(other.open(bytes));
    EXPECT_FALSE(box.open(std::span(bytes).first(bytes.size() - 1)));
    EXPECT_FALSE(box.open(std::span(bytes).first(SealedBox::kOverhead - 1)));
    std::fill_n(bytes.begin(), SealedBox::kIvSize, std::byte{0});
    const auto zeros = box.open(bytes);
    ASSERT_FALSE(zeros);
    EXPECT_NE(zeros.error().message().find("IV of zeros"), std::string::npos);
}

TEST(SealedBox, OpensInPiecesWhatItOpensWhole) {
    SealedBox box(BoxKey::random());
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 100U, 4099U}) {
        std::string text(size, '.');
        for (std::size_t i = 0; i < size; ++i)
            text[i] = static_cast<char>('a' + i % 23);
        const Bytes bytes = sealed(box, text);
        for (const std::size_t piece : {1U, 7U, 16U, 64U, 5000U}) {
            Bytes window(piece);
            std::string out;
            ASSERT_TRUE(box.open_in_pieces(bytes, window, [&](std::span<const std::byte> part) -> Status {
                EXPECT_LE(part.size(), piece);
                out += to_text(part);
                return {};
            })) << size;
            EXPECT_EQ(out, text);
        }
    }
}

TEST(SealedBox, GivesNoPieceOfWhatItsMacDoesNotFit) {
    SealedBox box(BoxKey::random());
    Bytes bytes = sealed(box, std::string(1000, 'x'));
    bytes[900] ^= std::byte{1};
    Bytes window(10);
    int pieces = 0;
    const auto done = box.open_in_pieces(bytes, window, [&](std::span<const std::byte>) -> Status {
        ++pieces;
        return {};
    });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(pieces, 0);
}

TEST(EqualInConstantTime, ComparesLengthAndBytes) {
    EXPECT_TRUE(equal_in_constant_time(as_bytes("abc"), as_bytes("abc")));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("abd")));
    EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("ab")));
    EXPECT_TRUE(equal_in_constant_time({}, {}));
}

}  // namespace
}  // namespace cofre::crypto
