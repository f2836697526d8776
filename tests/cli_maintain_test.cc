// check, forget, prune, copy, rewrite and repair as a user runs them, on
// repositories that restic made and judges.

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/cheap_keys.h"
#include "testing/cli_runner.h"
#include "testing/tree_builder.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class CliMaintain : public ::testing::Test {
protected:
    void SetUp() override {
        place_ = cli_.home() / "repo";
        cli_.set("RESTIC_REPOSITORY", place_.string()).set("RESTIC_PASSWORD", "a password");
        restic({"init"});
    }

    std::string restic(std::vector<std::string> args, const std::string& place = {}) {
        const bool is_init = args.front() == "init";
        args.insert(args.begin(), {"restic", "--no-cache"});
        ChildCommand command{.argv = std::move(args)};
        command.environment = clean_environment(cli_.home());
        command.environment["RESTIC_REPOSITORY"] = place.empty() ? place_.string() : place;
        command.environment["RESTIC_PASSWORD"] = "a password";
        const auto result = run_child(command);
        EXPECT_TRUE(result && result->exit_code == 0) << (result ? result->describe() : result.error().message());
        if (is_init) {
            EXPECT_TRUE(make_keys_cheap(place.empty() ? place_ : fs::path(place), "a password"));
        }
        return result ? result->out : "";
    }
    void back_up(unsigned seed) {
        EXPECT_TRUE(write_file(cli_.home() / "data" / "own", random_bytes(seed, 900'000)));
        EXPECT_TRUE(write_file(cli_.home() / "data" / "shared", random_bytes(0, 300'000)));
        restic({"backup", "--host", "h", (cli_.home() / "data").string()});
    }
    ChildResult expect(int status, const std::vector<std::string>& args) {
        auto result = cli_.run(args);
        EXPECT_EQ(result.exit_code, status) << result.describe();
        return result;
    }

    CliRunner cli_;
    fs::path place_;
};

TEST_F(CliMaintain, ForgetsPrunesAndChecks) {
    for (unsigned seed = 1; seed <= 3; ++seed)
        back_up(seed);
    const auto groups = json_of(expect(0, {"forget", "--keep-last", "1", "--dry-run", "--json"}));
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].at("host"), "h");
    EXPECT_EQ(groups[0].at("keep").size(), 1U);
    EXPECT_EQ(groups[0].at("remove").size(), 2U);
    EXPECT_EQ(groups[0].at("reasons")[0].at("matches")[0], "last snapshot");
    expect(0, {"forget", "--keep-last", "1", "--prune", "--max-unused", "0"});
    restic({"check", "--read-data"});
    const auto lines = json_lines_of(expect(0, {"check", "--read-data", "--json"}));
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].at("num_errors"), 0);
    EXPECT_EQ(lines[0].at("snapshots"), 1);
    EXPECT_EQ(lines[0].at("unused_blobs"), 0);
    EXPECT_EQ(lines[0].at("packs_ever_read"), lines[0].at("packs"));
}

TEST_F(CliMaintain, RefusesToForgetEverything) {
    back_up(1);
    EXPECT_THAT(expect(1, {"forget"}).err, HasSubstr("no policy"));
    expect(1, {"forget", "--unsafe-allow-remove-all"});
    EXPECT_THAT(expect(1, {"forget", "--keep-tag", "none has this"}).err, HasSubstr("leave no snapshot"));
    EXPECT_EQ(json_of(expect(0, {"snapshots", "--json"})).size(), 1U);
    expect(0, {"forget", "--unsafe-allow-remove-all", "--host", "h"});
    EXPECT_EQ(json_of(expect(0, {"snapshots", "--json"})).size(), 0U);
}

TEST_F(CliMaintain, RewritesWhatAnAnchoredPatternMatches) {
    back_up(1);
    const auto own = (cli_.home() / "data" / "own").string();
    expect(0, {"rewrite", "--exclude", own, "--forget"});
    const auto listing = restic({"ls", "latest"});
    EXPECT_THAT(listing, Not(HasSubstr("/data/own")));
    EXPECT_THAT(listing, HasSubstr("/data/shared"));
    restic({"check", "--read-data"});
}

TEST_F(CliMaintain, CopiesOnce) {
    back_up(1);
    const auto other = (cli_.home() / "other").string();
    restic({"init"}, other);
    const std::vector<std::string> copy{"copy", "--json", "--repo", other, "--from-repo", place_.string()};
    EXPECT_EQ(json_lines_of(expect(0, copy)).back().at("copied"), 1);
    EXPECT_EQ(json_lines_of(expect(0, copy)).back().at("skipped"), 1);
    restic({"check", "--read-data"}, other);
    expect(1, {"copy", "--from-repo", place_.string()});  // Into itself.
}

TEST_F(CliMaintain, F47_RepairsWhatCheckNames) {
    back_up(1);
    fs::remove_all(place_ / "index");
    const auto broken = expect(1, {"check"});
    EXPECT_THAT(broken.err, HasSubstr("cofre repair index"));
    expect(0, {"repair", "index"});
    expect(0, {"check", "--read-data"});
    restic({"check", "--read-data"});
}

TEST_F(CliMaintain, F44_PruneKilledAnywhereIsFinishedByTheNext) {
    for (unsigned seed = 1; seed <= 4; ++seed)
        back_up(seed);
    restic({"forget", "--keep-last", "2", "--group-by", ""});
    const auto master = cli_.home() / "master";
    fs::copy(place_, master, fs::copy_options::recursive);
    const auto began = std::chrono::steady_clock::now();
    expect(0, {"prune", "--max-unused", "0"});
    const auto whole = std::chrono::steady_clock::now() - began;
    for (int tenth = 1; tenth <= 9; tenth += 2) {
        fs::remove_all(place_);
        fs::copy(master, place_, fs::copy_options::recursive);
        auto child = cli_.start({"prune", "--max-unused", "0"});
        ASSERT_TRUE(child);
        // The moment is what is tested; any will do.
        std::this_thread::sleep_for(whole * tenth / 10);
        ASSERT_TRUE(child->send_signal(SIGKILL));
        ASSERT_TRUE(child->wait(std::chrono::seconds(30)));
        fs::remove_all(place_ / "locks");  // Its process is gone: a stale lock, in six minutes.
        fs::create_directory(place_ / "locks");
        restic({"check", "--read-data"});
        expect(0, {"prune", "--max-unused", "0"});
        restic({"check", "--read-data"});
    }
}

}  // namespace
}  // namespace cofre::testing
