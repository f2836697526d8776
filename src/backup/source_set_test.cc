#include "backup/source_set.h"

#include <gtest/gtest.h>

#include "backup/testing/backup_fixture.h"

namespace cofre::backup {
namespace {

class SourceSetTest : public testing::BackupFixture {};

TEST_F(SourceSetTest, RefusesOneSourceInsideAnother) {
    write("inner/f", "1");
    const auto set = SourceSet::open({source(), source() / "inner"});
    ASSERT_FALSE(set);
    EXPECT_EQ(set.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_FALSE(SourceSet::open({source(), source()}));
    EXPECT_FALSE(SourceSet::open({}));
}

TEST_F(SourceSetTest, WalksSeveralSourcesInTheOrderOfWholePaths) {
    for (const char* name : {"a", "a-b", "a.d"})
        testing::write_file(folder(name) / "f", "1");
    const auto set = SourceSet::open({folder("a.d"), folder("a"), folder("a-b")});
    ASSERT_TRUE(set);
    std::vector<std::string> seen;
    ASSERT_TRUE(set->walk(
        {}, {},
        [&](const MountedTree& tree, const source::TreeEntry& entry) -> Status {
            seen.push_back(tree.path_in_backup(entry.path));
            return {};
        },
        [](const std::string&, const Error&) {}));
    EXPECT_EQ(seen.size(), 3U);
    EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST_F(SourceSetTest, LocatesAPathInItsTree) {
    testing::write_file(folder("x") / "f", "1");
    testing::write_file(folder("single"), "1");
    const auto set = SourceSet::open({folder("x"), folder("single")});
    ASSERT_TRUE(set);
    const std::string base = temp_->path().relative_path().native();
    EXPECT_EQ(set->locate(base + "/x/f")->path, "f");
    EXPECT_EQ(set->locate(base + "/single")->path, "single");
    EXPECT_FALSE(set->locate(base + "/elsewhere/f"));
}

}  // namespace
}  // namespace cofre::backup
