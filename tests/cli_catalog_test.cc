// The catalog through the binary: what runs leave in it, and what is read back
// when it is lost.

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "testing/cli_runner.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

/// Two jobs with a folder each: "plain" as objects, "safe" into a repository.
class CliCatalog : public ::testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(home() / "data");
        ASSERT_TRUE(write_file_atomic(home() / "data" / "file", "content"));
        cofre_.set("COFRE_PASSWORD", "correct horse");
        configure("");
        const auto made = cofre_.run({"init", "--to", "safe"});
        ASSERT_EQ(made.exit_code, 0) << made.describe();
    }

    const fs::path& home() const { return cofre_.home(); }
    fs::path database() const { return home() / "state" / "catalog.db"; }

    void configure(const std::string& more) {
        const auto at = home().native();
        ASSERT_TRUE(write_file_atomic(home() / "cofre.yaml", "state_dir: " + at +
                                                                 "/state\ntargets:\n"
                                                                 "  plain: {url: " +
                                                                 at +
                                                                 "/plain, layout: objects}\n"
                                                                 "  safe: {url: " +
                                                                 at +
                                                                 "/safe, layout: repository}\n"
                                                                 "jobs:\n"
                                                                 "  plain: {sources: [" +
                                                                 at + "/data], to: plain}\n  safe: {sources: [" + at +
                                                                 "/data], to: safe}\n" + more));
    }

    ChildResult expect_done(const std::vector<std::string>& args) {
        auto ran = cofre_.run(args);
        EXPECT_EQ(ran.exit_code, 0) << ran.describe();
        return ran;
    }

    nlohmann::json runs(const std::vector<std::string>& more = {}) {
        std::vector<std::string> args = {"history", "--json"};
        args.insert(args.end(), more.begin(), more.end());
        return json_of(expect_done(args))["runs"];
    }

    void lose_catalog() {
        for (const char* const suffix : {"", "-wal", "-shm"})
            fs::remove(database().native() + suffix);
    }

    CliRunner cofre_;
};

TEST_F(CliCatalog, RunsAreInTheHistory) {
    expect_done({"run"});
    expect_done({"run", "--dry-run", "plain"});  // Leaves nothing.
    fs::remove_all(home() / "data");
    const auto failed = cofre_.run({"run", "safe"});
    EXPECT_EQ(failed.exit_code, 1) << failed.describe();

    const auto all = runs();
    ASSERT_THAT(all, SizeIs(3));
    EXPECT_EQ(all[0]["job"], "safe");
    EXPECT_EQ(all[0]["state"], "failed");
    EXPECT_THAT(all[0]["error"].get<std::string>(), HasSubstr("data"));
    EXPECT_EQ(all[1]["state"], "succeeded");
    EXPECT_EQ(all[1]["layout"], "repository");
    EXPECT_EQ(all[1]["snapshot_id"].get<std::string>().size(), 64U);
    EXPECT_EQ(all[2]["job"], "plain");
    EXPECT_EQ(all[2]["files"], 1);
    EXPECT_EQ(all[2]["bytes_read"], 7);
    EXPECT_EQ(all[2]["trigger"], "manual");
    EXPECT_GT(all[2]["peak_memory"].get<std::uint64_t>(), 1'000'000U);

    EXPECT_THAT(runs({"--state", "failed"}), SizeIs(1));
    EXPECT_THAT(runs({"--job", "plain", "--since", "1h"}), SizeIs(1));
    EXPECT_THAT(runs({"--limit", "1", "--after", all[1]["id"]}), SizeIs(1));
    EXPECT_THAT(expect_done({"history"}).out, HasSubstr("succeeded"));
    EXPECT_EQ(cofre_.run({"history", "--since", "yesterday"}).exit_code, 1);
}

TEST_F(CliCatalog, WhatIsLostIsReadBackOnce) {
    expect_done({"run"});
    expect_done({"verify", "plain"});
    expect_done({"verify", "safe"});
    const auto before = runs();
    ASSERT_THAT(before, SizeIs(2));
    const auto info = json_of(expect_done({"catalog", "info", "--json"}));
    EXPECT_EQ(info["rows"]["proofs"], 2);
    EXPECT_EQ(info["rows"]["backups"], 2);

    const auto known = json_of(expect_done({"catalog", "rebuild", "--json"}));
    for (const auto& target : known["targets"]) {
        EXPECT_EQ(target["backups"], 1) << target;
        EXPECT_EQ(target["new_backups"], 0) << target;
        EXPECT_EQ(target["new_runs"], 0) << target;
        EXPECT_EQ(target["new_proofs"], 0) << target << ": the same evidence, kept twice";
    }

    lose_catalog();
    EXPECT_THAT(runs(), IsEmpty());
    expect_done({"catalog", "rebuild"});
    const auto after = runs();
    ASSERT_THAT(after, SizeIs(2));
    for (std::size_t i = 0; i < 2; ++i) {
        for (const char* const field : {"job", "state", "snapshot_id", "target", "files", "bytes_read", "layout"})
            EXPECT_EQ(after[i][field], before[i][field]) << field;
        EXPECT_EQ(after[i]["trigger"], "rebuild");
    }
    EXPECT_EQ(json_of(expect_done({"catalog", "info", "--json"}))["rows"]["proofs"], 2);
    expect_done({"catalog", "rebuild"});
    EXPECT_THAT(runs(), SizeIs(2)) << "nothing is doubled";
}

TEST_F(CliCatalog, WhatIsGoneFromItsTargetIsMarked) {
    expect_done({"run", "plain"});
    fs::remove_all(home() / "plain");
    fs::create_directories(home() / "plain");
    const auto rebuilt = json_of(expect_done({"catalog", "rebuild", "plain", "--json"}));
    EXPECT_EQ(rebuilt["targets"][0]["gone"], 1);
    EXPECT_THAT(json_of(expect_done({"catalog", "info", "--json"}))["targets"], IsEmpty());
}

TEST_F(CliCatalog, ABackupDoesNotFailWithItsCatalog) {
    configure("catalog: {url: \"postgres://me@127.0.0.1:1/none\", password: hunter2}\n");
    const auto ran = cofre_.run({"run"});
    EXPECT_EQ(ran.exit_code, 0) << ran.describe();
    EXPECT_THAT(ran.err, HasSubstr("the catalog is not kept"));
    EXPECT_THAT(ran.err, Not(HasSubstr("hunter2")));
    EXPECT_EQ(cofre_.run({"history"}).exit_code, 1);

    configure("");
    fs::create_directories(home() / "state");
    ASSERT_TRUE(write_file_atomic(database(), std::string(5000, 'x')));
    const auto damaged = cofre_.run({"run"});
    EXPECT_EQ(damaged.exit_code, 0) << damaged.describe();
    EXPECT_THAT(damaged.err, HasSubstr("the catalog is not kept"));
}

TEST_F(CliCatalog, ARunThatWasKilledIsMarkedByTheNextOne) {
    auto killed = cofre_.start({"run", "plain"});
    ASSERT_TRUE(killed) << killed.error().message();
    ASSERT_TRUE(killed->send_signal(SIGKILL));
    ASSERT_TRUE(killed->wait(std::chrono::seconds(30)));
    expect_done({"run", "plain"});
    for (const auto& run : runs())
        EXPECT_THAT(run["state"].get<std::string>(), ::testing::AnyOf("succeeded", "interrupted"));
    EXPECT_EQ(runs()[0]["state"], "succeeded");
    EXPECT_THAT(runs({"--state", "running", "--state", "claimed"}), IsEmpty());
}

}  // namespace
}  // namespace cofre::testing
