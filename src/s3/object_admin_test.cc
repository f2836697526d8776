#include "s3/object_admin.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using scripted::Reply;
using testing::error_reply;
using testing::Recorded;
using testing::S3Fault;

/// Plays an archive: the scripted store keeps objects, the hook says where they lie.
class ObjectAdminTest : public testing::ScriptedStoreTest {
protected:
    void answer(const Reply& reply) {
        server_->set_hook([reply](const Recorded&, int) { return S3Fault{.instead = reply}; });
    }
    /// HEAD says GLACIER, and each of `restores` in turn; the last one for ever.
    void archive(std::vector<std::string> restores) {
        server_->set_hook([restores, looks = std::make_shared<std::atomic<std::size_t>>(0)](
                              const Recorded& request, int) -> std::optional<S3Fault> {
            if (request.method == "POST") return S3Fault{.instead = Reply{.status = 202, .headers = {}, .body = {}}};
            const std::string restore = restores[std::min(looks->fetch_add(1), restores.size() - 1)];
            return S3Fault{.edit_reply = [restore](Reply& reply) {
                reply.headers.push_back({"x-amz-storage-class", "GLACIER"});
                if (!restore.empty()) reply.headers.push_back({"x-amz-restore", restore});
            }};
        });
    }
    ObjectAdmin admin() { return store_->object_admin(); }
    std::string last_query() { return server_->requests().back().query; }
};

TEST_F(ObjectAdminTest, AsksOnceAndWaitsUntilTheObjectCanBeRead) {
    ASSERT_TRUE(put("cold", "x"));
    archive({"ongoing-request=\"true\"", "ongoing-request=\"true\"",
             "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2035 00:00:00 GMT\""});
    EXPECT_EQ(*admin().restore(ctx_, key("cold"), "", {.days = 2, .tier = RestoreTier::kBulk}), Readiness::kUnderWay);
    const auto before = clock_.now();
    int looks = 0;
    const auto detail = admin().wait_until_readable(ctx_, key("cold"), "", [&](const ObjectDetail&) { ++looks; });
    ASSERT_TRUE(detail) << detail.error().message();
    EXPECT_EQ(detail->readiness, Readiness::kRestored);
    EXPECT_EQ(format_rfc3339(*detail->restored_until), "2035-12-21T00:00:00Z");
    EXPECT_EQ(looks, 3);
    EXPECT_EQ(clock_.now() - before, std::chrono::seconds(60 + 90));
    EXPECT_EQ(server_->count("POST", "restore"), 1U);
}

TEST_F(ObjectAdminTest, DoesNotWaitForWhatNobodyAskedFor) {
    ASSERT_TRUE(put("cold", "x"));
    archive({""});
    const auto detail = admin().wait_until_readable(ctx_, key("cold"), "", nullptr);
    ASSERT_FALSE(detail);
    EXPECT_EQ(detail.error().code(), ErrorCode::kUnsupported);
    EXPECT_NE(detail.error().hint().find("s3 thaw"), std::string::npos);
}

TEST_F(ObjectAdminTest, ARestoreThatIsUnderWayIsNoError) {
    answer(error_reply(409, "RestoreAlreadyInProgress"));
    EXPECT_EQ(*admin().restore(ctx_, key("k"), "", {}), Readiness::kUnderWay);
    answer(Reply{.status = 200, .headers = {}, .body = {}});
    EXPECT_EQ(*admin().restore(ctx_, key("k"), "", {}), Readiness::kRestored);
    answer(error_reply(403, "InvalidObjectState"));
    EXPECT_EQ(admin().restore(ctx_, key("k"), "", {}).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(ObjectAdminTest, ReadingAnArchivedObjectSaysHowToGetIt) {
    answer(error_reply(403, "InvalidObjectState"));
    const auto text = get("k");
    ASSERT_FALSE(text);
    EXPECT_NE(text.error().hint().find("cofre s3 thaw"), std::string::npos);
}

TEST_F(ObjectAdminTest, AttributesAreAskedForOnlyWhereThereAreAny) {
    ASSERT_TRUE(put("k", "x"));
    EXPECT_FALSE(*admin().attributes(ctx_, key("k"), ""));
    EXPECT_EQ(server_->count("GET"), 0U);
    auto options = default_options();
    options.provider = "minio";
    store_ = make_store(options);
    answer(Reply{.status = 200,
                 .headers = {},
                 .body = "<GetObjectAttributesResponse><ObjectSize>1</ObjectSize></GetObjectAttributesResponse>"});
    const auto attributes = admin().attributes(ctx_, key("k"), "v1");
    ASSERT_TRUE(attributes) << attributes.error().message();
    EXPECT_EQ((*attributes)->size, 1U);
    EXPECT_EQ(last_query(), "attributes=&versionId=v1");
    EXPECT_NE(server_->requests().back().header("x-amz-object-attributes").find("Checksum"), std::string::npos);
}

TEST_F(ObjectAdminTest, AbsentRetentionIsNone) {
    answer(error_reply(404, "NoSuchObjectLockConfiguration"));
    EXPECT_FALSE(*admin().retention(ctx_, key("k"), ""));
    EXPECT_FALSE(*admin().legal_hold(ctx_, key("k"), ""));
    answer(error_reply(404, "NoSuchKey"));
    EXPECT_EQ(admin().retention(ctx_, key("k"), "").error().code(), ErrorCode::kNotFound);
    answer(error_reply(400, "InvalidRequest"));
    EXPECT_NE(admin().retention(ctx_, key("k"), "").error().hint().find("made with it"), std::string::npos);
}

TEST_F(ObjectAdminTest, OnlyAPlainWordLiftsGovernance) {
    answer(Reply{});
    const Retention retention{RetentionMode::kGovernance, *parse_rfc3339("2030-01-01T00:00:00Z")};
    ASSERT_TRUE(admin().set_retention(ctx_, key("k"), "", {.retention = retention}));
    EXPECT_EQ(server_->requests().back().header("x-amz-bypass-governance-retention"), "");
    ASSERT_TRUE(admin().set_retention(ctx_, key("k"), "", {.retention = retention, .bypass_governance = true}));
    EXPECT_EQ(server_->requests().back().header("x-amz-bypass-governance-retention"), "true");
    EXPECT_EQ(base64_decode(server_->requests().back().header("content-md5"))->size(), 16U);
}

TEST_F(ObjectAdminTest, SettingNoTagsRemovesThem) {
    answer(Reply{.status = 204, .headers = {}, .body = {}});
    ASSERT_TRUE(admin().set_tags(ctx_, key("k"), "v 1", {}));
    EXPECT_EQ(server_->requests().back().method, "DELETE");
    EXPECT_EQ(last_query(), "tagging=&versionId=v%201");
}

std::string version_page(const std::string& name, const std::string& more) {
    return "<ListVersionsResult>" + more + "<Version><Key>" + name +
           "</Key><VersionId>v</VersionId><IsLatest>true</IsLatest><LastModified>2009-10-12T17:50:30.000Z"
           "</LastModified><Size>1</Size></Version></ListVersionsResult>";
}

TEST_F(ObjectAdminTest, GoesOnWithVersionsWhereThePageEnds) {
    server_->set_hook([](const Recorded& request, int) {
        const bool first = !request.has_query("key-marker");
        return S3Fault{.instead = Reply{.status = 200,
                                        .headers = {},
                                        .body = first ? version_page("p/a",
                                                                     "<IsTruncated>true</IsTruncated><NextKeyMarker>p/a"
                                                                     "</NextKeyMarker><NextVersionIdMarker>v"
                                                                     "</NextVersionIdMarker>")
                                                      : version_page("p/b", "<IsTruncated>false</IsTruncated>")}};
    });
    std::vector<std::string> keys;
    const Status listed = admin().list_versions(ctx_, "p/", [&](const VersionInfo& version) -> Status {
        keys.push_back(version.key.str());
        return {};
    });
    ASSERT_TRUE(listed) << listed.error().message();
    EXPECT_EQ(keys, (std::vector<std::string>{"p/a", "p/b"}));
    EXPECT_TRUE(server_->requests().back().has_query("version-id-marker=v"));
}

TEST_F(ObjectAdminTest, AListingOfVersionsThatCannotGoOnIsAnError) {
    const auto list = [&] { return admin().list_versions(ctx_, "p/", [](const VersionInfo&) { return Status(); }); };
    answer(Reply{.status = 200, .headers = {}, .body = version_page("p/a", "<IsTruncated>true</IsTruncated>")});
    EXPECT_EQ(list().error().code(), ErrorCode::kCorruption);
    answer(Reply{.status = 200, .headers = {}, .body = version_page("q/a", "<IsTruncated>false</IsTruncated>")});
    EXPECT_EQ(list().error().code(), ErrorCode::kCorruption);
    // A page that points at itself.
    answer(Reply{.status = 200,
                 .headers = {},
                 .body = version_page("p/a",
                                      "<IsTruncated>true</IsTruncated><NextKeyMarker>p/a</NextKeyMarker>"
                                      "<NextVersionIdMarker>v</NextVersionIdMarker>")});
    EXPECT_EQ(list().error().code(), ErrorCode::kCorruption);
}

TEST_F(ObjectAdminTest, AVersionComesBackAsACopyOfItself) {
    answer(Reply{.status = 200, .headers = {}, .body = "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>"});
    ASSERT_TRUE(admin().restore_version(ctx_, key("a b"), "v+1"));
    EXPECT_EQ(server_->requests().back().header("x-amz-copy-source"), "/bucket/a%20b?versionId=v%2B1");
    EXPECT_EQ(admin().restore_version(ctx_, key("a"), "").error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(admin().remove_version(ctx_, key("a"), "").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(ObjectAdminTest, ReadsOneVersionThroughAllItsPieces) {
    ASSERT_TRUE(put("k", "hello"));
    server_->fail_first(1, "GET", "versionId=v1", {.wire = {.reset_after_reply_bytes = 2}});
    std::string text;
    const auto head = store_->get_choice(ctx_, key("k"), {}, {.version_id = "v1", .if_match = {}},
                                         [&](std::span<const std::byte> bytes) -> Status {
                                             text += to_text(bytes);
                                             return {};
                                         });
    ASSERT_TRUE(head) << head.error().message();
    EXPECT_EQ(text, "hello");
    EXPECT_EQ(server_->count("GET", "versionId=v1"), 2U);
}

TEST_F(ObjectAdminTest, ReadsOnlyTheObjectThatIsMeant) {
    ASSERT_TRUE(put("k", "hello"));
    const auto head = store_->get_choice(ctx_, key("k"), {}, {.version_id = {}, .if_match = "other"},
                                         [](std::span<const std::byte>) { return Status(); });
    ASSERT_FALSE(head);
    EXPECT_EQ(head.error().code(), ErrorCode::kConflict);
    EXPECT_NE(head.error().message().find("not the version that is asked for"), std::string::npos);
}

}  // namespace
}  // namespace cofre::s3
