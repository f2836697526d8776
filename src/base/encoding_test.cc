#include "base/encoding.h"

#include <gtest/gtest.h>

namespace cofre {
namespace {

std::string all_bytes() {
    std::string text;
    for (int i = 0; i < 256; ++i)
        text += static_cast<char>(i);
    return text;
}

TEST(Hex, EncodesLowerCaseAndDecodesBoth) {
    EXPECT_EQ(hex_encode(as_bytes(std::string_view("\x00\xff\x1a", 3))), "00ff1a");
    EXPECT_EQ(to_text(*hex_decode("00fF1A")), std::string_view("\x00\xff\x1a", 3));
    EXPECT_EQ(to_text(*hex_decode(hex_encode(as_bytes(all_bytes())))), all_bytes());
    EXPECT_TRUE(hex_decode("")->empty());
}

TEST(Hex, RefusesWhatIsNotHexadecimal) {
    for (const char* text : {"0", "0g", "g0", " 0", "0x", "00 0", "-1", "\xc3\xa9"}) {
        EXPECT_EQ(hex_decode(text).error().code(), ErrorCode::kInvalidArgument) << text;
    }
}

struct Base64Case {
    const char* plain;
    const char* encoded;
};

class Base64 : public ::testing::TestWithParam<Base64Case> {};

TEST_P(Base64, BothWays) {
    EXPECT_EQ(base64_encode(as_bytes(GetParam().plain)), GetParam().encoded);
    EXPECT_EQ(to_text(*base64_decode(GetParam().encoded)), GetParam().plain);
}

// https://www.rfc-editor.org/rfc/rfc4648#section-10
INSTANTIATE_TEST_SUITE_P(Rfc4648, Base64,
                         ::testing::Values(Base64Case{"", ""}, Base64Case{"f", "Zg=="}, Base64Case{"fo", "Zm8="},
                                           Base64Case{"foo", "Zm9v"}, Base64Case{"foob", "Zm9vYg=="},
                                           Base64Case{"fooba", "Zm9vYmE="}, Base64Case{"foobar", "Zm9vYmFy"}));

TEST(Base64, KeepsEveryByte) {
    for (std::size_t length = 250; length <= 256; ++length) {
        const std::string text = all_bytes().substr(0, length);
        EXPECT_EQ(to_text(*base64_decode(base64_encode(as_bytes(text)))), text);
    }
}

TEST(Base64, IsStrict) {
    for (const char* text :
         {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm 9", "Zm9-", "Zm9_", "Zh==", "Zm9="}) {
        EXPECT_EQ(base64_decode(text).error().code(), ErrorCode::kInvalidArgument) << text;
    }
}

TEST(PercentEncode, KeepsOnlyUnreservedBytes) {
    const std::string unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    EXPECT_EQ(percent_encode(unreserved), unreserved);
    std::size_t escaped = 0;
    for (const char c : all_bytes())
        escaped += percent_encode(std::string(1, c)).size() == 3 ? 1U : 0U;
    EXPECT_EQ(escaped, 256 - unreserved.size());
    EXPECT_EQ(percent_encode("a b/c+d%é"), "a%20b%2Fc%2Bd%25%C3%A9");
    EXPECT_EQ(percent_encode("a b/c", SlashRule::kKeep), "a%20b/c");
}

TEST(PercentDecode, UndoesTheEncodingOfEveryByte) {
    EXPECT_EQ(*percent_decode(percent_encode(all_bytes())), all_bytes());
    EXPECT_EQ(*percent_decode("a+b%2b%2B"), "a+b++");
    EXPECT_EQ(*percent_decode("%41%00"), std::string_view("A\0", 2));
}

TEST(PercentDecode, RefusesAHalfEscape) {
    for (const char* text : {"%", "%4", "a%", "%4g", "%%41", "%-1", "% 1"}) {
        EXPECT_EQ(percent_decode(text).error().code(), ErrorCode::kInvalidArgument) << text;
    }
}

}  // namespace
}  // namespace cofre
