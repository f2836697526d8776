#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "dump/sqlite_database.h"
#include "dump/testing/memory_dump.h"

namespace cofre::dump {
namespace {

using testing::MemoryDump;
using testing::take_dump;

class SqliteDump : public ::testing::Test {
protected:
    void SetUp() override {
        source_ = folder_->path() / "app.sqlite";
        auto database = SqliteDatabase::open(source_, SqliteDatabase::Mode::kCreate);
        ASSERT_TRUE(database);
        database_ = std::make_unique<SqliteDatabase>(*std::move(database));
    }

    void sql(const std::string& statement) {
        const Status done = database_->execute({}, statement);
        ASSERT_TRUE(done) << statement << ": " << done.error().message();
    }

    void fill() {
        sql("CREATE TABLE \"we''ird \"\"t\" (id INTEGER PRIMARY KEY, b BLOB, t TEXT)");
        sql("INSERT INTO \"we''ird \"\"t\" VALUES (1, x'00ff', 'a''b'), (2, NULL, 'ção')");
        sql("CREATE TABLE no_rowid (k TEXT PRIMARY KEY, v) WITHOUT ROWID");
        sql("INSERT INTO no_rowid VALUES ('x', 1.5)");
        sql("CREATE TABLE empty_one (x)");
        sql("CREATE VIEW v AS SELECT count(*) AS n FROM no_rowid");
    }

    DumpRequest request() const {
        DumpRequest request;
        request.address.engine = Engine::kSqlite;
        request.address.database = source_.string();
        return request;
    }

    RestoreRequest into(const std::string& name) const {
        RestoreRequest request;
        request.into.engine = Engine::kSqlite;
        request.into.database = (folder_->path() / name).string();
        return request;
    }

    static Result<RestoreOutcome> restore(MemoryDump& dump, const RestoreRequest& request) {
        RestoreProgress progress;
        return sqlite_driver().restore({}, dump.record, dump.files, request, progress);
    }

    static Status parse(MemoryDump& dump) {
        RestoreProgress progress;
        return sqlite_driver().parse({}, dump.record, dump.files, progress);
    }

    static void flip(MemoryDump& dump, std::size_t at) {
        auto& bytes = dump.files.contents.begin()->second;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x7f);
    }

    Result<TempDir> folder_ = TempDir::create("cofre-sqlite-test");
    std::filesystem::path source_;
    std::unique_ptr<SqliteDatabase> database_;
};

TEST_F(SqliteDump, ComesBackWithTheSameFacts) {
    for (const char* mode : {"DELETE", "WAL"}) {
        std::filesystem::remove(folder_->path() / "copy.sqlite");
        if (std::string(mode) == "DELETE") fill();
        sql(std::string("PRAGMA journal_mode = ") + mode);
        const auto dump = take_dump(sqlite_driver(), request());
        ASSERT_TRUE(dump) << dump.error().message();
        EXPECT_EQ((*dump)->record.tables.size(), 3U);
        EXPECT_TRUE((*dump)->record.facts_are_exact);
        ASSERT_TRUE(parse(**dump));
        const auto outcome = restore(**dump, into("copy.sqlite"));
        ASSERT_TRUE(outcome) << outcome.error().message();
        const auto compared = sqlite_driver().compare_facts({}, (*dump)->record, into("copy.sqlite"));
        ASSERT_TRUE(compared) << compared.error().message();
        EXPECT_TRUE(compared->differences.empty()) << compared->differences.front().message;
        EXPECT_EQ(compared->samples, 3U);
        DatabaseAddress copy = into("copy.sqlite").into;
        EXPECT_TRUE(*sqlite_driver().check_assertion({}, copy, "SELECT n = 1 FROM v"));
        EXPECT_FALSE(*sqlite_driver().check_assertion({}, copy, "SELECT n = 2 FROM v"));
        EXPECT_FALSE(sqlite_driver().check_assertion({}, copy, "DELETE FROM no_rowid"));
    }
}

TEST_F(SqliteDump, IsOfOneMomentWhileOthersWrite) {
    for (const char* mode : {"WAL", "DELETE"}) {
        sql(std::string("PRAGMA journal_mode = ") + mode);
        sql("DROP TABLE IF EXISTS pairs");
        sql("CREATE TABLE pairs (id INTEGER PRIMARY KEY, side TEXT, pad BLOB)");
        std::atomic<bool> stop = false;
        std::atomic<int> written = 0;
        std::thread writer([&] {
            auto own = SqliteDatabase::open(source_, SqliteDatabase::Mode::kReadWrite);
            while (own && !stop) {
                // Both or neither.
                if (own->execute({}, "BEGIN IMMEDIATE") &&
                    own->execute({}, "INSERT INTO pairs VALUES (NULL, 'l', randomblob(9000))") &&
                    own->execute({}, "INSERT INTO pairs VALUES (NULL, 'r', randomblob(9000))") &&
                    own->execute({}, "COMMIT")) {
                    ++written;
                }
            }
        });
        while (written < 50)
            std::this_thread::yield();
        const int before = written;
        const auto dump = take_dump(sqlite_driver(), request());
        stop = true;
        writer.join();
        ASSERT_TRUE(dump) << dump.error().message();
        RestoreRequest target = into("copy.sqlite");
        target.clean = true;
        ASSERT_TRUE(restore(**dump, target));
        EXPECT_TRUE(*sqlite_driver().check_assertion(
            {}, target.into,
            "SELECT sum(side = 'l') = sum(side = 'r') AND count(*) >= " + std::to_string(2 * before) + " FROM pairs"));
        const auto compared = sqlite_driver().compare_facts({}, (*dump)->record, target);
        ASSERT_TRUE(compared);
        EXPECT_TRUE(compared->differences.empty());
    }
}

TEST_F(SqliteDump, ReplacesNothingWithoutBeingAsked) {
    fill();
    const auto dump = take_dump(sqlite_driver(), request());
    ASSERT_TRUE(dump);
    std::ofstream(folder_->path() / "there") << "precious";
    EXPECT_EQ(restore(**dump, into("there")).error().code(), ErrorCode::kConflict);
    EXPECT_EQ(*read_small_file(folder_->path() / "there", 100), "precious");
    // Without a name nothing is assumed, least of all the old one.
    RestoreRequest nowhere;
    EXPECT_EQ(restore(**dump, nowhere).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(SqliteDump, ReplacesADatabaseWithItsLogButNotOneInUse) {
    fill();
    const auto dump = take_dump(sqlite_driver(), request());
    ASSERT_TRUE(dump);
    RestoreRequest target = into("old.sqlite");
    target.clean = true;
    {
        auto old = SqliteDatabase::open(target.into.database, SqliteDatabase::Mode::kCreate);
        ASSERT_TRUE(old && old->execute({}, "CREATE TABLE x (y)"));
    }
    std::ofstream(target.into.database + "-journal") << "stale";
    ASSERT_TRUE(restore(**dump, target));
    EXPECT_FALSE(std::filesystem::exists(target.into.database + "-journal"));
    EXPECT_TRUE(*sqlite_driver().check_assertion({}, target.into, "SELECT n = 1 FROM v"));
}

TEST_F(SqliteDump, DamageIsNoticed) {
    fill();
    const auto dump = take_dump(sqlite_driver(), request());
    ASSERT_TRUE(dump);
    const std::string whole = (*dump)->files.contents.begin()->second;
    (*dump)->files.contents.begin()->second = whole.substr(0, whole.size() - 4096);
    EXPECT_EQ(parse(**dump).error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(restore(**dump, into("damaged")).error().code(), ErrorCode::kCorruption);
    EXPECT_FALSE(std::filesystem::exists(folder_->path() / "damaged"));
    (*dump)->files.contents.begin()->second = whole;
    flip(**dump, 3);
    EXPECT_EQ(parse(**dump).error().code(), ErrorCode::kCorruption);
}

TEST_F(SqliteDump, ADamagedSourceIsNoBackup) {
    fill();
    database_.reset();
    std::filesystem::resize_file(source_, std::filesystem::file_size(source_) - 4096);
    const auto dump = take_dump(sqlite_driver(), request());
    ASSERT_FALSE(dump);
    EXPECT_EQ(dump.error().code(), ErrorCode::kCorruption) << dump.error().message();
    std::ofstream(source_, std::ios::trunc) << std::string(8192, 'x');
    EXPECT_EQ(take_dump(sqlite_driver(), request()).error().code(), ErrorCode::kCorruption);
    std::filesystem::remove(source_);
    EXPECT_EQ(take_dump(sqlite_driver(), request()).error().code(), ErrorCode::kNotFound);
}

TEST_F(SqliteDump, AScratchFolderTakesACopyUnderTheOldName) {
    fill();
    const auto dump = take_dump(sqlite_driver(), request());
    ASSERT_TRUE(dump);
    auto scratch = sqlite_driver().start_scratch({}, {folder_->path(), ""});
    ASSERT_TRUE(scratch);
    RestoreRequest target;
    target.into = (*scratch)->address();
    const auto outcome = restore(**dump, target);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->databases.front(), target.into.host + "/app.sqlite");
    EXPECT_TRUE(sqlite_driver().compare_facts({}, (*dump)->record, target)->differences.empty());
    scratch->reset();
    EXPECT_FALSE(std::filesystem::exists(target.into.host));
}

}  // namespace
}  // namespace cofre::dump
