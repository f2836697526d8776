#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "base/guarded.h"
#include "report/journal_sink.h"
#include "report/json_line_sink.h"
#include "report/seq_sink.h"
#include "scripted_http.h"

namespace cofre::report {
namespace {

using ::testing::HasSubstr;

const LogEvent kLogEvent{*parse_rfc3339("2026-11-22T01:36:59.5Z"), LogLevel::kWarning, "s3", "slow \"down\""};

TEST(ClefLine, IsOneEventOfCompactLogEventFormat) {
    // https://clef-json.org/: @t, @m, @l; properties beside them, "@" doubled.
    EXPECT_EQ(clef_line(kLogEvent, {{"Application", "cofre"}, {"@x", "1"}}),
              "{\"@t\":\"2026-11-22T01:36:59.5Z\",\"@m\":\"slow \\\"down\\\"\",\"@l\":\"Warning\",\"Module\":\"s3\","
              "\"@@x\":\"1\",\"Application\":\"cofre\"}\n");
    auto info = kLogEvent;
    info.level = LogLevel::kInfo;
    EXPECT_FALSE(nlohmann::json::parse(clef_line(info, {})).contains("@l"));
}

/// A SEQ server that keeps what it gets.
class SeqTest : public ::testing::Test {
protected:
    void start(int status, const std::string& only_path = {}) {
        auto server = scripted::HttpServer::start([](const scripted::Request&) { return scripted::WireFault{}; },
                                                  [this, status, only_path](const scripted::Request& request) {
                                                      seen_.with([&](auto& all) { all.push_back(request); });
                                                      const bool is_known =
                                                          only_path.empty() || request.path() == only_path;
                                                      return scripted::Reply{is_known ? status : 404, {}, "{}"};
                                                  });
        ASSERT_TRUE(server);
        server_ = *std::move(server);
    }
    std::shared_ptr<SeqSink> sink(std::size_t queue = 100) {
        SeqOptions options;
        options.url = server_->url() + "/";
        options.api_key = Secret("KEY");
        options.queue = queue;
        options.flush_timeout = std::chrono::milliseconds(2'000);
        options.request_timeout = std::chrono::milliseconds(1'000);
        return *SeqSink::start(options);
    }
    std::size_t lines() {
        return seen_.with([](const auto& all) {
            std::size_t count = 0;
            for (const auto& request : all)
                count += static_cast<std::size_t>(std::count(request.body.begin(), request.body.end(), '\n'));
            return count;
        });
    }

    Guarded<std::vector<scripted::Request>> seen_;
    std::unique_ptr<scripted::HttpServer> server_;
};

TEST_F(SeqTest, SendsWhatGatheredAndFlushesAtTheEnd) {
    start(201);
    auto seq = sink();
    for (int i = 0; i < 50; ++i)
        seq->write(kLogEvent);
    seq.reset();
    EXPECT_EQ(lines(), 50U);
    const auto first = seen_.with([](const auto& all) { return all.front(); });
    EXPECT_EQ(first.target, "/ingest/clef");
    EXPECT_EQ(first.header("content-type"), "application/vnd.serilog.clef");
    EXPECT_EQ(first.header("x-seq-apikey"), "KEY");
    EXPECT_LT(seen_.with([](const auto& all) { return all.size(); }), 10U);  // Batched.
}

TEST_F(SeqTest, KnowsOlderServers) {
    start(201, "/api/events/raw");
    auto seq = sink();
    seq->write(kLogEvent);
    seq.reset();
    const auto last = seen_.with([](const auto& all) { return all.back(); });
    EXPECT_EQ(last.target, "/api/events/raw?clef");
}

TEST_F(SeqTest, NeverBlocksAndCountsWhatIsLost) {
    start(500);
    auto seq = sink(/*queue=*/10);
    for (int i = 0; i < 10'000; ++i)
        seq->write(kLogEvent);
    EXPECT_GT(seq->dropped(), 9'000U);
    const auto begin = std::chrono::steady_clock::now();
    seq.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
}

TEST(SeqSinkAddress, MustBeOne) {
    SeqOptions options;
    options.url = "seq.example";
    EXPECT_EQ(SeqSink::start(options).error().code(), ErrorCode::kInvalidArgument);
}

TEST(JsonLine, IsOneObject) {
    EXPECT_EQ(json_line(kLogEvent),
              "{\"time\":\"2026-11-22T01:36:59.5Z\",\"level\":\"warning\",\"module\":\"s3\",\"message\":\"slow "
              "\\\"down\\\"\"}\n");
}

TEST(JournalSink, SpeaksTheNativeProtocol) {
    const auto dir = TempDir::create("journal_sink_test");
    const auto path = dir->path() / "socket";
    const UniqueFd server(::socket(AF_UNIX, SOCK_DGRAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.native().size());
    ASSERT_EQ(::bind(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    const auto sink = JournalSink::open(LogLevel::kInfo, path);
    ASSERT_TRUE(sink) << sink.error().message();
    (*sink)->write(kLogEvent);
    std::string datagram(1000, '\0');
    const auto n = ::recv(server.get(), datagram.data(), datagram.size(), 0);
    ASSERT_GT(n, 0);
    datagram.resize(static_cast<std::size_t>(n));
    EXPECT_EQ(datagram, "PRIORITY=4\nSYSLOG_IDENTIFIER=cofre\nCOFRE_MODULE=s3\nMESSAGE=slow \"down\"\n");
    EXPECT_EQ(JournalSink::open(LogLevel::kInfo, dir->path() / "none").error().code(), ErrorCode::kNotFound);
}

TEST(MoreLogSinks, HearWhatIsLoggedFromTheirLevelOn) {
    struct Heard final : LogSink {
        LogLevel level() const override { return LogLevel::kWarning; }
        void write(const LogEvent& event) override {
            lines.with(
                [&](auto& all) { all.push_back(std::string(event.module) + ": " + std::string(event.message)); });
        }
        Guarded<std::vector<std::string>> lines;
    };
    const auto heard = std::make_shared<Heard>();
    LogOptions options;
    options.console_level = LogLevel::kOff;
    options.sinks = {heard};
    ASSERT_TRUE(configure_log(options));
    log_info("x", "quiet");
    log_warning("x", "password=hunter2\nsecond");
    close_log_sinks();
    log_warning("x", "after the end");
    const auto lines = heard->lines.with([](const auto& all) { return all; });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].find("hunter2"), std::string::npos);
    EXPECT_EQ(lines[0].find('\n'), std::string::npos);
    (void)configure_log({});
}

}  // namespace
}  // namespace cofre::report
