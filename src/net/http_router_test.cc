#include "net/http_router.h"

#include <gtest/gtest.h>

namespace cofre::net {
namespace {

Result<HttpReply> no_reply(const CallContext& /*ctx*/, const ServerRequest& /*request*/) {
    return HttpReply{};
}

class RouterTest : public ::testing::Test {
protected:
    void add(const std::string& method, const std::string& pattern, RouteOptions rules = {}) {
        const Status added = router_.add(method, pattern, no_reply, rules);
        ASSERT_TRUE(added) << added.error().message();
    }
    /// "PATTERN name=value ...", "405 ALLOW", or the status.
    std::string find(const std::string& method, const std::string& path) const {
        const auto found = router_.find(method, path);
        if (const auto* refusal = std::get_if<Refusal>(&found)) return std::to_string(refusal->status);
        if (const auto* missing = std::get_if<HttpRouter::MethodMissing>(&found)) return "405 " + missing->allow;
        const auto& match = std::get<RouteMatch>(found);
        std::string text = match.route->pattern;
        for (const auto& [name, value] : match.parameters)
            text += " " + name + "=" + value;
        return text;
    }
    HttpRouter router_;
};

TEST_F(RouterTest, FindsLiteralsParametersAndTails) {
    add("GET", "/");
    add("GET", "/api/v1/documents/{id}");
    add("POST", "/api/v1/documents/{id}/process");
    add("GET", "/files/{path...}");
    EXPECT_EQ(find("GET", "/"), "/");
    EXPECT_EQ(find("GET", "/api/v1/documents/7"), "/api/v1/documents/{id} id=7");
    EXPECT_EQ(find("POST", "/api/v1/documents/a%20b/process"), "/api/v1/documents/{id}/process id=a b");
    EXPECT_EQ(find("GET", "/files/a/b%2Fc//d"), "/files/{path...} path=a/b/c//d");
    EXPECT_EQ(find("GET", "/files/"), "/files/{path...} path=");
    EXPECT_EQ(find("GET", "/files"), "404");
    EXPECT_EQ(find("GET", "/api/v1/documents/"), "404");
    EXPECT_EQ(find("GET", "/api/v1/documents/7/"), "404");
    EXPECT_EQ(find("GET", "//"), "404");
}

TEST_F(RouterTest, LiteralTextGoesBeforeParameters) {
    add("GET", "/jobs/{id}");
    add("POST", "/jobs/search");
    add("GET", "/jobs/{id}/runs");
    EXPECT_EQ(find("POST", "/jobs/search"), "/jobs/search");
    EXPECT_EQ(find("GET", "/jobs/search"), "405 OPTIONS, POST");
    EXPECT_EQ(find("GET", "/jobs/search/runs"), "/jobs/{id}/runs id=search");
}

TEST_F(RouterTest, NamesWhatIsAllowed) {
    add("GET", "/a");
    add("PUT", "/a");
    EXPECT_EQ(find("DELETE", "/a"), "405 GET, HEAD, OPTIONS, PUT");
    EXPECT_EQ(find("HEAD", "/a"), "/a");
}

TEST_F(RouterTest, ChecksTypes) {
    add("GET", "/run/{n:uint}");
    add("GET", "/doc/{id:uuid}");
    EXPECT_EQ(find("GET", "/run/0"), "/run/{n:uint} n=0");
    EXPECT_EQ(find("GET", "/run/007"), "404");
    EXPECT_EQ(find("GET", "/run/-1"), "404");
    EXPECT_EQ(find("GET", "/run/9999999999999999999"), "404");
    EXPECT_EQ(find("GET", "/doc/0190a1b2-0000-7000-8000-00000000000A"),
              "/doc/{id:uuid} id=0190a1b2-0000-7000-8000-00000000000A");
    EXPECT_EQ(find("GET", "/doc/0190a1b2"), "404");
}

TEST_F(RouterTest, DecodesOnceAndSafely) {
    add("GET", "/d/{id}");
    add("GET", "/files/{path...}");
    EXPECT_EQ(find("GET", "/d/a%2520b"), "/d/{id} id=a%20b");
    EXPECT_EQ(find("GET", "/d/a+b"), "/d/{id} id=a+b");
    EXPECT_EQ(find("GET", "/%64/x"), "/d/{id} id=x");
    for (const char* path : {"/d/a%2", "/d/%zz", "/d/%00", "/d/a%0ab", "/d/a%2Fb", "/d/..", "/d/%2e%2E", "/d/.",
                             "/files/a/../b", "/files/a/%2e%2e/b", "/files/a%2F..%2Fb", "x", ""}) {
        EXPECT_EQ(find("GET", path), "400") << path;
    }
}

TEST_F(RouterTest, KeysOfObjectsMayHaveDotSegments) {
    add("GET", "/bucket/{key...}", {.keeps_dot_segments = true});
    EXPECT_EQ(find("GET", "/bucket/a/../b"), "/bucket/{key...} key=a/../b");
}

TEST_F(RouterTest, RefusesRoutesThatAreAmbiguous) {
    add("GET", "/jobs/{id}");
    EXPECT_EQ(router_.add("GET", "/jobs/{id}", no_reply).error().code(), ErrorCode::kConflict);
    EXPECT_EQ(router_.add("POST", "/jobs/{name}", no_reply).error().code(), ErrorCode::kConflict);
    EXPECT_EQ(router_.add("POST", "/jobs/{id:uint}", no_reply).error().code(), ErrorCode::kConflict);
    EXPECT_TRUE(router_.add("POST", "/jobs/{id}", no_reply));
}

TEST_F(RouterTest, RefusesPatternsThatCannotBeRead) {
    for (const char* pattern :
         {"", "a", "/{", "/{}", "/{a", "/a}", "/{A}", "/{a:real}", "/{a...}/b", "/{a}/{a}", "/%41"}) {
        EXPECT_EQ(router_.add("GET", pattern, no_reply).error().code(), ErrorCode::kInvalidArgument) << pattern;
    }
}

}  // namespace
}  // namespace cofre::net
