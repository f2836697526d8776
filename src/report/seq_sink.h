#pragma once

/// @file
/// The log to a SEQ server, as CLEF over HTTP. Sources:
/// https://clef-json.org/, https://docs.datalust.co/docs/posting-raw-events

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/task_group.h"
#include "net/http_client.h"

namespace cofre::report {

struct SeqOptions {
    std::string url;  ///< "https://seq.example.com"; not a secret.
    Secret api_key;   ///< Empty: the server asks for none.
    LogLevel level = LogLevel::kInfo;
    std::map<std::string, std::string> properties;  ///< Of every event: "Application", "Environment".
    std::size_t queue = 10'000;                     ///< Events that wait; more are dropped and counted.
    std::size_t batch_events = 500;
    std::size_t batch_bytes = 256UL * 1024;  ///< The server's own limit is 10 MiB.
    std::chrono::milliseconds request_timeout{5'000};
    std::chrono::milliseconds flush_timeout{5'000};  ///< What the end of the program waits, at most twice.
};

/// One event as a line of CLEF.
std::string clef_line(const LogEvent& event, const std::map<std::string, std::string>& properties);

/// Thread-safe. write() puts a line into a bounded queue and returns; a thread
/// sends what has gathered. A server that does not answer costs nothing but the
/// events: it is asked again with growing waits, and reported once on stderr.
/// Memory: `queue` lines, and one batch.
class SeqSink final : public LogSink {
public:
    /// kInvalidArgument: the URL.
    static Result<std::shared_ptr<SeqSink>> start(SeqOptions options, Clock& clock = system_clock());
    /// Sends what waits, for at most `flush_timeout` and one request.
    ~SeqSink() override;

    LogLevel level() const override { return options_.level; }
    void write(const LogEvent& event) override;

    /// Events that found the queue full, or were given up.
    std::uint64_t dropped() const { return dropped_; }

private:
    SeqSink(SeqOptions options, std::unique_ptr<net::HttpClient> http, Clock& clock);

    Status work(const std::stop_token& stop);
    Status send_batch(const std::stop_token& stop, const std::string& body, std::size_t events);
    Status post(const std::stop_token& stop, const std::string& body);
    void report_once(const std::string& problem);
    bool may_go_on() const;

    SeqOptions options_;
    std::unique_ptr<net::HttpClient> http_;
    Clock& clock_;
    std::string path_ = "/ingest/clef";
    std::atomic<std::uint64_t> dropped_{0};
    std::atomic<bool> reported_{false};
    std::atomic<bool> closing_{false};
    std::atomic<std::chrono::steady_clock::time_point> flush_end_{std::chrono::steady_clock::time_point::max()};
    std::stop_source stop_;
    BoundedQueue<std::string> lines_;
    TaskGroup worker_;  // Last: its thread uses the above.
};

}  // namespace cofre::report
