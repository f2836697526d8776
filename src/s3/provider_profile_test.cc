#include "s3/provider_profile.h"

#include <gtest/gtest.h>

#include "net/http_message.h"

namespace cofre::s3 {
namespace {

struct GuessCase {
    const char* endpoint;
    const char* provider;
};
class ProviderGuess : public ::testing::TestWithParam<GuessCase> {};

TEST_P(ProviderGuess, FollowsTheHost) {
    EXPECT_EQ(guess_provider(GetParam().endpoint).name, GetParam().provider) << GetParam().endpoint;
}

INSTANTIATE_TEST_SUITE_P(Table, ProviderGuess,
                         ::testing::Values(GuessCase{"", "aws"}, GuessCase{"https://s3.eu-west-1.amazonaws.com", "aws"},
                                           GuessCase{"https://abc123.r2.cloudflarestorage.com", "r2"},
                                           GuessCase{"https://s3.us-west-004.backblazeb2.com", "b2"},
                                           GuessCase{"https://storage.googleapis.com", "gcs"},
                                           GuessCase{"https://s3.wasabisys.com", "wasabi"},
                                           GuessCase{"https://s3.fr-par.scw.cloud", "scaleway"},
                                           GuessCase{"https://nyc3.digitaloceanspaces.com", "digitalocean"},
                                           GuessCase{"https://fsn1.your-objectstorage.com", "hetzner"},
                                           GuessCase{"https://s3.gra.io.cloud.ovh.net", "ovh"},
                                           GuessCase{"https://gateway.storjshare.io", "storj"},
                                           GuessCase{"https://evilamazonaws.com", "unknown"},
                                           GuessCase{"https://amazonaws.com.example.org", "unknown"},
                                           GuessCase{"http://127.0.0.1:8000", "unknown"},
                                           GuessCase{"not a url", "unknown"}));

struct RegionCase {
    const char* endpoint;
    const char* region;
};
class EndpointRegion : public ::testing::TestWithParam<RegionCase> {};

TEST_P(EndpointRegion, IsReadWhereTheHostHasIt) {
    EXPECT_EQ(region_of_endpoint(GetParam().endpoint), GetParam().region) << GetParam().endpoint;
}

INSTANTIATE_TEST_SUITE_P(Table, EndpointRegion,
                         ::testing::Values(RegionCase{"", ""}, RegionCase{"http://127.0.0.1:9000", ""},
                                           RegionCase{"https://s3.eu-west-1.amazonaws.com", "eu-west-1"},
                                           RegionCase{"https://s3.dualstack.us-west-2.amazonaws.com", "us-west-2"},
                                           RegionCase{"https://s3.cn-north-1.amazonaws.com.cn", "cn-north-1"},
                                           RegionCase{"https://s3.amazonaws.com", ""},
                                           RegionCase{"https://s3.us-west-004.backblazeb2.com", "us-west-004"},
                                           RegionCase{"https://s3.wasabisys.com", ""},
                                           RegionCase{"https://s3.eu-central-1.wasabisys.com", "eu-central-1"},
                                           RegionCase{"https://s3.fr-par.scw.cloud", "fr-par"},
                                           RegionCase{"https://fsn1.your-objectstorage.com", "fsn1"},
                                           RegionCase{"https://s3.gra.io.cloud.ovh.net", "gra"},
                                           RegionCase{"https://nyc3.digitaloceanspaces.com", ""},
                                           RegionCase{"https://abc123.r2.cloudflarestorage.com", ""}));

TEST(Provider, IsFoundByName) {
    for (const char* name : {"aws", "r2", "b2", "gcs", "minio", "ceph", "wasabi", "scaleway", "digitalocean", "hetzner",
                             "ovh", "idrive", "storj", "seaweedfs", "garage", "unknown"}) {
        ASSERT_NE(find_provider(name), nullptr) << name;
        EXPECT_EQ(find_provider(name)->name, name);
    }
    EXPECT_EQ(find_provider("acme"), nullptr);
}

TEST(Provider, IsRecognizedByItsAnswers) {
    const auto name = [](const char* header, const char* value) -> std::string_view {
        net::HttpResponse response;
        response.headers = {{header, value}};
        const auto* const found = recognize(response);
        return found == nullptr ? "" : found->name;
    };
    EXPECT_EQ(name("x-amz-request-id", "tx000000000000000000001-0069211b4e-1043-default"), "ceph");
    EXPECT_EQ(name("server", "MinIO"), "minio");
    EXPECT_EQ(name("x-amz-request-id", "4442587FB7D0A2F9"), "");
    EXPECT_EQ(name("server", "nginx"), "");
}

}  // namespace
}  // namespace cofre::s3
