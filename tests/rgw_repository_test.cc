// Repositories on a real S3 server (Ceph RGW): cofre and restic on the same one.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/guarded.h"
#include "base/task_group.h"
#include "testing/repository_fixture.h"
#include "testing/rgw_server.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;

class RgwRepository : public RepositoryTest {
protected:
    void SetUp() override {
        bucket_ = fresh_bucket();
        configure_host(cofre_);
        ASSERT_TRUE(build_tree(source(), {.files = 60, .max_file_bytes = 400'000}));
        ASSERT_TRUE(write_file(source() / "large", random_bytes(5, 24'000'000)));  // More than one pack.
    }

    void configure_host(CliRunner& runner) const {
        configure(runner, "s3://" + bucket_ + "/some/prefix");
        runner.set_all(shared_rgw().environment());
    }

    /// restic on the same objects.
    ChildResult restic_there(std::vector<std::string> args) const {
        args.insert(args.begin(),
                    {"restic", "--no-cache", "-r", "s3:" + shared_rgw().endpoint() + "/" + bucket_ + "/some/prefix"});
        ChildCommand command{.argv = std::move(args)};
        command.environment = clean_environment(home());
        command.environment["RESTIC_PASSWORD"] = kPassword;
        for (const auto& [name, value] : shared_rgw().environment())
            command.environment[name] = value;
        auto result = run_child(command);
        EXPECT_TRUE(result) << (result ? "" : result.error().message());
        return result ? *std::move(result) : ChildResult{};
    }
    void restic_there_ok(std::vector<std::string> args) const {
        const auto result = restic_there(std::move(args));
        EXPECT_EQ(result.exit_code, 0) << result.describe();
    }
    void expect_restored(const fs::path& tree) const {
        EXPECT_EQ(describe_differences(tree, restored() / tree.relative_path()), "");
        fs::remove_all(restored());
    }

    std::string bucket_;
};

TEST_F(RgwRepository, WhatCofreKeepsThereResticReadsAndChecks) {
    expect(0, {"init"});
    expect(0, {"backup", "--tag", "first", source()});
    expect_clean();
    restic_there_ok({"check", "--read-data"});
    restic_there_ok({"restore", "latest", "--target", restored()});
    expect_restored(source());

    fs::remove(source() / "large");
    expect(0, {"backup", source()});
    expect(0, {"forget", "--keep-last", "1", "--prune", "--max-unused", "0"});
    EXPECT_EQ(snapshot_ids().size(), 1U);
    expect_clean();
    restic_there_ok({"check", "--read-data"});
    expect(0, {"restore", "latest", "--target", restored(), "--verify"});
    expect_restored(source());
    EXPECT_THAT(*shared_rgw().pending_uploads(bucket_), ::testing::IsEmpty());
    EXPECT_EQ(json_of(expect(0, {"list", "locks", "--json"})).size(), 0U);
    // The 24 MB are gone from the bucket, and nothing lies outside the prefix.
    const auto keys = shared_rgw().keys(bucket_);
    for (const auto& key : *keys)
        EXPECT_TRUE(key.starts_with("some/prefix/")) << key;
}

TEST_F(RgwRepository, WhatResticKeepsThereCofreReadsAndMaintains) {
    restic_there_ok({"init"});
    restic_there_ok({"backup", "--tag", "theirs", source()});
    expect_clean();
    expect(0, {"restore", "latest", "--target", restored()});
    expect_restored(source());
    const auto lines = json_lines_of(expect(0, {"backup", "--json", "--force", source()}));
    EXPECT_EQ(lines.back().at("data_blobs"), 0) << "restic's blobs are found again";
    expect(0, {"forget", "--tag", "theirs", "--unsafe-allow-remove-all"});
    expect(0, {"prune", "--max-unused", "0"});
    restic_there_ok({"check", "--read-data"});
    restic_there_ok({"restore", "latest", "--target", restored()});
    expect_restored(source());
}

TEST_F(RgwRepository, F48_HostsBackUpAtOnceBesideAPrune) {
    expect(0, {"init"});
    Guarded<std::map<std::string, Manifest>> stored;  // By host.
    std::vector<std::unique_ptr<CliRunner>> hosts;
    TaskGroup group{std::stop_token()};
    for (unsigned i = 0; i < 3; ++i) {
        hosts.push_back(std::make_unique<CliRunner>());
        configure_host(*hosts.back());
        group.spawn([&stored, &runner = *hosts.back(), i](const std::stop_token&) -> Status {
            const std::string host = "host" + std::to_string(i);
            for (unsigned round = 0; round < 3; ++round) {
                const auto tree = runner.home() / "source";
                COFRE_TRY(write_file(tree / "shared", random_bytes(round, 700'000)));
                COFRE_TRY(write_file(tree / "own", random_bytes(100 * i + round, 300'000)));
                const auto done = runner.run({"backup", "--host", host, "--retry-lock", "2m", tree.native()});
                if (done.exit_code != 0) return Error(ErrorCode::kInternal, done.describe());
                stored.with([&](auto& all) { all[host] = manifest_of(tree); });
            }
            return {};
        });
    }
    int pruned = 0;
    for (int i = 0; i < 4; ++i) {
        const auto result =
            cofre_.run({"forget", "--keep-last", "1", "--group-by", "host", "--prune", "--max-unused", "0"});
        EXPECT_THAT(result.exit_code, ::testing::AnyOf(0, 11)) << result.describe();
        pruned += result.exit_code == 0 ? 1 : 0;
    }
    const auto done = group.wait();
    ASSERT_TRUE(done) << done.error().message();
    expect_clean();
    restic_there_ok({"check", "--read-data"});
    for (unsigned i = 0; i < 3; ++i) {
        const std::string host = "host" + std::to_string(i);
        restic_there_ok({"restore", "latest", "--host", host, "--target", restored()});
        const auto tree = hosts[i]->home() / "source";
        EXPECT_EQ(describe_differences(stored.with([&](auto& all) { return all[host]; }),
                                       manifest_of(restored() / tree.relative_path())),
                  "");
        fs::remove_all(restored());
    }
    std::printf("%d of 4 prunes found a moment\n", pruned);
}

}  // namespace
}  // namespace cofre::testing
