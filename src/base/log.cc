#include "base/log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/guarded.h"
#include "base/rotating_file.h"
#include "base/secret.h"
#include "base/utf8.h"

namespace cofre {
namespace {

using LineWriter = std::function<Status(std::string_view line)>;

// spdlog brings levels, dispatch and time stamps. The last step is ours: its
// own rotating sink names files "log.1.txt" and creates them world-readable.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit LineSink(LineWriter write) : write_(std::move(write)) {}

protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        const Status status = write_({line.data(), line.size()});
        if (status || failed_) return;
        failed_ = true;  // Once: a full disk would otherwise flood the terminal.
        const std::string report = "cofre: log: " + status.error().message() + "\n";
        (void)write_all(STDERR_FILENO, as_bytes(report), "stderr");  // Nowhere left to report it.
    }
    void flush_() override {}

private:
    LineWriter write_;
    bool failed_ = false;  // Guarded by the mutex of base_sink.
};

spdlog::level::level_enum to_spdlog(LogLevel level) {
    switch (level) {  // No default: the compiler reports a missing level.
        case LogLevel::kDebug: return spdlog::level::debug;
        case LogLevel::kInfo: return spdlog::level::info;
        case LogLevel::kWarning: return spdlog::level::warn;
        case LogLevel::kError: return spdlog::level::err;
        case LogLevel::kCritical: return spdlog::level::critical;
        case LogLevel::kOff: return spdlog::level::off;
    }
    return spdlog::level::off;
}

std::string_view label(LogLevel level) {
    constexpr std::array<std::string_view, 6> kLabels = {"DEBUG", "INFO ", "WARN ", "ERROR", "CRIT ", "OFF  "};
    return kLabels[static_cast<std::size_t>(level)];
}

spdlog::sink_ptr make_sink(LogLevel level, LineWriter write) {
    auto sink = std::make_shared<LineSink>(std::move(write));
    sink->set_level(to_spdlog(level));
    sink->set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %v", spdlog::pattern_time_type::utc, "\n"));
    return sink;
}

std::atomic<bool> status_line_shown{false};

spdlog::sink_ptr console_sink(LogLevel level) {
    return make_sink(level, [](std::string_view line) {
        if (!status_line_shown) return write_all(STDERR_FILENO, as_bytes(line), "stderr");
        const std::string cleared = "\r\x1b[K" + std::string(line);
        return write_all(STDERR_FILENO, as_bytes(cleared), "stderr");
    });
}

std::shared_ptr<spdlog::logger> make_logger(std::vector<spdlog::sink_ptr> sinks) {
    auto logger = std::make_shared<spdlog::logger>("cofre", sinks.begin(), sinks.end());
    logger->set_level(spdlog::level::trace);  // Each sink has a level of its own.
    return logger;
}

struct LogState {
    // Shared by this state and by threads inside log() while it is replaced.
    Guarded<std::shared_ptr<spdlog::logger>> logger{make_logger({console_sink(LogLevel::kWarning)})};
    std::atomic<LogLevel> lowest_level{LogLevel::kWarning};
    // Likewise, by this state and by threads inside log().
    Guarded<std::vector<std::shared_ptr<LogSink>>> more_sinks;
};

// Never destroyed: destructors of other statics may still log.
LogState& state() {
    static auto* const instance = new LogState();
    return *instance;
}

}  // namespace

std::string_view to_string(LogLevel level) {
    constexpr std::array<std::string_view, 6> kNames = {"debug", "info", "warning", "error", "critical", "off"};
    return kNames.at(static_cast<std::size_t>(level));
}

void set_status_line_shown(bool shown) {
    status_line_shown = shown;
}

Result<LogLevel> parse_log_level(std::string_view text) {
    struct Name {
        std::string_view text;
        LogLevel level;
    };
    constexpr std::array<Name, 7> kNames = {{{"debug", LogLevel::kDebug},
                                             {"info", LogLevel::kInfo},
                                             {"warning", LogLevel::kWarning},
                                             {"warn", LogLevel::kWarning},
                                             {"error", LogLevel::kError},
                                             {"critical", LogLevel::kCritical},
                                             {"off", LogLevel::kOff}}};
    std::string lower(text);
    for (char& c : lower) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const Name& name) { return name.text == lower; });
    if (found != kNames.end()) return found->level;
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("parse log level: \"{}\" is not one", escape_for_display(text.substr(0, 64))))
        .with_hint("use debug, info, warning, error, critical or off");
}

Status configure_log(const LogOptions& options) {
    std::vector<spdlog::sink_ptr> sinks = {console_sink(options.console_level)};
    LogLevel lowest = options.console_level;
    if (options.file) {
        const RotatingFile::Limits limits = {options.file->max_bytes, options.file->backup_count};
        COFRE_ASSIGN(RotatingFile file, RotatingFile::open(options.file->path, limits));
        // std::function wants a copyable closure; the sink is the only owner.
        auto shared = std::make_shared<RotatingFile>(std::move(file));
        sinks.push_back(
            make_sink(options.file->level, [shared](std::string_view line) { return shared->write(line); }));
        lowest = std::min(lowest, options.file->level);
    }
    for (const auto& sink : options.sinks)
        lowest = std::min(lowest, sink->level());
    auto logger = make_logger(std::move(sinks));
    state().logger.with([&](auto& current) { current.swap(logger); });
    // The former ones end outside of the lock: they may send what they hold.
    auto more = options.sinks;
    state().more_sinks.with([&](auto& current) { current.swap(more); });
    state().lowest_level = lowest;
    return {};
}

void close_log_sinks() {
    std::vector<std::shared_ptr<LogSink>> last;
    state().more_sinks.with([&](auto& current) { current.swap(last); });
}

bool log_enabled(LogLevel level) {
    return level != LogLevel::kOff && level >= state().lowest_level.load();
}

void log(LogLevel level, std::string_view module, std::string_view message) {
    if (!log_enabled(level)) return;
    const auto logger = state().logger.with([](const auto& current) { return current; });
    const WallTime at = system_clock().wall_now();
    const auto now = std::chrono::time_point_cast<spdlog::log_clock::duration>(at);
    const std::string clean = escape_controls(redact(message));
    logger->log(now, spdlog::source_loc{}, to_spdlog(level), fmt::format("{} [{}] {}", label(level), module, clean));
    const auto sinks = state().more_sinks.with([](const auto& current) { return current; });
    for (const auto& sink : sinks) {
        if (level >= sink->level()) sink->write({at, level, module, clean});
    }
}

}  // namespace cofre
