// Notifications through the binary: a run is never worse for them.
#include <atomic>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/guarded.h"
#include "scripted_http.h"
#include "testing/cli_runner.h"

namespace cofre::testing {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class CliNotify : public ::testing::Test {
protected:
    void SetUp() override {
        auto server = scripted::HttpServer::start([](const scripted::Request&) { return scripted::WireFault{}; },
                                                  [this](const scripted::Request& request) {
                                                      seen_.with([&](auto& all) { all.push_back(request); });
                                                      return scripted::Reply{status_, {}, "body SECRETPART1"};
                                                  });
        ASSERT_TRUE(server);
        server_ = *std::move(server);
        std::filesystem::create_directories(cli_.home() / "data");
        write(cli_.home() / "data" / "a.txt", "hello");
        write_config("data");
    }
    static void write(const std::filesystem::path& path, const std::string& text) {
        ASSERT_TRUE(write_file_atomic(path, text));
    }
    void write_config(const std::string& source, const std::string& more = {}) {
        write(cli_.home() / "cofre.yaml",
              "state_dir: state\n"
              "targets:\n  main:\n    url: file://" +
                  (cli_.home() / "store").native() +
                  "\n    layout: objects\n"
                  "jobs:\n  docs:\n    sources: [" +
                  source +
                  "]\n"
                  "notifications:\n  dashboard_url: https://cofre.example/\n  channels:\n"
                  "    ops:\n      type: slack\n      url: " +
                  server_->url() +
                  "/services/SECRETPART1\n"
                  "      channel: '#ops'\n      success: true\n" +
                  more);
    }
    std::vector<json> bodies() {
        return seen_.with([](const auto& all) {
            std::vector<json> result;
            for (const auto& request : all)
                result.push_back(json::parse(request.body));
            return result;
        });
    }

    CliRunner cli_;
    Guarded<std::vector<scripted::Request>> seen_;
    std::atomic<int> status_ = 200;
    std::unique_ptr<scripted::HttpServer> server_;
};

TEST_F(CliNotify, ARunTellsAndARecoveryIsOne) {
    write_config("missing");
    EXPECT_NE(cli_.run({"run"}).exit_code, 0);
    write_config("data");
    EXPECT_EQ(cli_.run({"run"}).exit_code, 0);
    const auto told = bodies();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_THAT(told[0]["attachments"][0]["title"].get<std::string>(), HasSubstr("docs failed"));
    EXPECT_EQ(told[0]["channel"], "#ops");
    EXPECT_THAT(told[0]["attachments"][0]["title_link"].get<std::string>(), HasSubstr("https://cofre.example/runs/"));
    EXPECT_THAT(told[1]["attachments"][0]["title"].get<std::string>(), HasSubstr("docs recovered"));
}

TEST_F(CliNotify, F60_AServiceThatIsDownDoesNotChangeTheResult) {
    status_ = 503;
    EXPECT_EQ(cli_.run({"run"}).exit_code, 0);
    const auto list = json_of(cli_.run({"notify", "list", "--json"}));
    ASSERT_EQ(list["notifications"].size(), 1U);
    EXPECT_EQ(list["notifications"][0]["state"], "queued");
    EXPECT_THAT(list.dump(), Not(HasSubstr("SECRETPART1")));
}

TEST_F(CliNotify, TestSaysWhatTheServiceAnswered) {
    const auto good = cli_.run({"notify", "test", "--json"});
    EXPECT_EQ(good.exit_code, 0) << good.err;
    EXPECT_EQ(json_of(good)["channels"][0]["ok"], true);
    status_ = 403;
    const auto bad = cli_.run({"notify", "test", "ops"});
    EXPECT_EQ(bad.exit_code, 1);
    EXPECT_THAT(bad.err, HasSubstr("HTTP 403"));
    EXPECT_THAT(bad.err, Not(HasSubstr("SECRETPART1")));
    const auto unknown = cli_.run({"notify", "test", "opps"});
    EXPECT_EQ(unknown.exit_code, 1);
    EXPECT_THAT(unknown.err, HasSubstr("did you mean \"ops\""));
}

TEST_F(CliNotify, SeqGetsTheLogAndItsAbsenceCostsNothing) {
    write_config("data", "logging:\n  level: debug\n  seq_url: " + server_->url() + "\n  seq_api_key: KEY\n");
    EXPECT_EQ(cli_.run({"run"}).exit_code, 0);
    const auto events = seen_.with([](const auto& all) {
        std::string text;
        for (const auto& request : all)
            text += request.target == "/ingest/clef" && request.header("x-seq-apikey") == "KEY" ? request.body : "";
        return text;
    });
    EXPECT_THAT(events, HasSubstr("\"Application\":\"cofre\""));
    write_config("data", "logging:\n  seq_url: http://127.0.0.1:1\n  level: debug\n");
    const auto result = cli_.run({"run"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
}

}  // namespace
}  // namespace cofre::testing
