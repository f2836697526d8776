#include "net/url.h"

#include <gtest/gtest.h>

namespace cofre::net {
namespace {

TEST(Url, KeepsPathAndQueryAsWritten) {
    const auto url = parse_url("HTTPS://Example.COM:8443/a//./b%20c?x=1&y=%2F");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, "https");
    EXPECT_EQ(url->host, "example.com");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->path, "/a//./b%20c");
    EXPECT_EQ(url->query, "x=1&y=%2F");
    EXPECT_EQ(url->str(), "https://example.com:8443/a//./b%20c?x=1&y=%2F");
}

TEST(Url, LeavesOutThePortOfTheScheme) {
    EXPECT_EQ(parse_url("http://h:80/")->authority(), "h");
    EXPECT_EQ(parse_url("https://h:443")->authority(), "h");
    EXPECT_EQ(parse_url("http://h:443")->authority(), "h:443");
}

TEST(Url, ReadsIpv6) {
    const auto url = parse_url("http://[::1]:9000");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "::1");
    EXPECT_EQ(url->authority(), "[::1]:9000");
    EXPECT_TRUE(url->is_loopback());
    EXPECT_TRUE(url->is_address());
}

struct LoopbackCase {
    const char* url;
    bool expected;
};

class UrlLoopback : public ::testing::TestWithParam<LoopbackCase> {};

TEST_P(UrlLoopback, IsTold) {
    EXPECT_EQ(parse_url(GetParam().url)->is_loopback(), GetParam().expected) << GetParam().url;
}

INSTANTIATE_TEST_SUITE_P(
    Table, UrlLoopback,
    ::testing::Values(LoopbackCase{"http://localhost", true}, LoopbackCase{"http://bucket.localhost:8000", true},
                      LoopbackCase{"http://127.1.2.3", true}, LoopbackCase{"http://127.0.0.1.example.com", false},
                      LoopbackCase{"http://notlocalhost", false}, LoopbackCase{"http://10.0.0.1", false}));

class UrlRefused : public ::testing::TestWithParam<const char*> {};

TEST_P(UrlRefused, IsInvalidArgument) {
    const auto url = parse_url(GetParam());
    ASSERT_FALSE(url);
    EXPECT_EQ(url.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(url.error().message().find("canary"), std::string::npos) << url.error().message();
}

INSTANTIATE_TEST_SUITE_P(Table, UrlRefused,
                         ::testing::Values("", "host", "ftp://host", "http://", "http://user:canary@host/",
                                           "http://canary@host", "http://host:0", "http://host:65536", "http://host:x",
                                           "http://[::1", "http://[zz]/", "http://ho st/", "http://host/#f",
                                           "http://host/\n", "http://h\xc3\xb6st/", "http://a;b/"));

TEST(Query, EncodesAndParsesBack) {
    const QueryParameters parameters = {{"prefix", "a/b c+d"}, {"uploads", ""}, {"\xe1\x88\xb4", "=&"}};
    const std::string text = encode_query(parameters);
    EXPECT_EQ(text, "prefix=a%2Fb%20c%2Bd&uploads=&%E1%88%B4=%3D%26");
    EXPECT_EQ(parse_query(text), parameters);
}

TEST(Query, ReadsNamesWithoutValueAndStrayPercentSigns) {
    EXPECT_EQ(parse_query("acl&x=%zz&&y=a+b"), (QueryParameters{{"acl", ""}, {"x", "%zz"}, {"y", "a+b"}}));
}

}  // namespace
}  // namespace cofre::net
