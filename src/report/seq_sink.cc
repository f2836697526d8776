#include "report/seq_sink.h"

#include <algorithm>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "net/url.h"

namespace cofre::report {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGather{200};  // So that a burst is one request.
constexpr milliseconds kFirstSeqRetry{500};
constexpr int kSeqAttempts = 4;  // Then the batch is dropped: the console has it.
// Servers before 2023 know only this one.
constexpr std::string_view kOldSeqPath = "/api/events/raw?clef";

/// Absent means Information.
std::string_view clef_level(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug: return "Debug";
        case LogLevel::kInfo: return "";
        case LogLevel::kWarning: return "Warning";
        case LogLevel::kError: return "Error";
        case LogLevel::kCritical:
        case LogLevel::kOff: return "Fatal";
    }
    return "";
}

}  // namespace

std::string clef_line(const LogEvent& event, const std::map<std::string, std::string>& properties) {
    nlohmann::ordered_json line = {{"@t", format_rfc3339(std::chrono::floor<std::chrono::microseconds>(event.at))},
                                   {"@m", event.message}};
    if (const auto level = clef_level(event.level); !level.empty()) line["@l"] = level;
    line["Module"] = event.module;
    for (const auto& [name, value] : properties) {
        // "@@" is CLEF's way to write a name that begins with "@".
        line[name.starts_with('@') ? "@" + name : name] = value;
    }
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

SeqSink::SeqSink(SeqOptions options, std::unique_ptr<net::HttpClient> http, Clock& clock)
    : options_(std::move(options)),
      http_(std::move(http)),
      clock_(clock),
      lines_(options_.queue),
      worker_(stop_.get_token()) {
    worker_.spawn([this](const std::stop_token& stop) { return work(stop); });
}

Result<std::shared_ptr<SeqSink>> SeqSink::start(SeqOptions options, Clock& clock) {
    const auto url = net::parse_url(options.url);
    if (!url || !url->query.empty()) {
        return Error(ErrorCode::kInvalidArgument, "SEQ: its address is not an absolute http or https one")
            .with_hint("write it as https://seq.example.com");
    }
    while (options.url.ends_with('/'))
        options.url.pop_back();
    // People copy the address of the endpoint, too.
    for (const std::string_view known : {std::string_view("/ingest/clef"), std::string_view("/api/events/raw")}) {
        if (options.url.ends_with(known)) options.url.resize(options.url.size() - known.size());
    }
    net::HttpClientOptions http_options;
    http_options.max_connections = 1;
    http_options.connect_timeout = options.request_timeout;
    http_options.idle_timeout = options.request_timeout;
    COFRE_ASSIGN(auto http, net::HttpClient::create(http_options, clock));
    return std::shared_ptr<SeqSink>(new SeqSink(std::move(options), std::move(http), clock));
}

SeqSink::~SeqSink() {
    flush_end_ = clock_.now() + options_.flush_timeout;
    closing_ = true;
    lines_.close();
    (void)worker_.wait();  // The worker reports by itself.
}

void SeqSink::write(const LogEvent& event) {
    if (!lines_.try_push(clef_line(event, options_.properties))) ++dropped_;
}

bool SeqSink::may_go_on() const {
    return clock_.now() < flush_end_.load();
}

void SeqSink::report_once(const std::string& problem) {
    if (reported_.exchange(true)) return;
    const std::string line = "cofre: log: SEQ does not take the log: " + problem + "\n";
    (void)write_all(STDERR_FILENO, as_bytes(line), "stderr");  // Nowhere left to report it.
}

Status SeqSink::post(const std::stop_token& stop, const std::string& body) {
    net::HttpRequest request;
    request.method = "POST";
    request.url = options_.url + path_;
    request.headers = {{"Content-Type", "application/vnd.serilog.clef"}};
    if (!options_.api_key.empty()) request.headers.push_back({"X-Seq-ApiKey", std::string(options_.api_key.reveal())});
    request.has_text = true;
    request.text = body;
    COFRE_ASSIGN(const auto response, http_->send({stop, clock_.now() + options_.request_timeout}, request));
    if (response.ok()) return {};
    const bool is_transient = response.status >= 500 || response.status == 429;
    if (response.status == 404 && path_ != kOldSeqPath) {
        path_ = kOldSeqPath;
        return post(stop, body);
    }
    return Error(is_transient ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument,
                 "HTTP " + std::to_string(response.status));
}

Status SeqSink::send_batch(const std::stop_token& stop, const std::string& body, std::size_t events) {
    milliseconds wait = kFirstSeqRetry;
    for (int attempt = 1;; ++attempt) {
        const auto status = post(stop, body);
        if (status) return {};
        const bool is_hopeless =
            !status.error().is_retryable() && status.error().code() != ErrorCode::kDeadlineExceeded;
        if (is_hopeless || attempt == kSeqAttempts || closing_ || !may_go_on()) {
            dropped_ += events;
            report_once(status.error().message());
            return {};
        }
        COFRE_TRY(clock_.sleep({stop}, wait));
        wait *= 2;
    }
}

Status SeqSink::work(const std::stop_token& stop) {
    for (;;) {
        COFRE_ASSIGN(auto first, lines_.pop(stop));
        if (!first) return {};
        if (!closing_) COFRE_TRY(clock_.sleep({stop}, kGather));
        std::string body = *std::move(first);
        std::size_t events = 1;
        while (events < options_.batch_events && body.size() < options_.batch_bytes) {
            auto next = lines_.try_pop();
            if (!next) break;
            body += *next;
            ++events;
        }
        if (!may_go_on()) {
            dropped_ += events;
            continue;
        }
        COFRE_TRY(send_batch(stop, body, events));
    }
}

}  // namespace cofre::report
