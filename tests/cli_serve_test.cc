// `cofre serve` as an operator meets it: the whole binary, real clocks, kill -9.

#include <filesystem>
#include <random>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>

#include "base/clock.h"
#include "base/file.h"
#include "testing/cli_runner.h"
#include "testing/test_size.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

class CliServe : public ::testing::Test {
protected:
    void SetUp() override {
        fs::create_directories(cofre_.home() / "data");
        ASSERT_TRUE(write_file_atomic(cofre_.home() / "data/a.txt", "content", 0600));
    }

    void configure(const std::string& jobs) {
        const auto home = cofre_.home().string();
        ASSERT_TRUE(write_file_atomic(cofre_.home() / "cofre.yaml",
                                      "state_dir: " + home + "/state\nserver: {listen: [\"127.0.0.1:0\"]}\ntargets:\n" +
                                          "  disk: {url: \"file://" + home + "/to\", layout: objects}\njobs:\n" + jobs,
                                      0600));
    }
    std::string job(const std::string& name, const std::string& rest) {
        return "  " + name + ": {sources: [" + (cofre_.home() / "data").string() + "], prefix: " + name + "/, " + rest +
               "}\n";
    }

    json jobs() { return json_of(cofre_.run({"jobs", "--json"})).at("jobs"); }
    std::vector<json> history() { return json_lines_or_list(cofre_.run({"history", "--limit", "10000", "--json"})); }

    static std::vector<json> json_lines_or_list(const ChildResult& result) {
        EXPECT_EQ(result.exit_code, 0) << result.describe();
        const auto document = json_of(result);
        const auto& list = document.is_array() ? document : document.at("runs");
        return {list.begin(), list.end()};
    }

    /// Until `is_true`, for half a minute.
    template <typename Condition>
    bool eventually(Condition is_true) {
        for (int i = 0; i < 300; ++i) {
            if (is_true()) return true;
            EXPECT_TRUE(system_clock().sleep({}, std::chrono::milliseconds(100)));
        }
        return false;
    }

    CliRunner cofre_;
};

TEST_F(CliServe, RunsBySchedulesShowsThemAndTakesOrders) {
    configure(job("often", "every: 1s, verify_after: read") + job("nightly", "schedule: [\"0 3 * * *\"]"));
    auto service = cofre_.start({"serve"});
    ASSERT_TRUE(service) << service.error().message();
    ASSERT_TRUE(eventually([&] { return jobs()[1]["health"] == "good" || jobs()[0]["health"] == "good"; }));
    ASSERT_TRUE(eventually([&] { return cofre_.run({"trigger", "nightly"}).exit_code == 0; }));
    EXPECT_TRUE(eventually([&] {
        for (const auto& run : history()) {
            if (run["job"] == "nightly" && run["state"] == "succeeded" && run["trigger"] == "manual") return true;
        }
        return false;
    }));
    EXPECT_EQ(cofre_.run({"trigger", "nothing"}).exit_code, 1);

    configure(job("often", "every: 1s") + job("fresh", "run_at_start: true"));
    ASSERT_TRUE(service->send_signal(SIGHUP));
    EXPECT_TRUE(eventually([&] { return cofre_.run({"trigger", "fresh"}).exit_code == 0; }));
    ASSERT_TRUE(service->send_signal(SIGTERM));
    const auto ended = service->wait(std::chrono::seconds(60));
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->exit_code, 0) << ended->describe();
    EXPECT_THAT(ended->err, HasSubstr("status page: http://127.0.0.1:"));
    EXPECT_EQ(cofre_.run({"trigger", "often"}).exit_code, 1) << "nobody is there any more";
    for (const auto& run : history())
        EXPECT_NE(run["state"], "running") << run.dump();
}

TEST_F(CliServe, RefusesWhatItCannotRunAndSaysWhy) {
    configure(job("shop", "schedule: [\"61 * * * *\"]"));
    const auto bad = cofre_.run({"serve"});
    EXPECT_EQ(bad.exit_code, 1);
    EXPECT_THAT(bad.err, HasSubstr("shop"));
    configure(job("shop", "schedule: [\"@daily\"]"));
    const auto open = cofre_.run({"serve", "--listen", "*:0"});
    EXPECT_EQ(open.exit_code, 1) << "other machines may ask only with a token";
    EXPECT_THAT(open.err, HasSubstr("token"));
}

/// One job a second and kill -9: each due time has one run, and in the end nothing is under way.
TEST_F(CliServe, KilledAtRandomMomentsNoRunIsLostOrDoubled) {
    const int kills = static_cast<int>(number_from("COFRE_SERVE_KILLS", 8));
    const auto seed = static_cast<unsigned>(number_from("COFRE_SOAK_SEED", 20261122));
    std::mt19937 random(seed);
    configure(job("tick", "every: 1s") + job("tock", "every: 1s"));
    for (int i = 0; i < kills; ++i) {
        auto service = cofre_.start({"serve"});
        ASSERT_TRUE(service);
        ASSERT_TRUE(system_clock().sleep({}, std::chrono::milliseconds(100 + random() % 1900)));
        ASSERT_TRUE(service->send_signal(SIGKILL));
        ASSERT_TRUE(service->wait(std::chrono::seconds(60)));
    }
    auto service = cofre_.start({"serve"});
    ASSERT_TRUE(service);
    // Two runs of each that ended well after the last kill.
    const auto before = history().size();
    EXPECT_TRUE(eventually([&] { return history().size() >= before + 4; }));
    ASSERT_TRUE(service->send_signal(SIGTERM));
    const auto ended = service->wait(std::chrono::seconds(60));
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->exit_code, 0) << ended->describe();

    std::set<std::string> seen;
    std::size_t succeeded = 0;
    for (const auto& run : history()) {
        EXPECT_NE(run["state"], "running") << run.dump();
        EXPECT_NE(run["state"], "claimed") << run.dump();
        if (run["state"] == "succeeded") ++succeeded;
        if (run["due_at"].is_null()) continue;
        const auto key = run["job"].get<std::string>() + ' ' + run["due_at"].get<std::string>();
        EXPECT_TRUE(seen.insert(key).second) << "twice: " << key;
    }
    EXPECT_GE(succeeded, 4U) << "seed " << seed;
}

}  // namespace
}  // namespace cofre::testing
