// What a process that dies in the middle of an upload leaves, and what the next
// one makes of it. Dying is played by a store that refuses to go on, and
// refuses the abort as well.
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "base/file.h"
#include "s3/testing/scripted_store.h"

namespace cofre::s3 {
namespace {

using testing::error_reply;
using testing::Recorded;
using testing::S3Fault;

class Resume : public testing::ScriptedStoreTest {
protected:
    void SetUp() override {
        ScriptedStoreTest::SetUp();
        store_ = make_store(options());
    }
    S3Options options() const {
        auto options = default_options();
        options.ledger_folder = folder_.path() / "uploads";
        options.part_concurrency = 1;
        return options;
    }

    /// Part `number` and everything after it fails, also the abort.
    void die_at_part(int number) {
        const std::string part = "partNumber=" + std::to_string(number) + "&";
        server_->set_hook([part](const Recorded& request, int) -> std::optional<S3Fault> {
            const bool dies = request.method == "DELETE" || request.query.find(part) != std::string::npos;
            return dies ? std::optional(S3Fault{.instead = error_reply(403, "AccessDenied")}) : std::nullopt;
        });
        EXPECT_FALSE(put("k", body_));
        server_->set_hook(nullptr);
    }

    std::size_t sent(int number) const { return server_->count("PUT", "partNumber=" + std::to_string(number) + "&"); }
    std::size_t ledgers() const {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(*options().ledger_folder))
            ++count;
        return count;
    }
    void expect_all_is_well(const std::string& body) const {
        EXPECT_EQ(stored("k"), body);
        EXPECT_EQ(server_->pending_uploads(), 0U);
        EXPECT_EQ(ledgers(), 0U);
    }

    const TempDir folder_ = *TempDir::create("resume");
    std::string body_ = body_of(18'000'000);  // Four parts.
};

TEST_F(Resume, SendsOnlyWhatIsNotThereYet) {
    die_at_part(3);
    EXPECT_EQ(ledgers(), 1U);
    EXPECT_EQ(server_->pending_uploads(), 1U);
    ASSERT_TRUE(put("k", body_));
    expect_all_is_well(body_);
    EXPECT_EQ(sent(1), 1U);
    EXPECT_EQ(sent(2), 1U);
    EXPECT_EQ(sent(3), 2U);  // Refused, then sent.
    EXPECT_EQ(server_->count("POST", "uploads"), 1U);
}

TEST_F(Resume, SendsAgainWhatHasChangedMeanwhile) {
    die_at_part(3);
    body_[100] = static_cast<char>(body_[100] + 1);
    ASSERT_TRUE(put("k", body_));
    expect_all_is_well(body_);
    EXPECT_EQ(sent(1), 2U);
    EXPECT_EQ(sent(2), 1U);
}

TEST_F(Resume, SendsAgainWhatTheStoreDoesNotShow) {
    die_at_part(3);
    server_->fail_first(1, "GET", "uploadId", {.edit_reply = [](scripted::Reply& reply) {
                            const auto second = reply.body.find("<Part><PartNumber>2<");
                            reply.body.replace(second, std::string::npos, "</ListPartsResult>");
                        }});
    ASSERT_TRUE(put("k", body_));
    expect_all_is_well(body_);
    EXPECT_EQ(sent(1), 1U);
    EXPECT_EQ(sent(2), 2U);
}

TEST_F(Resume, BeginsAnewWhenTheUploadIsGone) {
    die_at_part(3);
    server_->forget_uploads();
    ASSERT_TRUE(put("k", body_));
    expect_all_is_well(body_);
    EXPECT_EQ(server_->count("POST", "uploads"), 2U);
}

TEST_F(Resume, AbortsTheOldUploadWhenTheObjectIsToBeAnother) {
    die_at_part(3);
    store::PutOptions other;
    other.metadata["mtime"] = "7";
    ASSERT_TRUE(put("k", body_, other));
    expect_all_is_well(body_);
    EXPECT_EQ(server_->object("k")->metadata.at("mtime"), "7");

    die_at_part(3);
    const std::string longer = body_ + "x";
    ASSERT_TRUE(put("k", longer));
    expect_all_is_well(longer);
}

TEST_F(Resume, BeginsAnewWhenPartsCannotBeListed) {
    die_at_part(3);
    server_->fail_first(1, "GET", "uploadId", {.instead = error_reply(403, "AccessDenied")});
    ASSERT_TRUE(put("k", body_));
    EXPECT_EQ(stored("k"), body_);
    EXPECT_EQ(ledgers(), 1U);  // The old one's, for the janitor.
}

TEST_F(Resume, ClearsAwayAnUploadWhoseIdWasNeverSeen) {
    auto once = options();
    once.max_attempts = 1;
    store_ = make_store(once);
    server_->fail_first(1, "POST", "uploads", {.wire = {.drop_reply = true}});
    EXPECT_FALSE(put("k", body_));
    EXPECT_EQ(server_->pending_uploads(), 1U);
    ASSERT_TRUE(put("k", body_));
    expect_all_is_well(body_);
}

TEST_F(Resume, OfAStreamIsNotTriedAndItsRestIsClearedAway) {
    server_->set_hook([](const Recorded& request, int) -> std::optional<S3Fault> {
        if (request.method != "DELETE") return std::nullopt;
        return S3Fault{.instead = error_reply(403, "AccessDenied")};
    });
    {
        const auto writer = *store_->create_writer(ctx_, key("k"), {});
        ASSERT_TRUE(writer->append(ctx_, as_bytes(body_)));
    }
    server_->set_hook(nullptr);
    EXPECT_EQ(server_->pending_uploads(), 1U);
    ASSERT_TRUE(put("k", body_));
    expect_all_is_well(body_);
    EXPECT_EQ(server_->count("POST", "uploads"), 2U);
}

class Janitor : public Resume {};

TEST_F(Janitor, AbortsOnlyWhatIsOursAndDeadAndOld) {
    die_at_part(3);
    (void)make_store(default_options());
    const auto living = *store_->create_writer(ctx_, key("living"), {});
    ASSERT_TRUE(living->append(ctx_, as_bytes(body_)));

    auto cleanup = store_->clean_up_uploads(ctx_, "", std::chrono::hours(1), false);
    ASSERT_TRUE(cleanup) << cleanup.error().message();
    EXPECT_EQ(cleanup->aborted.size(), 0U);
    EXPECT_EQ(cleanup->young.size(), 1U);
    EXPECT_EQ(cleanup->others.size(), 1U);
    EXPECT_EQ(server_->pending_uploads(), 2U);

    clock_.advance(std::chrono::hours(2));
    cleanup = store_->clean_up_uploads(ctx_, "", std::chrono::hours(1), /*dry_run=*/true);
    ASSERT_EQ(cleanup->aborted.size(), 1U);
    EXPECT_EQ(server_->pending_uploads(), 2U);
    cleanup = store_->clean_up_uploads(ctx_, "else/where", std::chrono::hours(1), false);
    EXPECT_EQ(cleanup->aborted.size(), 0U);

    cleanup = store_->clean_up_uploads(ctx_, "", std::chrono::hours(1), false);
    ASSERT_EQ(cleanup->aborted.size(), 1U);
    EXPECT_EQ(cleanup->aborted.front().key.str(), "k");
    EXPECT_EQ(server_->pending_uploads(), 1U);
    EXPECT_TRUE(living->commit(ctx_));
}

}  // namespace
}  // namespace cofre::s3
