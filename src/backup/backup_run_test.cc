#include "backup/backup_run.h"

#include <atomic>
#include <set>

#include <gtest/gtest.h>
#include <sys/un.h>
#include <unistd.h>

#include "backup/testing/backup_fixture.h"
#include "objects/manifest_reader.h"
#include "objects/object_naming.h"
#include "store/forwarding_store.h"

namespace cofre::backup {
namespace {

using testing::BackupFixture;

class BackupRun : public BackupFixture {
protected:
    std::vector<objects::ManifestEntry> entries(const BackupOutcome& outcome) {
        auto reader =
            objects::ManifestReader::open(store_, {}, *store::ObjectKey::parse(outcome.manifest_key), temp_->path());
        EXPECT_TRUE(reader);
        std::vector<objects::ManifestEntry> all;
        while (auto entry = *reader->next())
            all.push_back(*entry);
        return all;
    }
};

/// Counts puts, and can be told to misbehave.
class MoodyStore final : public store::ForwardingStore {
public:
    using ForwardingStore::ForwardingStore;

    Result<store::PutReceipt> put(const CallContext& ctx, const store::ObjectKey& key, const ByteSource& body,
                                  const store::PutOptions& options) override {
        ++puts;
        if (before_put) before_put(key.str());
        if (refuses.contains(key.str())) return Error(refusal, "refused " + key.str());
        auto receipt = ForwardingStore::put(ctx, key, body, options);
        if (after_put) after_put(key.str());
        return receipt;
    }

    std::atomic<int> puts{0};
    std::set<std::string> refuses;
    ErrorCode refusal = ErrorCode::kPermissionDenied;
    std::function<void(const std::string& key)> before_put;
    std::function<void(const std::string& key)> after_put;
};

TEST_F(BackupRun, StoresEachFileUnderItsRelativePath) {
    write("a/x.txt", "one");
    write("b/x.txt", "two");
    const auto outcome = back_up(plan());
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_TRUE(outcome->is_complete());
    EXPECT_EQ(outcome->summary.files, 2U);
    EXPECT_EQ(outcome->summary.bytes, 6U);
    EXPECT_EQ(object("b/a/x.txt"), "one");
    EXPECT_EQ(object("b/b/x.txt"), "two");
}

TEST_F(BackupRun, RecordsFoldersLinksAndProofs) {
    write("a/x.txt", "one");
    std::filesystem::create_directories(source() / "empty");
    std::filesystem::create_symlink("a/x.txt", source() / "link");
    const auto outcome = back_up(plan());
    ASSERT_TRUE(outcome);
    const auto all = entries(*outcome);
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].path, "a");
    EXPECT_EQ(all[0].type, objects::EntryType::kDirectory);
    EXPECT_EQ(all[1].path, "a/x.txt");
    EXPECT_EQ(all[1].stored.proof, objects::Proof::kSize);
    EXPECT_EQ(all[1].sha256, crypto::sha256("one"));
    EXPECT_EQ(all[2].path, "empty");
    EXPECT_EQ(all[3].link_target, "a/x.txt");
}

TEST_F(BackupRun, SecondRunSendsOnlyWhatChanged) {
    write("same", "1");
    write("edited", "2");
    ASSERT_TRUE(back_up(plan()));
    clock_.advance(std::chrono::seconds(2));
    write("edited", "22");
    write("new", "3");
    MoodyStore store(store_);
    const auto outcome = back_up(plan(), store);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->unchanged_files, 1U);
    EXPECT_EQ(outcome->summary.uploaded_files, 2U);
    EXPECT_EQ(store.puts, 3);  // Two files and the manifest.
    EXPECT_EQ(entries(*outcome).size(), 3U);
}

TEST_F(BackupRun, TheLaterOfTwoRunsInOneSecondIsTheLatest) {
    write("f", "1");
    ASSERT_TRUE(back_up(plan()));
    write("f", "22");
    const auto second = back_up(plan());
    ASSERT_TRUE(second);
    EXPECT_EQ(objects::find_snapshot(store_, {}, "b/", "latest", "")->id, second->snapshot_id);
}

TEST_F(BackupRun, AClockThatWentBackIsSaidAndDoesNotHideTheRun) {
    write("f", "1");
    ASSERT_TRUE(back_up(plan()));
    clock_.advance(std::chrono::hours(-2));
    const auto second = back_up(plan());
    ASSERT_TRUE(second);
    EXPECT_EQ(second->warnings.size(), 1U);
    EXPECT_EQ(objects::find_snapshot(store_, {}, "b/", "latest", "")->id, second->snapshot_id);
}

TEST_F(BackupRun, SendsAgainWhatTheStoreHasLost) {
    write("f", "text");
    ASSERT_TRUE(back_up(plan()));
    clock_.advance(std::chrono::seconds(2));
    ASSERT_TRUE(store_.remove({}, *store::ObjectKey::parse("b/f")));
    const auto outcome = back_up(plan());
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->is_complete());
    EXPECT_EQ(object("b/f"), "text");
}

TEST_F(BackupRun, DryRunWritesNothing) {
    write("f", "text");
    auto dry = plan();
    dry.dry_run = true;
    const auto outcome = back_up(dry);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->summary.uploaded_files, 1U);
    EXPECT_TRUE(outcome->snapshot_id.empty());
    EXPECT_TRUE(keys().empty());
}

TEST_F(BackupRun, AMissingSourceIsAnErrorAndNothingIsWritten) {
    write("f", "text");
    auto both = plan();
    both.sources.push_back(folder("absent"));
    const auto outcome = back_up(both);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(keys().empty());
}

TEST_F(BackupRun, SeveralSourcesKeepTheirAbsolutePaths) {
    write("f", "1");
    testing::write_file(folder("other") / "f", "2");
    auto both = plan();
    both.sources.push_back(folder("other"));
    const auto outcome = back_up(both);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(object("b" + (folder("other") / "f").native()), "2");
    EXPECT_EQ(object("b" + (source() / "f").native()), "1");
}

TEST_F(BackupRun, GoesOnAfterARefusedFile) {
    write("bad", "1");
    write("good", "2");
    MoodyStore store(store_);
    store.refuses = {"b/bad"};
    const auto outcome = back_up(plan(), store);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->problem_count, 1U);
    EXPECT_EQ(outcome->problems[0].path, "bad");
    EXPECT_EQ(entries(*outcome).size(), 1U);
    EXPECT_EQ(object("b/good"), "2");
}

TEST_F(BackupRun, StopsWhenTheStoreRefusesTheCredentials) {
    write("f", "1");
    MoodyStore store(store_);
    store.refuses = {"b/f"};
    store.refusal = ErrorCode::kUnauthenticated;
    const auto outcome = back_up(plan(), store);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), ErrorCode::kUnauthenticated);
    EXPECT_TRUE(keys().empty());
}

TEST_F(BackupRun, WritesNoManifestWhenNothingCouldBeStored) {
    write("only", "1");
    MoodyStore store(store_);
    store.refuses = {"b/only"};
    const auto outcome = back_up(plan(), store);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->snapshot_id.empty());
    EXPECT_TRUE(keys().empty());
}

TEST_F(BackupRun, CompressedObjectsKeepTheDigestOfTheSource) {
    write("f", std::string(100'000, 'x'));
    auto packed = plan();
    packed.compression = objects::Compression::kZstd;
    const auto outcome = back_up(packed);
    ASSERT_TRUE(outcome) << outcome.error().message();
    const auto all = entries(*outcome);
    EXPECT_EQ(all[0].stored.key, "b/f.zst");
    EXPECT_LT(all[0].stored.size, 1'000U);
    EXPECT_EQ(all[0].sha256, crypto::sha256(std::string(100'000, 'x')));
    EXPECT_EQ(object("b/f.zst").size(), all[0].stored.size);
}

TEST_F(BackupRun, AStopLeavesNoManifest) {
    write("f", "1");
    std::stop_source stop;
    MoodyStore store(store_);
    store.before_put = [&](const std::string&) { stop.request_stop(); };
    const auto outcome = back_up(plan(), store, {stop.get_token()});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code(), ErrorCode::kCancelled);
    EXPECT_TRUE(keys("b/.cofre/").empty());
}

// Fault row F17: the store accepts a body and keeps less of it.
TEST_F(BackupRun, F17ShortObjectIsAProblemAndNotInTheManifest) {
    write("f", "whole text");
    MoodyStore store(store_);
    store.after_put = [&](const std::string& key) {
        if (key == "b/f") {
            ASSERT_TRUE(store_.put({}, *store::ObjectKey::parse(key), SpanSource("who"), {}));
        }
    };
    const auto outcome = back_up(plan(), store);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->problem_count, 1U);
    EXPECT_NE(outcome->problems[0].message.find("3 bytes"), std::string::npos);
}

// Fault row F32: a file that is rewritten while it is read.
TEST_F(BackupRun, F32ChangingFileIsReadAgain) {
    write("log", "first");
    MoodyStore store(store_);
    std::atomic<int> edits = 0;
    store.after_put = [&](const std::string& key) {
        if (key == "b/log" && edits++ == 0) write("log", "second state");
    };
    const auto outcome = back_up(plan(), store);
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->is_complete());
    EXPECT_EQ(object("b/log"), "second state");
}

TEST_F(BackupRun, F32FileThatNeverRestsIsKeptAndReported) {
    write("log", "x");
    MoodyStore store(store_);
    std::atomic<int> edits = 0;
    store.after_put = [&](const std::string& key) {
        if (key == "b/log") write("log", std::string(static_cast<std::size_t>(2 + edits++), 'x'));
    };
    const auto outcome = back_up(plan(), store);
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->problem_count, 1U);
    EXPECT_EQ(edits, 3);
    EXPECT_EQ(entries(*outcome).size(), 1U);
}

// Fault row F34: a file that vanishes between the walk and the read.
TEST_F(BackupRun, F34VanishedFileIsReported) {
    write("a", "1");
    write("z", "2");
    auto one = plan();
    one.concurrency = 1;
    MoodyStore store(store_);
    store.before_put = [&](const std::string& key) {
        if (key == "b/a") std::filesystem::remove(source() / "z");
    };
    const auto outcome = back_up(one, store);
    ASSERT_TRUE(outcome);
    if (outcome->problem_count == 0) GTEST_SKIP() << "the walk had not seen the file yet";
    EXPECT_EQ(outcome->problems[0].path, "z");
}

// Fault row F37: names that must not be opened.
TEST_F(BackupRun, F37FifosAndSocketsAreLeftOut) {
    write("f", "1");
    ASSERT_EQ(::mkfifo((source() / "pipe").c_str(), 0600), 0);
    std::filesystem::create_symlink(".", source() / "loop");
    const auto outcome = back_up(plan());
    ASSERT_TRUE(outcome);
    EXPECT_TRUE(outcome->is_complete());
    EXPECT_EQ(outcome->summary.skipped_special, 1U);
    EXPECT_EQ(entries(*outcome).size(), 2U);  // The file and the link.
}

TEST_F(BackupRun, ManyFilesKeepTheOrderOfTheirPaths) {
    for (int i = 0; i < 2'500; ++i)
        write("d" + std::to_string(i % 7) + "/f" + std::to_string(i), std::to_string(i));
    auto wide = plan();
    wide.concurrency = 16;
    const auto outcome = back_up(wide);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->summary.files, 2'500U);
    const auto all = entries(*outcome);
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](auto& a, auto& b) { return a.path < b.path; }));
}

TEST_F(BackupRun, AKeyThatIsTooLongIsAProblemOfThatFile) {
    std::string deep = "d";
    for (int i = 0; i < 6; ++i)
        deep += "/" + std::string(200, 'n');
    write(deep + "/f", "1");
    write("short", "2");
    const auto outcome = back_up(plan());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->problem_count, 1U);
    EXPECT_EQ(object("b/short"), "2");
}

}  // namespace
}  // namespace cofre::backup
