// What the machine refuses while a repository is written: files, space, calls,
// memory, descriptors. The command says so and exits with a failure; the older
// snapshot restores, check is clean, and once the cause is gone the same
// command works.

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing/repository_fixture.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;

constexpr unsigned kNobody = 65534;

/// A tmpfs; unmounted when it dies.
class TinyDisk {
public:
    TinyDisk(fs::path path, const std::string& options) : path_(std::move(path)) {
        fs::create_directories(path_);
        is_mounted_ = ::mount("none", path_.c_str(), "tmpfs", 0, options.c_str()) == 0;
    }
    TinyDisk(const TinyDisk&) = delete;
    TinyDisk& operator=(const TinyDisk&) = delete;
    ~TinyDisk() {
        if (is_mounted_) ::umount2(path_.c_str(), MNT_DETACH);
    }
    bool is_mounted() const { return is_mounted_; }
    bool enlarge(const std::string& options) const {
        return ::mount("none", path_.c_str(), "tmpfs", MS_REMOUNT, options.c_str()) == 0;
    }

private:
    fs::path path_;
    bool is_mounted_ = false;
};

class RepoFaults : public RepositoryTest {
protected:
    void SetUp() override {
        RepositoryTest::SetUp();
        cofre_.set("ASAN_OPTIONS", "detect_leaks=0");  // LSan cannot work while it is traced.
        ASSERT_TRUE(write_file(source() / "old", random_bytes(1, 400'000)));
    }

    /// The snapshot that must survive, and then something more to store.
    void begin(std::uint64_t more_bytes = 6'000'000) {
        ASSERT_TRUE(init_cheaply(repo(), kPassword));
        expect(0, {"backup", source()});
        first_ = snapshot_ids().at(0);
        before_ = manifest_of(source());
        ASSERT_TRUE(write_file(source() / "new", random_bytes(2, more_bytes)));
    }

    void inject(const std::vector<std::string>& injections) {
        std::vector<std::string> wrapper = {"strace", "-f", "-qq", "-o", (home() / "trace").native()};
        for (const auto& injection : injections)
            wrapper.insert(wrapper.end(), {"-e", "inject=" + injection});
        cofre_.wrap(wrapper);
    }

    /// It fails, and says why; nothing is lost, and nobody is kept out.
    void expect_failure(const std::string& message, std::vector<std::string> args = {}) {
        if (args.empty()) args = {"backup", source()};
        const auto result = cofre_.run(args);
        EXPECT_EQ(result.exit_code, 1) << result.describe();
        EXPECT_THAT(result.err, HasSubstr(message));
        cofre_.wrap({});
        EXPECT_EQ(snapshot_ids().size(), 1U);
        expect_clean();
        expect_restores(first_, before_, false);
    }
    void expect_all_well() {
        cofre_.wrap({});
        expect(0, {"backup", source()});
        expect_clean();
        restic_ok({"--no-lock", "check", "--read-data"});
        expect_restores(snapshot_ids().back(), manifest_of(source()), true);
        expect_restores(first_, before_, false);
    }

    std::string first_;
    Manifest before_;
};

TEST_F(RepoFaults, F34_WhatAnUnprivilegedUserCannotReadIsNamedAndTheRestIsStored) {
    ASSERT_TRUE(write_file(source() / "secret", "x"));
    ASSERT_TRUE(write_file(source() / "closed/inside", "x"));
    ASSERT_EQ(::chmod((source() / "secret").c_str(), 0), 0);
    ASSERT_EQ(::chmod((source() / "closed").c_str(), 0), 0);
    ASSERT_TRUE(init_cheaply(repo(), kPassword));
    if (::geteuid() == 0) {  // Root reads everything: be nobody.
        ASSERT_EQ(::chown(home().c_str(), kNobody, kNobody), 0);
        for (const auto& entry : fs::recursive_directory_iterator(home()))
            ASSERT_EQ(::lchown(entry.path().c_str(), kNobody, kNobody), 0);
        cofre_.wrap({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"});
        if (cofre_.run({"--version"}).exit_code != 0) GTEST_SKIP() << "nobody may not run the binary where it lies";
    }
    const auto result = cofre_.run({"backup", "--json", source()});
    EXPECT_EQ(result.exit_code, 2) << result.describe();
    EXPECT_EQ(json_lines_of(result).back().at("error_count"), 2);
    EXPECT_THAT(result.err, HasSubstr("secret"));
    EXPECT_THAT(result.err, HasSubstr("closed"));
    cofre_.wrap({});
    expect_clean();
    fs::remove_all(restored());
    restic_ok({"--no-lock", "restore", "latest", "--target", restored()});
    EXPECT_EQ(files_below(restored() / source().relative_path()), std::vector<std::string>{"old"});
    fs::permissions(source() / "closed", fs::perms::owner_all);
}

TEST_F(RepoFaults, F34_AReadErrorOfTheDiskIsNamedAndTheRestIsStored) {
    begin();
    const auto bad = (source() / "old").native();
    cofre_.wrap({"strace", "-f", "-qq", "-o", (home() / "trace").native(), "-P", bad, "-e",
                 "inject=read,pread64,preadv:error=EIO"});
    const auto result = cofre_.run({"backup", "--force", "--json", source()});
    EXPECT_EQ(result.exit_code, 2) << result.describe();
    EXPECT_THAT(result.err, HasSubstr("Input/output error"));
    cofre_.wrap({});
    EXPECT_EQ(snapshot_ids().size(), 2U);
    expect_clean();
    expect_all_well();
}

TEST_F(RepoFaults, F39_AFullDiskIsNamedAndNothingIsLost) {
    const TinyDisk disk(repo(), "size=3m");
    if (!disk.is_mounted()) GTEST_SKIP() << "mounting a tmpfs is not permitted here";
    ASSERT_NO_FATAL_FAILURE(begin());
    const auto full = cofre_.run({"backup", source()});
    EXPECT_EQ(full.exit_code, 1) << full.describe();
    EXPECT_THAT(full.err, HasSubstr("No space left on device"));
    EXPECT_EQ(json_of(cofre_.run({"snapshots", "--json", "--no-lock"})).size(), 1U);
    expect(0, {"check", "--read-data", "--no-lock"});
    // A prune must be able to make room even then.
    ASSERT_TRUE(disk.enlarge("size=64m"));
    expect_all_well();
}

TEST_F(RepoFaults, F39_APruneOfAFullDiskLosesNothing) {
    const TinyDisk disk(repo(), "size=8m");
    if (!disk.is_mounted()) GTEST_SKIP() << "mounting a tmpfs is not permitted here";
    ASSERT_NO_FATAL_FAILURE(begin(3'000'000));
    expect(0, {"backup", source()});
    const auto second = manifest_of(source());
    ASSERT_TRUE(write_file(repo() / "ballast", std::string(4'100'000, 'x')));
    expect(0, {"forget", first_});
    fs::remove(source() / "old");
    // What it must write does not fit; what only goes, may go.
    ASSERT_TRUE(write_file(repo() / "ballast2", std::string(200'000, 'x')));
    const auto result = cofre_.run({"prune", "--max-unused", "0", "--repack-small"});
    EXPECT_THAT(result.exit_code, AnyOf(0, 1)) << result.describe();
    fs::remove(repo() / "ballast");
    fs::remove(repo() / "ballast2");
    expect(0, {"prune", "--max-unused", "0"});
    expect_clean();
    expect_restores(snapshot_ids().at(0), second, true);
}

TEST_F(RepoFaults, F39_AFullCacheIsNoFault) {
    const TinyDisk disk(home() / "cache", "size=64k,nr_inodes=12");
    if (!disk.is_mounted()) GTEST_SKIP() << "mounting a tmpfs is not permitted here";
    ASSERT_NO_FATAL_FAILURE(begin());
    expect_all_well();
}

TEST_F(RepoFaults, F40_InterruptedCallsDoNoHarm) {
    ASSERT_NO_FATAL_FAILURE(begin());
    inject({"pread64:error=EINTR:when=20+3", "write:error=EINTR:when=3+4", "fsync:error=EINTR:when=1+2"});
    expect(0, {"backup", source()});
    expect_all_well();
}

TEST_F(RepoFaults, F40_AFailedBarrierIsFatalAndThereIsNoSnapshot) {
    ASSERT_NO_FATAL_FAILURE(begin());
    for (const char* call : {"syncfs:error=EIO", "fsync:error=EIO", "syncfs:error=EIO:when=2"}) {
        SCOPED_TRACE(call);
        inject({call});
        expect_failure("Input/output error");
    }
    expect_all_well();
}

TEST_F(RepoFaults, F40_AFailedRenameOrWriteIsNamed) {
    ASSERT_NO_FATAL_FAILURE(begin());
    for (const char* call : {"renameat,renameat2:error=EIO:when=2", "write:error=ENOSPC:when=3+1"}) {
        SCOPED_TRACE(call);
        inject({call});
        const auto result = cofre_.run({"backup", "--no-cache", source()});
        EXPECT_EQ(result.exit_code, 1) << result.describe();
        cofre_.wrap({});
        EXPECT_EQ(snapshot_ids().size(), 1U);
        expect_clean();
    }
    expect_all_well();
}

TEST_F(RepoFaults, F41_WithTooLittleMemoryItEndsWithAMessage) {
    ASSERT_NO_FATAL_FAILURE(begin(40'000'000));
    int failures = 0;
    for (const int mib : {40, 80, 120, 160, 200, 300, 450}) {
        SCOPED_TRACE(std::to_string(mib) + " MiB");
        const auto bytes = std::to_string(mib * 1024LL * 1024);
        cofre_.wrap({"prlimit", "--as=" + bytes + ":" + bytes});
        const auto result = cofre_.run({"backup", "--force", source()});
        cofre_.wrap({});
        EXPECT_EQ(result.signal, 0) << result.describe();
        EXPECT_THAT(result.exit_code, AnyOf(0, 1, 127)) << result.describe();  // 127: the loader's own.
        EXPECT_TRUE(result.exit_code == 0 || !result.err.empty());
        failures += result.exit_code != 0 ? 1 : 0;
        expect(0, {"check"});
    }
    EXPECT_GT(failures, 0);
    expect_all_well();
}

TEST_F(RepoFaults, F42_FewDescriptorsAreEnoughOrNamed) {
    ASSERT_NO_FATAL_FAILURE(begin());
    for (int i = 0; i < 40; ++i)
        ASSERT_TRUE(write_file(source() / "many" / std::to_string(i), std::to_string(i)));
    for (const char* limit : {"--nofile=10:10", "--nofile=14:14", "--nofile=20:20", "--nofile=40:40"}) {
        SCOPED_TRACE(limit);
        cofre_.wrap({"prlimit", limit});
        const auto result = cofre_.run({"backup", "--force", source()});
        cofre_.wrap({});
        if (result.exit_code != 0) {
            EXPECT_THAT(result.exit_code, AnyOf(1, 2)) << result.describe();
            EXPECT_THAT(result.err, HasSubstr("Too many open files")) << result.describe();
        }
        expect_clean();
    }
    expect_all_well();
}

TEST_F(RepoFaults, F42_AFileSizeLimitIsNamed) {
    ASSERT_NO_FATAL_FAILURE(begin());
    cofre_.wrap({"prlimit", "--fsize=1000000:1000000"});
    expect_failure("File too large");
    expect_all_well();
}

}  // namespace
}  // namespace cofre::testing
