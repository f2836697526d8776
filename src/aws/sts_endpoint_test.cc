#include "aws/sts_endpoint.h"

#include <string>

#include <gtest/gtest.h>

#include "aws/testing/aws_test.h"

namespace cofre::aws {
namespace {

class StsEndpointTest : public testing::AwsTest {
protected:
    static std::string url(const AwsProfiles& profiles = {}) {
        const auto endpoint = find_sts_endpoint(profiles, "p");
        return endpoint ? endpoint->url + " " + endpoint->region : endpoint.error().message();
    }
};

TEST_F(StsEndpointTest, IsRegional) {
    EXPECT_EQ(url({{"p", {{"region", "sa-east-1"}}}}), "https://sts.sa-east-1.amazonaws.com sa-east-1");
    set("AWS_DEFAULT_REGION", "eu-west-3");
    EXPECT_EQ(url({{"p", {{"region", "sa-east-1"}}}}), "https://sts.eu-west-3.amazonaws.com eu-west-3");
    set("AWS_REGION", "cn-north-1");
    EXPECT_EQ(url(), "https://sts.cn-north-1.amazonaws.com.cn cn-north-1");
    set("AWS_REGION", "us-isob-east-1");
    EXPECT_EQ(url(), "https://sts.us-isob-east-1.sc2s.sgov.gov us-isob-east-1");
}

TEST_F(StsEndpointTest, IsGlobalWithoutARegionOrInLegacyMode) {
    EXPECT_EQ(url(), "https://sts.amazonaws.com us-east-1");
    set("AWS_STS_REGIONAL_ENDPOINTS", "legacy");
    set("AWS_REGION", "eu-west-1");
    EXPECT_EQ(url(), "https://sts.amazonaws.com us-east-1");
    set("AWS_REGION", "af-south-1");
    EXPECT_EQ(url(), "https://sts.af-south-1.amazonaws.com af-south-1");
}

TEST_F(StsEndpointTest, ConfiguredUrlsHaveTheOrderOfTheAwsCli) {
    const AwsProfiles profiles = {{"p", {{"endpoint_url", "http://d"}, {"services", "s"}, {"region", "r"}}},
                                  {"services s", {{"sts.endpoint_url", "http://c"}}}};
    EXPECT_EQ(url(profiles), "http://c r");
    set("AWS_ENDPOINT_URL", "http://b");
    EXPECT_EQ(url(profiles), "http://b r");
    set("AWS_ENDPOINT_URL_STS", "http://a");
    EXPECT_EQ(url(profiles), "http://a r");
    set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    EXPECT_EQ(url(profiles), "https://sts.r.amazonaws.com r");
}

TEST_F(StsEndpointTest, ARegionCannotSmuggleAHost) {
    set("AWS_REGION", "x.evil.example/");
    EXPECT_EQ(url(), "the region set for STS is not a name such as eu-west-1");
}

}  // namespace
}  // namespace cofre::aws
