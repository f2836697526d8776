#include "db/sql_migration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace cofre::db {
namespace {

using ::testing::HasSubstr;

class SqlMigrationTest : public ::testing::Test {
protected:
    void SetUp() override {
        SqlUrl url;
        url.path = folder_.path() / "db.sqlite";
        database_ = SqlDatabase::open({}, url).value();
    }

    static std::vector<SqlMigration> steps(int count) {
        const std::vector<SqlMigration> all = {
            {1, "names", {{"CREATE TABLE people (name TEXT)"}, {"INSERT INTO people VALUES ('maria silva')"}}},
            {2, "upper case", {{"UPDATE people SET name = UPPER(name)"}}},
            {3, "broken", {{"DELETE FROM people"}, {"THIS IS NO SQL"}}},
        };
        return {all.begin(), all.begin() + count};
    }

    std::string name() {
        std::string text;
        EXPECT_TRUE(database_->transact({}, SqlAccess::kRead, [&](SqlTransaction& db) -> Status {
            COFRE_ASSIGN(const auto rows, db.query("SELECT name FROM people", 1));
            text = rows.empty() ? "" : rows.text(0, 0);
            return {};
        }));
        return text;
    }

    TempDir folder_ = TempDir::create("cofre-migrate").value();
    std::unique_ptr<SqlDatabase> database_;
};

TEST_F(SqlMigrationTest, GoesFromNothingAndFromAnOldVersion) {
    EXPECT_EQ(schema_version({}, *database_).value(), 0);
    EXPECT_EQ(migrate({}, *database_, steps(1)).value(), 0);
    EXPECT_EQ(name(), "maria silva");
    EXPECT_EQ(migrate({}, *database_, steps(2)).value(), 1);
    EXPECT_EQ(name(), "MARIA SILVA") << "data are changed, too";
    EXPECT_EQ(migrate({}, *database_, steps(2)).value(), 2) << "nothing to do";
}

TEST_F(SqlMigrationTest, AStepThatFailsChangesNothing) {
    ASSERT_TRUE(migrate({}, *database_, steps(1)));
    const auto failed = migrate({}, *database_, steps(3));
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().message(), HasSubstr("step 3 (broken)"));
    EXPECT_EQ(name(), "maria silva") << "nor did the step before it";
    EXPECT_EQ(schema_version({}, *database_).value(), 1);
}

TEST_F(SqlMigrationTest, ANewerSchemaIsRefused) {
    ASSERT_TRUE(migrate({}, *database_, steps(2)));
    const auto refused = migrate({}, *database_, steps(1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported);
    EXPECT_THAT(refused.error().message(), HasSubstr("version 2"));
}

}  // namespace
}  // namespace cofre::db
