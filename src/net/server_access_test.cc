#include "net/server_access.h"

#include <gtest/gtest.h>

namespace cofre::net {
namespace {

TEST(BearerToken, IsComparedWhole) {
    const Secret token("s3cret");
    EXPECT_TRUE(has_bearer_token({{"authorization", "Bearer s3cret"}}, token));
    EXPECT_TRUE(has_bearer_token({{"authorization", "bearer  s3cret"}}, token));
    for (const char* value : {"", "Bearer", "Bearer ", "Bearer s3cre", "Bearer s3cret2", "Basic s3cret", "s3cret"}) {
        EXPECT_FALSE(has_bearer_token({{"authorization", value}}, token)) << value;
    }
    EXPECT_FALSE(has_bearer_token({}, token));
    EXPECT_FALSE(has_bearer_token({{"authorization", "Bearer "}}, Secret()));
}

TEST(ListenDecision, RefusesOtherMachinesWithoutAToken) {
    EXPECT_TRUE(require_loopback_or_token("127.0.0.1:80", /*is_loopback=*/true, /*authenticates=*/false));
    EXPECT_TRUE(require_loopback_or_token("0.0.0.0:80", /*is_loopback=*/false, /*authenticates=*/true));
    const Status refused = require_loopback_or_token("0.0.0.0:80", /*is_loopback=*/false, /*authenticates=*/false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kPermissionDenied);
    EXPECT_NE(refused.error().message().find("0.0.0.0:80"), std::string::npos);
    EXPECT_NE(refused.error().hint().find("token"), std::string::npos);
}

TEST(HostList, WithoutNamesOnlyAddressesAndLocalhost) {
    for (const char* host : {"localhost", "LOCALHOST:8080", "app.localhost", "127.0.0.1:80", "10.1.2.3", "[::1]:80"}) {
        EXPECT_TRUE(is_allowed_host(host, {})) << host;
    }
    for (const char* host : {"evil.example", "localhost.evil.example", ".localhost", "127.0.0.1.evil.example", ""}) {
        EXPECT_FALSE(is_allowed_host(host, {})) << host;
    }
}

TEST(HostList, NamesAreExact) {
    EXPECT_TRUE(is_allowed_host("Backup.example.com:443", {"backup.example.com"}));
    EXPECT_FALSE(is_allowed_host("localhost", {"backup.example.com"}));
    EXPECT_FALSE(is_allowed_host("x.backup.example.com", {"backup.example.com"}));
    EXPECT_TRUE(is_allowed_host("anything", {"*"}));
}

TEST(Origin, OfAnotherSiteChangesNothing) {
    const std::string host = "localhost:8080";
    EXPECT_TRUE(is_allowed_origin("GET", {{"origin", "https://evil.example"}}, host, false, {}));
    EXPECT_TRUE(is_allowed_origin("POST", {}, host, false, {}));
    EXPECT_TRUE(is_allowed_origin("POST", {{"origin", "http://localhost:8080"}}, host, false, {}));
    EXPECT_TRUE(is_allowed_origin("POST", {{"origin", "https://localhost:8080"}}, host, false, {}));
    EXPECT_TRUE(is_allowed_origin("POST", {{"origin", "https://app.example"}}, host, false, {"https://app.example"}));
    EXPECT_FALSE(is_allowed_origin("POST", {{"origin", "https://evil.example"}}, host, false, {}));
    EXPECT_FALSE(is_allowed_origin("POST", {{"origin", "http://localhost:9090"}}, host, false, {}));
    EXPECT_FALSE(is_allowed_origin("POST", {{"origin", "http://localhost:8080"}}, host, true, {}));
    EXPECT_FALSE(is_allowed_origin("DELETE", {{"origin", "null"}}, host, false, {}));
    EXPECT_FALSE(is_allowed_origin("POST", {{"sec-fetch-site", "cross-site"}}, host, false, {}));
}

}  // namespace
}  // namespace cofre::net
