#include "base/mount_table.h"

#include <gtest/gtest.h>

namespace cofre {
namespace {

constexpr const char* kTable =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "30 22 0:26 / /mnt/back\\040up ro,noatime shared:2 master:3 - nfs4 nas:/vol\\040 rw,vers=4.2\n"
    "31 22 0:27 / /tmp rw - tmpfs tmpfs rw\n"
    "32 31 0:28 / /tmp rw - xfs /dev/sdb1 rw\n"
    "not a mount\n";

TEST(MountTable, FindsTheInnermostMount) {
    EXPECT_EQ(find_mount(kTable, "/home/me")->type, "ext4");
    const auto nas = find_mount(kTable, "/mnt/back up/folder");
    ASSERT_TRUE(nas);
    EXPECT_EQ(nas->type, "nfs4");
    EXPECT_EQ(nas->source, "nas:/vol ");
    EXPECT_TRUE(nas->read_only);
}

TEST(MountTable, ALaterMountHidesAnEarlierOne) {
    EXPECT_EQ(find_mount(kTable, "/tmp")->type, "xfs");
}

TEST(MountTable, ComparesWholeNames) {
    EXPECT_EQ(find_mount(kTable, "/tmpfiles")->type, "ext4");
}

TEST(MountTable, KnowsWhereTheRootLies) {
    EXPECT_TRUE(mount_of("/"));
    EXPECT_EQ(mount_of("/no/such/folder").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(find_mount("", "/").error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace cofre
