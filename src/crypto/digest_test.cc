#include "crypto/digest.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/random.h"

namespace cofre::crypto {
namespace {

// https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
TEST(Sha256, MatchesTheNistExamples) {
    EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, IsTheSameInPiecesAndStartsAgainAfterFinish) {
    Sha256 hash;
    hash.update("a");
    hash.update("");
    hash.update("bc");
    EXPECT_EQ(hash.finish(), sha256("abc"));
    EXPECT_EQ(hash.finish(), sha256(""));
}

TEST(Sha256, ReadsAWholeSource) {
    const std::string text(1'000'003, 'x');
    EXPECT_EQ(*sha256(SpanSource(text)), sha256(text));
}

TEST(Sha256Digest, ParsesWhatItPrints) {
    const auto digest = sha256("abc");
    EXPECT_EQ(*Sha256Digest::parse(digest.hex()), digest);
    EXPECT_EQ(digest.base64(), "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    EXPECT_FALSE(Sha256Digest::parse("ba78"));
    EXPECT_FALSE(Sha256Digest::parse(std::string(64, 'g')));
}

// https://www.rfc-editor.org/rfc/rfc4231 test cases 2 and 6 (a key longer than a block).
TEST(HmacSha256, MatchesRfc4231) {
    EXPECT_EQ(hmac_sha256(as_bytes("Jefe"), "what do ya want for nothing?").hex(),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    const std::string key(131, '\xaa');
    EXPECT_EQ(hmac_sha256(as_bytes(key), "Test Using Larger Than Block-Size Key - Hash Key First").hex(),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// https://www.rfc-editor.org/rfc/rfc1321 appendix A.5
TEST(Md5, MatchesRfc1321) {
    EXPECT_EQ(hex_encode(md5(as_bytes("message digest"))), "f96b697d7cb7938d525a2f31aaf161d0");
    const auto of_source = md5(SpanSource(std::string_view("message digest")));
    ASSERT_TRUE(of_source);
    EXPECT_EQ(hex_encode(*of_source), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(RandomHex, HasTheAskedLengthAndDoesNotRepeat) {
    EXPECT_EQ(random_hex(8).size(), 16U);
    EXPECT_NE(random_hex(16), random_hex(16));
}

}  // namespace
}  // namespace cofre::crypto
