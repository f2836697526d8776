#include "s3/object_settings.h"

#include <string>

#include <gtest/gtest.h>

#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using testing::Recorded;

// base64 of "0123456789abcdef0123456789abcdef".
constexpr const char* kKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

CustomerKey customer_key() {
    return *CustomerKey::parse(Secret(kKey));
}

std::string header_of(const net::HttpHeaders& headers, std::string_view name) {
    return std::string(net::find_header(headers, name));
}

TEST(CustomerKeys, AreBase64OfThirtyTwoBytes) {
    EXPECT_EQ(CustomerKey::parse(Secret("short")).error().code(), ErrorCode::kInvalidArgument);
    const auto wrong = CustomerKey::parse(Secret("Q0FOQVJZ"));
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().message().find("Q0FOQVJZ"), std::string::npos);
    EXPECT_EQ(customer_key().md5().size(), 24U);
}

TEST(ObjectSettingsHeaders, SayWhatANewObjectIsBornWith) {
    ObjectSettings settings{.storage_class = "GLACIER_IR",
                            .encryption = ServerSideEncryption::kKms,
                            .kms_key_id = "arn:aws:kms:eu-west-1:1:key/1",
                            .tags = {{"a b", "c&d"}, {"e", ""}},
                            .acl = "bucket-owner-full-control"};
    settings.retention = RetentionRule{RetentionMode::kCompliance, 30};
    settings.legal_hold = true;
    net::HttpHeaders headers;
    add_creation_headers(settings, *parse_rfc3339("2030-01-02T03:04:05.5Z"), headers);
    EXPECT_EQ(header_of(headers, "x-amz-storage-class"), "GLACIER_IR");
    EXPECT_EQ(header_of(headers, "x-amz-server-side-encryption"), "aws:kms");
    EXPECT_EQ(header_of(headers, "x-amz-server-side-encryption-aws-kms-key-id"), "arn:aws:kms:eu-west-1:1:key/1");
    EXPECT_EQ(header_of(headers, "x-amz-tagging"), "a%20b=c%26d&e=");
    EXPECT_EQ(header_of(headers, "x-amz-acl"), "bucket-owner-full-control");
    EXPECT_EQ(header_of(headers, "x-amz-object-lock-mode"), "COMPLIANCE");
    EXPECT_EQ(header_of(headers, "x-amz-object-lock-retain-until-date"), "2030-01-02T03:04:06Z");
    EXPECT_EQ(header_of(headers, "x-amz-object-lock-legal-hold"), "ON");
}

TEST(ObjectSettingsHeaders, AreNoneByDefault) {
    net::HttpHeaders headers;
    add_creation_headers({}, {}, headers);
    EXPECT_TRUE(headers.empty());
}

struct BadCase {
    const char* name;
    ObjectSettings settings;
    AccessSettings access;
};

class BadSettings : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadSettings, AreRefused) {
    EXPECT_EQ(check_settings(GetParam().settings, GetParam().access).error().code(), ErrorCode::kInvalidArgument);
}

Tags tags_of(int count) {
    Tags tags;
    for (int i = 0; i < count; ++i)
        tags["t" + std::to_string(i)] = "v";
    return tags;
}

INSTANTIATE_TEST_SUITE_P(Table, BadSettings,
                         ::testing::Values(BadCase{"KmsKeyWithoutKms", {.kms_key_id = "k"}, {}},
                                           BadCase{"TwoKindsOfKeys",
                                                   {.encryption = ServerSideEncryption::kStoreKeys},
                                                   {.customer_key = customer_key()}},
                                           BadCase{"UnknownAcl", {.acl = "public"}, {}},
                                           BadCase{"ElevenTags", {.tags = tags_of(11)}, {}},
                                           BadCase{"LongTag", {.tags = {{std::string(129, 'x'), ""}}}, {}},
                                           BadCase{"NamelessTag", {.tags = {{"", "v"}}}, {}},
                                           BadCase{"NoDays", {.retention = RetentionRule{}}, {}}),
                         [](const auto& param) { return std::string(param.param.name); });

TEST(TagLimits, CountCharactersNotBytes) {
    std::string name;
    for (int i = 0; i < 128; ++i)
        name += "\xc3\xa7";
    EXPECT_TRUE(check_tags({{name, ""}}));
}

class ObjectSettingsSent : public testing::ScriptedStoreTest {
protected:
    static constexpr std::size_t kTwoParts = 6'000'000;

    std::vector<Recorded> sent(std::string_view method, std::string_view query_part) const {
        std::vector<Recorded> found;
        for (const auto& request : server_->requests()) {
            if (request.method == method && request.has_query(query_part)) found.push_back(request);
        }
        return found;
    }
    void open(ObjectSettings object, AccessSettings access = {}) {
        auto options = default_options();
        options.object = std::move(object);
        options.access = std::move(access);
        store_ = make_store(options);
    }
};

TEST_F(ObjectSettingsSent, WithTheBeginOfAMultipartUploadAndNotWithItsParts) {
    open({.storage_class = "STANDARD_IA", .tags = {{"k", "v"}}});
    ASSERT_TRUE(put("k", body_of(kTwoParts)));
    ASSERT_EQ(sent("POST", "uploads").size(), 1U);
    EXPECT_EQ(sent("POST", "uploads")[0].header("x-amz-storage-class"), "STANDARD_IA");
    EXPECT_EQ(sent("POST", "uploads")[0].header("x-amz-tagging"), "k=v");
    for (const auto& part : sent("PUT", "partNumber")) {
        EXPECT_EQ(part.header("x-amz-storage-class"), "");
        EXPECT_EQ(part.header("x-amz-tagging"), "");
    }
}

TEST_F(ObjectSettingsSent, WithCopies) {
    ASSERT_TRUE(put("from", "x"));
    open({.storage_class = "STANDARD_IA", .tags = {{"k", "v"}}});
    ASSERT_TRUE(store_->copy(ctx_, key("from"), key("to")));
    const auto copy = server_->requests().back();
    EXPECT_EQ(copy.header("x-amz-storage-class"), "STANDARD_IA");
    EXPECT_EQ(copy.header("x-amz-tagging"), "k=v");
    EXPECT_EQ(copy.header("x-amz-tagging-directive"), "REPLACE");
}

TEST_F(ObjectSettingsSent, CustomerKeysGoWithEveryRequestForBytes) {
    open({}, {.customer_key = customer_key()});
    ASSERT_TRUE(put("k", body_of(kTwoParts)));
    ASSERT_TRUE(get("k"));
    ASSERT_TRUE(store_->copy(ctx_, key("k"), key("l")));
    EXPECT_EQ(server_->requests().back().header("x-amz-copy-source-server-side-encryption-customer-key"), kKey);
    ASSERT_TRUE(store_->remove(ctx_, key("k")));
    ASSERT_TRUE(store_->check_access(ctx_));
    for (const auto& request : server_->requests()) {
        const bool for_bytes = request.method != "DELETE" && !request.key.empty();
        EXPECT_EQ(request.header("x-amz-server-side-encryption-customer-key"), for_bytes ? kKey : "")
            << request.method << request.query;
        EXPECT_EQ(request.header("x-amz-server-side-encryption-customer-key-md5"),
                  for_bytes ? customer_key().md5() : "");
    }
}

TEST_F(ObjectSettingsSent, CustomerKeysNeverGoOverPlainHttp) {
    auto options = default_options();
    options.endpoint = "http://store.example";
    options.allow_http = true;
    options.access.customer_key = customer_key();
    const auto store = S3Store::create(options, aws::make_static_provider(good_credentials()));
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(store.error().message().find(kKey), std::string::npos);
    options.endpoint = "https://store.example";
    EXPECT_TRUE(S3Store::create(options, aws::make_static_provider(good_credentials())));
}

TEST_F(ObjectSettingsSent, CustomerKeysAreInNoUrlAndNoError) {
    open({}, {.customer_key = customer_key()});
    EXPECT_EQ(store_->presign(ctx_, "GET", key("k"), std::chrono::minutes(1)).error().code(), ErrorCode::kUnsupported);
    server_->set_hook([](const Recorded& request, int) {
        return testing::S3Fault{.instead = testing::error_reply(
                                    400, "InvalidArgument",
                                    std::string(request.header("x-amz-server-side-encryption-customer-algorithm")))};
    });
    const auto refused = put("k", "x");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message().find(kKey), std::string::npos);
}

TEST_F(ObjectSettingsSent, WhoPaysIsSaidInEveryRequestAndInUrls) {
    open({}, {.requester_pays = true});
    ASSERT_TRUE(put("k", "x"));
    ASSERT_TRUE(get("k"));
    ASSERT_TRUE(store_->check_access(ctx_));
    for (const auto& request : server_->requests())
        EXPECT_EQ(request.header("x-amz-request-payer"), "requester");
    const auto url = store_->presign(ctx_, "GET", key("k"), std::chrono::minutes(1));
    ASSERT_TRUE(url);
    EXPECT_NE(url->find("?x-amz-request-payer=requester&X-Amz-"), std::string::npos) << *url;
}

// The fault: a lock of a repository that nobody can delete any more.
TEST_F(ObjectSettingsSent, LocksAreNotPutOnWhatIsToPass) {
    ObjectSettings settings;
    settings.retention = RetentionRule{RetentionMode::kGovernance, 7};
    settings.legal_hold = true;
    open(settings);
    ASSERT_TRUE(put("pack", "x"));
    const auto locked = server_->requests().back();
    EXPECT_EQ(locked.header("x-amz-object-lock-mode"), "GOVERNANCE");
    EXPECT_EQ(*parse_rfc3339(locked.header("x-amz-object-lock-retain-until-date")),
              std::chrono::ceil<std::chrono::seconds>(clock_.wall_now() + std::chrono::hours(7 * 24)));
    // Amazon refuses a locked object without a checksum of its body.
    EXPECT_EQ(locked.header("content-md5"), base64_encode(crypto::md5(as_bytes("x"))));
    ASSERT_TRUE(put("lock", "x", {.lifespan = store::Lifespan::kPassing}));
    const auto passing = server_->requests().back();
    EXPECT_EQ(passing.header("x-amz-object-lock-mode"), "");
    EXPECT_EQ(passing.header("x-amz-object-lock-legal-hold"), "");
}

TEST_F(ObjectSettingsSent, LockedPartsAndFilesCarryAnMd5) {
    ObjectSettings settings;
    settings.retention = RetentionRule{RetentionMode::kGovernance, 7};
    open(settings);
    const std::string body = body_of(kTwoParts);
    ASSERT_TRUE(put("large", body));
    ASSERT_TRUE(put("middle", std::string_view(body).substr(0, 3'000'000)));
    EXPECT_EQ(server_->requests().back().header("content-md5"),
              base64_encode(crypto::md5(as_bytes(std::string_view(body).substr(0, 3'000'000)))));
    ASSERT_EQ(sent("PUT", "partNumber").size(), 2U);
    for (const auto& part : sent("PUT", "partNumber"))
        EXPECT_EQ(part.header("content-md5").size(), 24U);
}

TEST_F(ObjectSettingsSent, ConditionsAreSentWithTheRequestThatDecides) {  // To Ceph, which wants no quotes.
    ASSERT_TRUE(put("k", "x", {.if_match = "abc"}));
    EXPECT_EQ(server_->requests().back().header("if-match"), "abc");
    ASSERT_TRUE(put("large", body_of(kTwoParts), {.if_match = "abc"}));
    EXPECT_EQ(sent("POST", "uploads")[0].header("if-match"), "");
    ASSERT_EQ(sent("POST", "uploadId").size(), 1U);
    EXPECT_EQ(sent("POST", "uploadId")[0].header("if-match"), "abc");
}

TEST_F(ObjectSettingsSent, AConditionThatTheProviderIgnoresIsRefused) {
    auto options = default_options();
    options.provider = "wasabi";
    options.addressing = AddressingStyle::kPath;
    store_ = make_store(options);
    EXPECT_EQ(put("k", "x", {.if_match = "abc"}).error().code(), ErrorCode::kUnsupported);
    EXPECT_EQ(server_->count("PUT"), 0U);
}

TEST_F(ObjectSettingsSent, AStoreThatIsRecognizedMeanwhileIsAsked) {
    auto options = default_options();
    options.provider.reset();  // 127.0.0.1 says nothing.
    store_ = make_store(options);
    server_->set_hook([](const Recorded&, int) {
        return testing::S3Fault{.edit_reply = [](scripted::Reply& reply) {
            reply.headers.push_back({"Server", "MinIO"});
        }};
    });
    ASSERT_TRUE(put("k", "x", {.if_match = "abc"}));
    EXPECT_EQ(server_->requests().back().header("if-match"), "\"abc\"");
}

}  // namespace
}  // namespace cofre::s3
