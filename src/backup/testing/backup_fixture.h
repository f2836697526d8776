#pragma once

/// @file
/// A source folder, a store in memory and a clock, for tests of this module.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "backup/backup_run.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/testing/fake_clock.h"
#include "store/memory_store.h"
#include "store/object_store.h"

namespace cofre::backup::testing {

inline void write_file(const std::filesystem::path& path, const std::string& content) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class BackupFixture : public ::testing::Test {
protected:
    BackupPlan plan() const {
        BackupPlan plan;
        plan.job = "docs";
        plan.sources = {source()};
        plan.prefix = "b/";
        plan.manifest_prefix = "b/";
        plan.concurrency = 4;
        plan.temp_folder = temp_->path();
        plan.host = "host";
        plan.tool_version = "test";
        return plan;
    }
    Result<BackupOutcome> back_up(const BackupPlan& plan, store::ObjectStore& store, const CallContext& ctx = {}) {
        Progress progress;
        return run_backup(ctx, plan, {store, clock_, progress});
    }
    Result<BackupOutcome> back_up(const BackupPlan& plan) { return back_up(plan, store_); }

    void write(const std::string& path, const std::string& content) { write_file(source() / path, content); }
    std::filesystem::path source() const { return temp_->path() / "source"; }
    std::filesystem::path folder(const std::string& name) const { return temp_->path() / name; }

    std::string object(const std::string& key) {
        auto text = store::get_small(store_, {}, *store::ObjectKey::parse(key), 1U << 30U);
        return text ? *text : "<" + text.error().message() + ">";
    }
    std::vector<std::string> keys(const std::string& prefix = {}) {
        std::vector<std::string> found;
        const Status listed = store_.list({}, {.prefix = prefix}, [&](const store::ObjectInfo& info) -> Status {
            found.push_back(info.key.str());
            return {};
        });
        EXPECT_TRUE(listed);
        return found;
    }

    Result<TempDir> temp_ = TempDir::create("cofre-backup-test");
    store::MemoryStore store_;
    cofre::testing::FakeClock clock_;

    void SetUp() override {
        ASSERT_TRUE(temp_);
        std::filesystem::create_directories(source());
    }
};

}  // namespace cofre::backup::testing
