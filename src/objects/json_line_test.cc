#include "objects/json_line.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace cofre::objects {
namespace {

std::string json_string(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

std::string line_with(const std::function<void(JsonLine&)>& fill) {
    std::string out;
    JsonLine line(out);
    fill(line);
    line.finish();
    return out;
}

// https://www.rfc-editor.org/rfc/rfc8259#section-7
TEST(AppendJsonString, EscapesWhatTheStandardDemands) {
    EXPECT_EQ(json_string(""), R"("")");
    EXPECT_EQ(json_string("plain"), R"("plain")");
    EXPECT_EQ(json_string("\"\\"), R"("\"\\")");
    EXPECT_EQ(json_string("a\nb\tc\r"), R"("a\nb\tc\r")");
    EXPECT_EQ(json_string(std::string_view("\0\x1F\x7F", 3)), "\"\\u0000\\u001f\x7F\"");
    EXPECT_EQ(json_string("ção €𝄞 /"), "\"ção €𝄞 /\"");
}

TEST(AppendJsonString, IsUndoneByAParser) {
    std::string all;
    for (int c = 0; c < 0x80; ++c)
        all += static_cast<char>(c);
    all += "é\u2028\uFFFF𐍈";
    for (std::size_t from = 0; from < 0x80; ++from) {
        const std::string text = all.substr(from);
        EXPECT_EQ(nlohmann::json::parse(json_string(text)).get<std::string>(), text);
    }
}

TEST(JsonLine, SeparatesMembersWithCommas) {
    EXPECT_EQ(line_with([](JsonLine& line) {
                  line.text("a", "x");
                  line.number("b", 18'446'744'073'709'551'615U);
                  line.begin_object("c");
                  line.flag("d");
                  line.optional_text("e", "");
                  line.number("f", 0);
                  line.end_object();
                  line.time("g", 1'500'000'000);
              }),
              R"({"a":"x","b":18446744073709551615,"c":{"d":true,"f":0},"g":"1970-01-01T00:00:01.5Z"})");
}

TEST(JsonLine, WritesBytesThatAreNotUtf8Twice) {
    EXPECT_EQ(line_with([](JsonLine& line) { line.text("path", "caf\xE9\\"); }),
              R"({"path":"caf\\xe9\\\\","path_base64":"Y2Fm6Vw="})");
}

TEST(JsonLine, WritesListsOfBytes) {
    EXPECT_EQ(line_with([](JsonLine& line) { line.texts("s", {}); }), R"({"s":[]})");
    EXPECT_EQ(line_with([](JsonLine& line) { line.texts("s", {"a", "["}); }), R"({"s":["a","["]})");
    EXPECT_EQ(line_with([](JsonLine& line) {
                  line.texts("s", {"a", "\xFF"});
              }),
              R"({"s":["a","\\xff"],"s_base64":["YQ==","/w=="]})");
}

}  // namespace
}  // namespace cofre::objects
