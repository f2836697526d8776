#include "s3/upload_ledger.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/testing/file_size_limit.h"
#include "base/units.h"

namespace cofre::s3 {
namespace {

namespace fs = std::filesystem;

class Ledger : public ::testing::Test {
protected:
    static LedgerHead head(const std::string& key = "a key\n%") {
        return {.endpoint = "http://127.0.0.1:1",
                .bucket = "bucket",
                .key = key,
                .marker = "0123456789abcdef",
                .fields = "f1e1d5",
                .size = 12'000'000,
                .part_size = 5_MiB,
                .begun = *parse_rfc3339("2026-11-22T01:02:03.5Z")};
    }
    static UploadedPart part(int number) {
        return {.number = number, .size = 5_MiB, .etag = "\"e tag\"", .sha256 = crypto::sha256(std::to_string(number))};
    }
    std::vector<std::unique_ptr<UploadLedger>> dead(const std::string& key = "a key\n%") const {
        return *UploadLedger::take_dead(folder(), head().endpoint, "bucket", key);
    }
    fs::path folder() const { return folder_.path() / "uploads"; }
    fs::path only_file() const { return fs::directory_iterator(folder())->path(); }

    TempDir folder_ = *TempDir::create("ledger");
};

TEST_F(Ledger, ComesBackWholeFromADeadProcess) {
    {
        const auto ledger = *UploadLedger::create(folder(), head());
        ASSERT_TRUE(ledger->set_upload_id("2~id/with+signs"));
        ASSERT_TRUE(ledger->add_part(part(2)));
        ASSERT_TRUE(ledger->add_part(part(1)));
    }
    const auto found = dead();
    ASSERT_EQ(found.size(), 1U);
    const auto& back = *found.front();
    EXPECT_EQ(back.head().key, "a key\n%");
    EXPECT_EQ(back.head().endpoint, head().endpoint);
    EXPECT_EQ(back.head().marker, head().marker);
    EXPECT_EQ(back.head().fields, head().fields);
    EXPECT_EQ(back.head().size, head().size);
    EXPECT_EQ(back.head().part_size, head().part_size);
    EXPECT_EQ(back.head().begun, head().begun);
    EXPECT_EQ(back.upload_id(), "2~id/with+signs");
    ASSERT_EQ(back.parts().size(), 2U);
    EXPECT_EQ(back.parts().at(2).etag, "\"e tag\"");
    EXPECT_EQ(back.parts().at(2).sha256, part(2).sha256);
}

TEST_F(Ledger, OfALivingUploadIsNotTaken) {
    const auto ledger = *UploadLedger::create(folder(), head());
    EXPECT_TRUE(dead().empty());
    EXPECT_TRUE(UploadLedger::take_all_dead(folder())->empty());
}

TEST_F(Ledger, OfAnotherObjectIsNotTaken) {
    (void)*UploadLedger::create(folder(), head("other"));
    EXPECT_TRUE(dead().empty());
    EXPECT_EQ(UploadLedger::take_all_dead(folder())->size(), 1U);
}

TEST_F(Ledger, IsGoneWhenTheUploadHasEnded) {
    (*UploadLedger::create(folder(), head()))->remove();
    EXPECT_TRUE(dead().empty());
    EXPECT_TRUE(fs::is_empty(folder()));
}

TEST_F(Ledger, LosesOnlyALineThatWasCutShort) {
    {
        const auto ledger = *UploadLedger::create(folder(), head());
        ASSERT_TRUE(ledger->set_upload_id("id"));
        ASSERT_TRUE(ledger->add_part(part(1)));
    }
    std::ofstream(only_file(), std::ios::app) << "part 2 524";
    const auto found = dead();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front()->parts().size(), 1U);
}

TEST_F(Ledger, ThatIsDamagedIsLeftAlone) {
    (void)*UploadLedger::create(folder(), head());
    const auto file = only_file();
    for (const char* text : {"", "cofre-upload 2\nkey k\n", "cofre-upload 1\nkey k\n", "cofre-upload 1\nsize x\n",
                             "cofre-upload 1\npart 1 2 3 4\n", "cofre-upload 1\nkey %zz\n"}) {
        std::ofstream(file, std::ios::trunc) << text;
        EXPECT_TRUE(dead().empty()) << text;
        EXPECT_TRUE(fs::exists(file)) << text;
    }
}

TEST_F(Ledger, FolderThatIsMissingHasNone) {
    EXPECT_TRUE(dead().empty());
}

TEST_F(Ledger, ADraftOfADeadProcessIsClearedAwayAndOneInWorkIsNot) {
    const auto ledger = *UploadLedger::create(folder(), head());
    const auto entry = *std::filesystem::directory_iterator(folder());
    auto draft = entry.path();
    draft += ".new";
    std::ofstream(draft) << "cofre-upload 1\n";
    EXPECT_TRUE(UploadLedger::take_all_dead(folder())->empty());
    EXPECT_FALSE(std::filesystem::exists(draft));
    EXPECT_TRUE(std::filesystem::exists(entry.path()));
}

TEST_F(Ledger, AFailedBeginLeavesNothingBehind) {
    auto unwritable = head();
    unwritable.key = std::string(8192, 'k');
    const FileSizeLimit limit(4096);
    EXPECT_FALSE(UploadLedger::create(folder(), unwritable));
    EXPECT_TRUE(std::filesystem::is_empty(folder()));
}

}  // namespace
}  // namespace cofre::s3
