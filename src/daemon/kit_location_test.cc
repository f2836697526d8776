#include "daemon/kit_location.h"

#include <gtest/gtest.h>

namespace cofre::daemon {
namespace {

struct NameCase {
    const char* name;
    const char* endpoint;
    const char* prefix;
    const char* expected;  ///< Empty: refused.
};

class ResticName : public ::testing::TestWithParam<NameCase> {};

TEST_P(ResticName, IsWhatResticReads) {
    config::TargetConfig target;
    target.bucket = "backups";
    target.region = "sa-east-1";
    target.endpoint = GetParam().endpoint;
    target.prefix = GetParam().prefix;
    target.allow_http = true;
    const auto place = kit_location(target, {});
    if (std::string(GetParam().expected).empty()) {
        ASSERT_FALSE(place);
        EXPECT_EQ(place.error().code(), ErrorCode::kUnsupported);
        return;
    }
    ASSERT_TRUE(place) << place.error().message();
    EXPECT_EQ(place->restic_name, GetParam().expected);
    EXPECT_TRUE(place->is_s3);
    EXPECT_EQ(place->region, "sa-east-1");
}

INSTANTIATE_TEST_SUITE_P(
    Table, ResticName,
    ::testing::Values(
        NameCase{"Amazon", "", "office/", "s3:https://s3.sa-east-1.amazonaws.com/backups/office"},
        NameCase{"NoPrefix", "https://s3.example.com", "", "s3:https://s3.example.com/backups"},
        NameCase{"Port", "http://host:9000", "a/b/", "s3:http://host:9000/backups/a/b"},
        NameCase{"Space", "https://s3.example.com", "my office/", "s3:https://s3.example.com/backups/my office"},
        NameCase{"PercentIsNotDecoded", "https://s3.example.com", "50%20/", "s3:s3.example.com/backups/50%20"},
        NameCase{"PercentOverHttp", "http://host:9000", "50%20/", ""},
        NameCase{"EmptyParts", "https://s3.example.com", "a//b/", ""},
        NameCase{"DottedParts", "https://s3.example.com", "a/../b/", ""},
        NameCase{"EndpointWithPath", "https://s3.example.com/storage", "a/", ""}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(KitLocation, AFolderIsItsPath) {
    config::TargetConfig target;
    target.kind = config::TargetKind::kFolder;
    target.folder = "/srv/backups";
    const auto place = kit_location(target, {});
    ASSERT_TRUE(place);
    EXPECT_EQ(place->restic_name, "/srv/backups");
    EXPECT_FALSE(place->is_s3);
}

TEST(KitLocation, SaysWhatElseIsNeeded) {
    config::TargetConfig target;
    target.bucket = "backups";
    target.endpoint = "https://s3.example.com";
    target.region = "r";
    target.ca_bundle = "/etc/ca.pem";
    target.role_arn = "arn:aws:iam::1:role/r";
    target.addressing = s3::AddressingStyle::kVirtualHost;
    const auto place = kit_location(target, {});
    ASSERT_TRUE(place);
    EXPECT_EQ(place->ca_bundle, "/etc/ca.pem");
    EXPECT_EQ(place->role_arn, "arn:aws:iam::1:role/r");
    EXPECT_TRUE(place->is_virtual_host);
    EXPECT_FALSE(place->has_customer_key);
    target.ca_bundle = "/etc/ssl/certs/ca-certificates.crt";
    EXPECT_EQ(kit_location(target, {})->ca_bundle, "") << "every system has its own";
}

}  // namespace
}  // namespace cofre::daemon
