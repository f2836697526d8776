// The catalog in SQLite: the suite, and what only a file can do.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/task_group.h"
#include "catalog/testing/catalog_contract.h"

namespace cofre::catalog::testing {
namespace {

using ::testing::HasSubstr;

/// One folder for all databases of this binary.
const std::filesystem::path& catalog_folder() {
    static const auto folder = TempDir::create("cofre-catalog").value();
    return folder.path();
}

db::SqlUrl fresh_file() {
    static int number = 0;
    db::SqlUrl url;
    // A path that needs quoting, and a folder that is not there yet.
    url.path = catalog_folder() / ("it's number " + std::to_string(++number)) / "catalog.db";
    return url;
}

INSTANTIATE_TEST_SUITE_P(Sqlite, CatalogContract, ::testing::Values(CatalogPlace{"File", fresh_file}), place_name);

TEST(SqliteCatalog, IsReadByItsOwnerOnly) {
    const auto url = fresh_file();
    ASSERT_TRUE(Catalog::open({}, url));
    struct stat facts {};
    ASSERT_EQ(::stat(url.path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0600U);
    ASSERT_EQ(::stat(url.path.parent_path().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0700U);

    ASSERT_EQ(::chmod(url.path.c_str(), 0644), 0);
    ASSERT_TRUE(Catalog::open({}, url));
    ASSERT_EQ(::stat(url.path.c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 07777U, 0600U) << "rights of others are taken away";
}

TEST(SqliteCatalog, AFileThatIsNoDatabaseIsNotTouched) {
    const auto url = fresh_file();
    std::filesystem::create_directories(url.path.parent_path());
    const std::string letter(10'000, 'x');
    std::ofstream(url.path) << letter;
    const auto refused = Catalog::open({}, url);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(read_small_file(url.path, 20'000).value(), letter);
}

TEST(SqliteCatalog, ReadersNeedNoFile) {
    const auto refused = Catalog::open({}, fresh_file(), {.create = false});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kNotFound);
}

TEST(SqliteCatalog, ADatabaseOfAnEarlierBootHasNoLiveRuns) {
    const auto url = fresh_file();
    const Owner before{.host = "h", .pid = 1, .mark = "earlier-boot/pid:[1]/1", .instance = "before"};
    const auto catalog = Catalog::open_as({}, url, before);
    ASSERT_TRUE(catalog);
    ASSERT_TRUE((*catalog)->runs().claim({}, {.job = "a", .now = kNoon, .program_version = "1"}));
    const auto now = Catalog::open({}, url);
    ASSERT_TRUE(now);
    EXPECT_EQ((*now)->runs().mark_interrupted({}, kNoon).value().size(), 1U);
}

/// What `work` gives when its transaction writes until it fails.
Status fill_with(Catalog& catalog, const std::string& pragma) {
    return catalog.database().transact({}, db::SqlAccess::kWrite, [&](db::SqlTransaction& db) -> Status {
        COFRE_TRY(db.query(pragma, 1));
        for (int i = 0; i < 1000; ++i) {
            COFRE_TRY(db.execute("INSERT INTO settings (name, value, changed_ns) VALUES ($1, $2, 0)",
                                 {std::to_string(i), std::string(20'000, 'x')}));
        }
        return {};
    });
}

TEST(SqliteCatalog, AFullDiskIsNamedAndLeavesNothingHalfDone) {
    const auto catalog = Catalog::open({}, fresh_file(), {.max_connections = 1});
    ASSERT_TRUE(catalog);
    const Status full = fill_with(**catalog, "PRAGMA max_page_count = 200");
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().code(), ErrorCode::kResourceExhausted);
    EXPECT_THAT(full.error().message(), HasSubstr("full"));
    EXPECT_THAT(full.error().hint(), HasSubstr("free space"));
    EXPECT_FALSE((*catalog)->setting({}, "0").value());
    EXPECT_TRUE((*catalog)->set_setting({}, "k", "v", kNoon)) << "it goes on where there is room";
}

TEST(SqliteCatalog, F59_AReadOnlyDatabaseIsNamed) {
    const auto catalog = Catalog::open({}, fresh_file(), {.max_connections = 1});
    ASSERT_TRUE(catalog);
    ASSERT_TRUE((*catalog)->database().transact({}, db::SqlAccess::kRead, [](db::SqlTransaction& db) -> Status {
        COFRE_TRY(db.execute("PRAGMA query_only = ON"));
        return {};
    }));
    const Status refused = (*catalog)->set_setting({}, "k", "v", kNoon);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kPermissionDenied);
    EXPECT_THAT(refused.error().hint(), HasSubstr("read only"));
}

TEST(SqliteCatalog, F59_WritersThatMeetWaitForEachOther) {
    const auto url = fresh_file();
    const auto catalog = Catalog::open({}, url);
    ASSERT_TRUE(catalog);
    constexpr int kThreads = 6;  // More than there are connections.
    constexpr int kEach = 20;
    TaskGroup group{std::stop_token()};
    for (int thread = 0; thread < kThreads; ++thread) {
        group.spawn([&, thread](const std::stop_token& stop) -> Status {
            const CallContext ctx{.stop = stop};
            for (int i = 0; i < kEach; ++i) {
                ClaimRequest request{.job = "job" + std::to_string(thread), .now = kNoon, .program_version = "1"};
                COFRE_ASSIGN(const auto claim, (*catalog)->runs().claim(ctx, request));
                COFRE_TRY((*catalog)->runs().finish(ctx, claim.run_id, ended_as(RunState::kSucceeded)));
            }
            return {};
        });
    }
    const Status done = group.wait();
    ASSERT_TRUE(done) << done.error().message();
    std::uint64_t runs = 0;
    for (const auto& job : (*catalog)->history().totals({}).value())
        runs += job.totals.succeeded;
    EXPECT_EQ(runs, static_cast<std::uint64_t>(kThreads * kEach));
}

}  // namespace
}  // namespace cofre::catalog::testing
