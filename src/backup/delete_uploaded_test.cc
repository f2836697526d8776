#include "backup/delete_uploaded.h"

#include <gtest/gtest.h>

#include "backup/testing/backup_fixture.h"
#include "objects/manifest_reader.h"
#include "objects/object_naming.h"
#include "store/forwarding_store.h"

namespace cofre::backup {
namespace {

using testing::BackupFixture;

/// Runs something just after one object was stored.
class HookedStore final : public store::ForwardingStore {
public:
    using ForwardingStore::ForwardingStore;
    Result<store::PutReceipt> put(const CallContext& ctx, const store::ObjectKey& key, const ByteSource& body,
                                  const store::PutOptions& options) override {
        auto receipt = ForwardingStore::put(ctx, key, body, options);
        if (after_put) after_put(key.str());
        return receipt;
    }
    std::function<void(const std::string&)> after_put;
};

class DeleteUploaded : public BackupFixture {
protected:
    BackupPlan archiving() const {
        auto p = plan();
        p.delete_after_upload = true;
        return p;
    }
    bool exists(const std::string& path) const { return std::filesystem::exists(source() / path); }
};

TEST_F(DeleteUploaded, RemovesProvenFilesAndTheFoldersThatTheyLeaveEmpty) {
    write("a/b/x", "1");
    write("a/y", "2");
    std::filesystem::create_directories(source() / "was-empty");
    const auto outcome = back_up(archiving());
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->deleted_files, 2U);
    EXPECT_EQ(outcome->deleted_folders, 2U);
    EXPECT_FALSE(exists("a"));
    EXPECT_TRUE(exists("was-empty"));
    EXPECT_TRUE(std::filesystem::exists(source()));
    EXPECT_EQ(object("b/a/b/x"), "1");
}

TEST_F(DeleteUploaded, LaterManifestsKeepWhatWasArchived) {
    write("old", "1");
    ASSERT_TRUE(back_up(archiving()));
    clock_.advance(std::chrono::seconds(2));
    write("new", "2");
    const auto outcome = back_up(archiving());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->summary.files, 2U);
    auto reader =
        objects::ManifestReader::open(store_, {}, *store::ObjectKey::parse(outcome->manifest_key), temp_->path());
    EXPECT_EQ((*reader->next())->path, "new");
    EXPECT_EQ((*reader->next())->path, "old");
}

TEST_F(DeleteUploaded, AnArchivedObjectThatIsGoneIsReported) {
    write("old", "1");
    ASSERT_TRUE(back_up(archiving()));
    clock_.advance(std::chrono::seconds(2));
    ASSERT_TRUE(store_.remove({}, *store::ObjectKey::parse("b/old")));
    write("new", "2");
    const auto outcome = back_up(archiving());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->problem_count, 1U);
    EXPECT_EQ(outcome->problems[0].path, "old");
}

// Fault row F33: the file is replaced after its upload and before its deletion.
TEST_F(DeleteUploaded, F33ReplacedFileStays) {
    write("kept", "first");
    write("gone", "x");
    HookedStore store(store_);
    store.after_put = [&](const std::string& key) {
        if (key.find(".cofre.json") == std::string::npos) return;
        std::filesystem::remove(source() / "kept");
        write("kept", "other");
    };
    const auto outcome = back_up(archiving(), store);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->deleted_files, 1U);
    EXPECT_EQ(outcome->problem_count, 1U);
    EXPECT_EQ(testing::read_file(source() / "kept"), "other");
    EXPECT_FALSE(exists("gone"));
}

// The same inode, size and mtime: only ctime and content tell.
TEST_F(DeleteUploaded, F33RewrittenFileWithItsOldTimeStays) {
    write("kept", "first");
    const auto time = std::filesystem::last_write_time(source() / "kept");
    HookedStore store(store_);
    store.after_put = [&](const std::string& key) {
        if (key.find(".cofre.json") == std::string::npos) return;
        write("kept", "OTHER");
        std::filesystem::last_write_time(source() / "kept", time);
    };
    const auto outcome = back_up(archiving(), store);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->deleted_files, 0U);
    EXPECT_EQ(testing::read_file(source() / "kept"), "OTHER");
}

// Fault row F17: a store that keeps less than it was given deletes nothing.
TEST_F(DeleteUploaded, F17DamagedObjectKeepsTheFile) {
    write("f", "whole");
    HookedStore store(store_);
    store.after_put = [&](const std::string& key) {
        if (key == "b/f") {
            EXPECT_TRUE(store_.put({}, *store::ObjectKey::parse(key), SpanSource("WHOLE"), {}));
        }
    };
    const auto outcome = back_up(archiving(), store);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->problem_count, 1U);
    EXPECT_TRUE(exists("f"));
}

TEST_F(DeleteUploaded, DryRunDeletesNothing) {
    write("f", "1");
    auto dry = archiving();
    dry.dry_run = true;
    ASSERT_TRUE(back_up(dry));
    EXPECT_TRUE(exists("f"));
}

}  // namespace
}  // namespace cofre::backup
