#include "objects/json_fields.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cofre::objects {
namespace {

std::string show(const JsonValue& value) {
    switch (value.kind) {
        case JsonKind::kText: return '"' + *value.text + '"';
        case JsonKind::kUnsigned: return std::to_string(value.number);
        case JsonKind::kBoolean: return value.truth ? "true" : "false";
        case JsonKind::kObject: return "{";
        case JsonKind::kArray: return "[";
        case JsonKind::kOther: return "other";
    }
    return "?";
}

using Fields = std::vector<std::string>;

Fields fields_of(std::string_view json) {
    Fields fields;
    const auto status = visit_json_fields(json, [&](std::string_view name, const JsonValue& value) -> Status {
        fields.push_back(std::string(name) + '=' + show(value));
        return {};
    });
    EXPECT_TRUE(status) << json;
    return fields;
}

TEST(VisitJsonFields, NamesEveryField) {
    EXPECT_EQ(fields_of(R"({"a":"x","b":7,"c":true,"d":null,"e":-1,"f":1.5})"),
              (Fields{"a=\"x\"", "b=7", "c=true", "d=other", "e=other", "f=other"}));
    EXPECT_EQ(fields_of(R"({"o":{"k":1,"p":{"q":2}},"z":3})"), (Fields{"o={", "o.k=1", "o.p={", "o.p.q=2", "z=3"}));
    EXPECT_EQ(
        fields_of(R"({"l":["a",["b"],"c",{"k":1},"d"],"z":3})"),
        (Fields{"l=[", "l[]=\"a\"", "l[]=[", "l[][]=\"b\"", "l[]=\"c\"", "l[]={", "l[].k=1", "l[]=\"d\"", "z=3"}));
    EXPECT_EQ(fields_of("{}"), Fields{});
    EXPECT_EQ(fields_of(R"( { "a" : 18446744073709551615 } )"), (Fields{"a=18446744073709551615"}));
}

TEST(VisitJsonFields, DecodesEscapes) {
    EXPECT_EQ(fields_of(R"({"a":"\"\\\/\n\u00e9\ud834\udd1e"})"), (Fields{"a=\"\"\\/\né𝄞\""}));
}

TEST(VisitJsonFields, LetsNoNamePassForANestedOne) {
    EXPECT_EQ(fields_of(R"({"o.k":1,"l[]":2,"o":{"a.b":3}})"), (Fields{"?=1", "?=2", "o={", "o.?=3"}));
}

TEST(VisitJsonFields, RefusesWhatIsNotOneObject) {
    for (const char* text : {"",
                             " ",
                             "[]",
                             "1",
                             "\"a\"",
                             "null",
                             "[{\"a\":1}]",
                             "{",
                             "}",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{a:1}",
                             "{\"a\":1,}",
                             "{\"a\":1}x",
                             "{\"a\":1}{}",
                             "{\"a\":01}",
                             "{\"a\":NaN}",
                             "{'a':1}",
                             "{\"a\":\"\x01\"}",
                             "{\"a\":\"\xFF\"}",
                             "{\"a\":\"\\ud800\"}",
                             "{\"a\":1} // no",
                             "\xEF\xBB\xBF"}) {
        const auto status = visit_json_fields(text, [](std::string_view, const JsonValue&) { return Status(); });
        ASSERT_FALSE(status) << text;
        EXPECT_EQ(status.error().code(), ErrorCode::kCorruption) << text;
    }
}

TEST(VisitJsonFields, RefusesDeepNesting) {
    const auto nested = [](int depth) {
        std::string text;
        for (int i = 0; i < depth; ++i)
            text += "{\"a\":";
        text += "1" + std::string(static_cast<std::size_t>(depth), '}');
        return text;
    };
    const auto ignore = [](std::string_view, const JsonValue&) { return Status(); };
    EXPECT_TRUE(visit_json_fields(nested(16), ignore));
    EXPECT_FALSE(visit_json_fields(nested(17), ignore));
    EXPECT_FALSE(visit_json_fields(nested(100'000), ignore));
    EXPECT_FALSE(visit_json_fields("{\"a\":" + std::string(100'000, '['), ignore));
}

TEST(VisitJsonFields, ReturnsTheErrorOfTheVisitor) {
    int calls = 0;
    const auto status = visit_json_fields(R"({"a":1,"b":2})", [&](std::string_view, const JsonValue&) -> Status {
        ++calls;
        return Error(ErrorCode::kUnsupported, "mine");
    });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace cofre::objects
