#include "s3/endpoint.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::s3 {
namespace {

constexpr AddressingStyle kPath = AddressingStyle::kPath;
constexpr AddressingStyle kHost = AddressingStyle::kVirtualHost;

struct EndpointCase {
    const char* name;
    EndpointOptions options;
    const char* key;
    const char* url;
};

class EndpointTarget : public ::testing::TestWithParam<EndpointCase> {};

TEST_P(EndpointTarget, IsTheUrl) {
    const auto endpoint = Endpoint::create(GetParam().options);
    ASSERT_TRUE(endpoint) << endpoint.error().message();
    const auto target = endpoint->target(GetParam().key, "");
    EXPECT_EQ(target.url, GetParam().url);
    const auto url = net::parse_url(target.url);
    ASSERT_TRUE(url);
    EXPECT_EQ(target.host, url->authority());
    EXPECT_EQ(target.path, url->path);
}

INSTANTIATE_TEST_SUITE_P(
    Table, EndpointTarget,
    ::testing::Values(
        EndpointCase{"amazon_by_host",
                     {.bucket = "backups", .region = "eu-west-1", .style = kHost},
                     "a/b.txt",
                     "https://backups.s3.eu-west-1.amazonaws.com/a/b.txt"},
        EndpointCase{"amazon_by_path",
                     {.bucket = "backups", .region = "eu-west-1", .style = kPath},
                     "a/b.txt",
                     "https://s3.eu-west-1.amazonaws.com/backups/a/b.txt"},
        EndpointCase{"fips",
                     {.bucket = "backups", .region = "us-east-1", .style = kHost, .use_fips = true},
                     "k",
                     "https://backups.s3-fips.us-east-1.amazonaws.com/k"},
        EndpointCase{"dualstack",
                     {.bucket = "backups", .region = "eu-west-1", .style = kPath, .use_dualstack = true},
                     "k",
                     "https://s3.dualstack.eu-west-1.amazonaws.com/backups/k"},
        EndpointCase{
            "fips_and_dualstack",
            {.bucket = "backups", .region = "us-east-1", .style = kHost, .use_fips = true, .use_dualstack = true},
            "k",
            "https://backups.s3-fips.dualstack.us-east-1.amazonaws.com/k"},
        EndpointCase{"an_endpoint_of_ones_own_stays",
                     {.bucket = "backups", .endpoint = "https://[2001:db8::1]:9000", .style = kHost, .use_fips = true},
                     "k",
                     "https://[2001:db8::1]:9000/backups/k"},
        EndpointCase{"china",
                     {.bucket = "backups", .region = "cn-north-1", .style = kHost},
                     "k",
                     "https://backups.s3.cn-north-1.amazonaws.com.cn/k"},
        EndpointCase{"bucket_itself_by_host",
                     {.bucket = "backups", .style = kHost},
                     "",
                     "https://backups.s3.us-east-1.amazonaws.com/"},
        EndpointCase{"bucket_itself_by_path", {.bucket = "backups"}, "", "https://s3.us-east-1.amazonaws.com/backups"},
        EndpointCase{"dots_go_by_path_under_https",
                     {.bucket = "my.backups", .style = kHost},
                     "k",
                     "https://s3.us-east-1.amazonaws.com/my.backups/k"},
        EndpointCase{"dots_go_by_host_under_http",
                     {.bucket = "my.backups", .endpoint = "http://store.localhost:9000", .style = kHost},
                     "k",
                     "http://my.backups.store.localhost:9000/k"},
        EndpointCase{"capitals_go_by_path",
                     {.bucket = "Backups", .style = kHost},
                     "k",
                     "https://s3.us-east-1.amazonaws.com/Backups/k"},
        EndpointCase{"addresses_go_by_path",
                     {.bucket = "backups", .endpoint = "http://127.0.0.1:8000", .style = kHost},
                     "k",
                     "http://127.0.0.1:8000/backups/k"},
        EndpointCase{
            "ipv6", {.bucket = "backups", .endpoint = "http://[::1]:8000"}, "k", "http://[::1]:8000/backups/k"},
        EndpointCase{
            "own_port_is_left_out", {.bucket = "backups", .endpoint = "https://h:443/"}, "k", "https://h/backups/k"},
        EndpointCase{
            "endpoint_with_a_path", {.bucket = "backups", .endpoint = "https://h/s3/"}, "k", "https://h/s3/backups/k"},
        EndpointCase{"endpoint_with_a_path_by_host",
                     {.bucket = "backups", .endpoint = "https://h/s3", .style = kHost},
                     "",
                     "https://backups.h/s3/"},
        EndpointCase{"odd_keys",
                     {.bucket = "backups"},
                     "/a//./../b c+%41\xc3\xa7?#&=",
                     "https://s3.us-east-1.amazonaws.com/backups//a//./../b%20c%2B%2541%C3%A7%3F%23%26%3D"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(Endpoint, AppendsTheQuery) {
    const auto endpoint = Endpoint::create({.bucket = "b-1", .endpoint = "https://h"});
    EXPECT_EQ(endpoint->target("k", "uploads=").url, "https://h/b-1/k?uploads=");
}

TEST(Endpoint, SaysWhichStyleItUses) {
    EXPECT_EQ(Endpoint::create({.bucket = "my.b", .style = kHost})->style(), kPath);
    EXPECT_EQ(Endpoint::create({.bucket = "my-b", .style = kHost})->style(), kHost);
}

class EndpointRefused : public ::testing::TestWithParam<EndpointOptions> {};

TEST_P(EndpointRefused, IsInvalidArgument) {
    const auto endpoint = Endpoint::create(GetParam());
    ASSERT_FALSE(endpoint);
    EXPECT_EQ(endpoint.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(endpoint.error().message().find("canary"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Table, EndpointRefused,
                         ::testing::Values(EndpointOptions{.bucket = ""}, EndpointOptions{.bucket = "a/b"},
                                           EndpointOptions{.bucket = ".."},
                                           EndpointOptions{.bucket = "b", .region = ""},
                                           EndpointOptions{.bucket = "b", .region = "x.evil.example/"},
                                           EndpointOptions{.bucket = "b", .endpoint = "host:9000"},
                                           EndpointOptions{.bucket = "b", .endpoint = "https://h/?x=1"},
                                           EndpointOptions{.bucket = "b", .endpoint = "https://u:canary@h"},
                                           EndpointOptions{.bucket = "b", .endpoint = "http://store.example.com"}));

TEST(Endpoint, AllowsHttpWhenAsked) {
    EXPECT_TRUE(Endpoint::create({.bucket = "b", .endpoint = "http://store.example.com", .allow_http = true}));
}

}  // namespace
}  // namespace cofre::s3
