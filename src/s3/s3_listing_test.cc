// Listings are complete or an error; F numbers are rows of the fault matrix.
#include "s3/s3_listing.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using scripted::Reply;
using testing::Recorded;
using testing::S3Fault;
using testing::ScriptedS3;

void replace(std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from << " is not in " << text;
    text.replace(at, from.size(), to);
}

class S3Listing : public testing::ScriptedStoreTest {
protected:
    void configure(ScriptedS3::Options& options) override { options.bucket.page_size = 10; }

    void SetUp() override {
        ScriptedStoreTest::SetUp();
        for (int i = 0; i < 25; ++i)
            server_->put_object("p/" + std::string(i < 10 ? "0" : "") + std::to_string(i), "x");
    }

    Result<std::vector<std::string>> list(const store::ListOptions& options = {.prefix = "p/"}) {
        std::vector<std::string> keys;
        COFRE_TRY(store_->list(ctx_, options, [&](const store::ObjectInfo& info) -> Status {
            keys.push_back(info.key.str());
            return {};
        }));
        return keys;
    }

    void use(const char* provider) {
        auto options = default_options();
        options.provider = provider;
        store_ = make_store(options);
    }

    // Changes the answer to the second page.
    void edit_second_page(std::function<void(std::string&)> edit) {
        server_->set_hook([edit = std::move(edit)](const Recorded&, int index) -> std::optional<S3Fault> {
            if (index != 1) return std::nullopt;
            return S3Fault{.edit_reply = [edit](Reply& reply) { edit(reply.body); }};
        });
    }
    void expect_corruption() {
        const auto keys = list();
        ASSERT_FALSE(keys);
        EXPECT_EQ(keys.error().code(), ErrorCode::kCorruption) << keys.error().message();
        EXPECT_NE(keys.error().message().find("list \"p/\" in bucket \"bucket\""), std::string::npos);
    }
};

TEST_F(S3Listing, F19ReadsAllPagesInBothVersions) {
    for (const char* provider : {"ceph", "unknown"}) {
        use(provider);
        const auto keys = list();
        ASSERT_TRUE(keys) << keys.error().message();
        ASSERT_EQ(keys->size(), 25U);
        EXPECT_EQ(keys->front(), "p/00");
        EXPECT_EQ(keys->back(), "p/24");
    }
    EXPECT_EQ(server_->count("GET", "list-type=2"), 3U);
    EXPECT_EQ(server_->count("GET", "marker"), 2U);
}

TEST_F(S3Listing, F19KeysOfAllKindsComeBackAsTheyAre) {
    const std::vector<std::string> odd = {"o/ ",    "o/%41", "o/%zz",      "o/&amp;", "o/+",          "o/<tag>",
                                          "o/\x01", "o/\n",  "o/\xc3\xa7", "o/a b+c", "o/\"quoted\"", "o/]]>"};
    for (const auto& name : odd)
        server_->put_object(name, "x");
    auto expected = odd;
    std::sort(expected.begin(), expected.end());
    const auto keys = list({.prefix = "o/"});
    ASSERT_TRUE(keys) << keys.error().message();
    EXPECT_EQ(*keys, expected);
}

TEST_F(S3Listing, StartsAfterAKey) {
    for (const char* provider : {"ceph", "unknown"}) {
        use(provider);
        const auto keys = list({.prefix = "p/", .start_after = "p/22"});
        ASSERT_TRUE(keys);
        EXPECT_EQ(*keys, (std::vector<std::string>{"p/23", "p/24"}));
    }
}

TEST_F(S3Listing, FoldsCommonPrefixes) {
    for (int i = 0; i < 30; ++i)
        server_->put_object("d/" + std::to_string(100 + i) + "/file", "x");
    server_->put_object("d/zzz", "x");
    for (const char* provider : {"ceph", "unknown"}) {
        use(provider);
        std::vector<std::string> folded;
        const auto keys =
            list({.prefix = "d/", .delimiter = '/', .on_common_prefix = [&](const std::string& p) -> Status {
                      folded.push_back(p);
                      return {};
                  }});
        ASSERT_TRUE(keys) << keys.error().message();
        EXPECT_EQ(*keys, std::vector<std::string>{"d/zzz"});
        ASSERT_EQ(folded.size(), 30U);
        EXPECT_EQ(folded[29], "d/129/");
    }
}

TEST_F(S3Listing, StopsAtTheFirstErrorOfItsVisitor) {
    int visits = 0;
    const Status status = store_->list(ctx_, {.prefix = "p/"}, [&](const store::ObjectInfo&) -> Status {
        ++visits;
        return Error(ErrorCode::kResourceExhausted, "mine");
    });
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().message(), "mine");
    EXPECT_EQ(visits, 1);
    EXPECT_EQ(server_->requests().size(), 1U);
}

TEST_F(S3Listing, AnEmptyPrefixIsAnEmptyList) {
    EXPECT_EQ(list({.prefix = "none/"})->size(), 0U);
}

TEST_F(S3Listing, F19APageThatIsOutOfOrderInsideIsSorted) {
    edit_second_page([](std::string& xml) {
        replace(xml, "<Key>p/12<", "<Key>TEMP<");
        replace(xml, "<Key>p/17<", "<Key>p/12<");
        replace(xml, "<Key>TEMP<", "<Key>p/17<");
    });
    const auto keys = list();
    ASSERT_TRUE(keys) << keys.error().message();
    EXPECT_EQ(keys->size(), 25U);
    EXPECT_TRUE(std::is_sorted(keys->begin(), keys->end()));
}

TEST_F(S3Listing, F19KeysOutOfOrderAcrossPagesAreAnError) {
    edit_second_page([](std::string& xml) { replace(xml, "<Key>p/10<", "<Key>p/05<"); });
    expect_corruption();
}

TEST_F(S3Listing, F18ATruncatedPageWithoutATokenIsAnError) {
    edit_second_page([](std::string& xml) { replace(xml, "NextContinuationToken>T", "Nothing>T"); });
    const auto keys = list();
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().code(), ErrorCode::kCorruption);
}

TEST_F(S3Listing, F18APageThatIsCutShortIsAnError) {
    edit_second_page([](std::string& xml) { xml.resize(xml.size() / 2); });
    expect_corruption();
}

TEST_F(S3Listing, F18APageWithFewerKeysThanItClaimsIsAnError) {
    edit_second_page([](std::string& xml) {
        const auto at = xml.find("<Contents>");
        xml.erase(at, xml.find("</Contents>") + 11 - at);
    });
    expect_corruption();
}

TEST_F(S3Listing, F18AnEmptyPageThatRepeatsItsTokenIsAnError) {
    server_->set_hook([](const Recorded&, int index) -> std::optional<S3Fault> {
        if (index == 0) return std::nullopt;
        return S3Fault{.instead = Reply{.status = 200,
                                        .body = "<ListBucketResult><IsTruncated>true</IsTruncated>"
                                                "<NextContinuationToken>T" +
                                                std::string(1, static_cast<char>('a' + index % 3)) +
                                                "</NextContinuationToken></ListBucketResult>"}};
    });
    expect_corruption();
    EXPECT_LT(server_->requests().size(), 30U);  // A cycle of three is noticed soon.
}

TEST_F(S3Listing, F18TheFirstPageOnceMoreIsAnError) {
    server_->set_hook([&](const Recorded&, int index) -> std::optional<S3Fault> {
        if (index == 0) return std::nullopt;
        return S3Fault{.edit_reply = [](Reply& reply) { replace(reply.body, "<Key>p/10<", "<Key>p/00<"); }};
    });
    expect_corruption();
}

TEST_F(S3Listing, F18AnotherPageThanTheOneAskedForIsAnError) {
    edit_second_page([](std::string& xml) { replace(xml, "<ContinuationToken>Tp/09<", "<ContinuationToken>Tp/04<"); });
    expect_corruption();
}

TEST_F(S3Listing, KeysOutsideThePrefixAreAnError) {
    edit_second_page([](std::string& xml) { replace(xml, "<Key>p/19<", "<Key>q/19<"); });
    expect_corruption();
}

TEST_F(S3Listing, OddNumbersAndTimesAreErrors) {
    for (const auto& [from, to] :
         std::vector<std::pair<std::string, std::string>>{{"<Size>1<", "<Size>-1<"},
                                                          {"<Size>1<", "<Size><"},
                                                          {"<IsTruncated>true<", "<IsTruncated>maybe<"},
                                                          {"<LastModified>1", "<LastModified>x"},
                                                          {"<ListBucketResult", "<ListAllMyBucketsResult"}}) {
        server_->set_hook([from = from, to = to](const Recorded&, int) -> std::optional<S3Fault> {
            return S3Fault{.edit_reply = [=](Reply& reply) { replace(reply.body, from, to); }};
        });
        const auto keys = list();
        ASSERT_FALSE(keys) << to;
        EXPECT_EQ(keys.error().code(), ErrorCode::kCorruption) << to;
    }
}

TEST_F(S3Listing, AFailedPageIsAnErrorNotAShorterList) {
    server_->set_hook([](const Recorded&, int index) -> std::optional<S3Fault> {
        if (index == 0) return std::nullopt;
        return S3Fault{.instead = testing::error_reply(500, "InternalError")};
    });
    const auto keys = list();
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().code(), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace cofre::s3
