#include "net/endpoint_inspection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scripted_http.h"

namespace cofre::net {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

// With TLS: tests/tls_faults_test.cc.

TEST(LookUpHost, GivesBothKindsOfAddress) {
    const auto local = look_up_host("127.0.0.1");
    ASSERT_TRUE(local) << local.error().message();
    EXPECT_THAT(local->v4, Contains("127.0.0.1"));
    EXPECT_THAT(look_up_host("::1")->v6, Contains("::1"));
}

TEST(LookUpHost, AnUnknownNameIsAnError) {
    const auto nobody = look_up_host("no-such-host.invalid");
    ASSERT_FALSE(nobody);
    EXPECT_THAT(nobody.error().message(), ::testing::HasSubstr("no-such-host.invalid"));
}

TEST(InspectConnection, SaysWhoAnswered) {
    const auto server = scripted::HttpServer::start([](const auto&) { return scripted::WireFault{}; },
                                                    [](const auto&) { return scripted::Reply{}; });
    ASSERT_TRUE(server);
    const auto facts = inspect_connection({}, (*server)->url(), {});
    ASSERT_TRUE(facts) << facts.error().message();
    EXPECT_FALSE(facts->refusal);
    EXPECT_EQ(facts->address, "127.0.0.1");
    EXPECT_EQ(facts->protocol, "");
    EXPECT_THAT(facts->chain, IsEmpty());
}

TEST(InspectConnection, ToAPortWithoutTlsIsRefused) {
    const auto server = scripted::HttpServer::start([](const auto&) { return scripted::WireFault{}; },
                                                    [](const auto&) { return scripted::Reply{}; });
    ASSERT_TRUE(server);
    const auto facts = inspect_connection({}, "https://127.0.0.1:" + std::to_string((*server)->port()),
                                          {.timeout = std::chrono::milliseconds(2000)});
    ASSERT_TRUE(facts) << facts.error().message();
    ASSERT_TRUE(facts->refusal);
}

}  // namespace
}  // namespace cofre::net
