#pragma once

/// @file
/// The program's log: one logger, several sinks, each with its own level.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time_format.h"

namespace cofre {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError, kCritical, kOff };

/// "debug" "info" "warning"|"warn" "error" "critical" "off", any case.
Result<LogLevel> parse_log_level(std::string_view text);
/// "debug", ... as parse_log_level() reads it.
std::string_view to_string(LogLevel level);

/// One message, already redacted and without control characters.
struct LogEvent {
    WallTime at{};
    LogLevel level = LogLevel::kInfo;
    std::string_view module;
    std::string_view message;
};

/// A place for messages that lies above this module: a log server, a journal.
/// write() is called on any thread, many at once; it must neither wait for a
/// network nor log. The destructor sends what is left, within a limit of its own.
class LogSink {
public:
    virtual ~LogSink() = default;
    virtual LogLevel level() const = 0;
    virtual void write(const LogEvent& event) = 0;
};

struct LogFileOptions {
    std::filesystem::path path;
    LogLevel level = LogLevel::kInfo;
    std::uint64_t max_bytes = 10'485'760;  ///< A file that would grow past it is rotated to path.1; 0: never.
    int backup_count = 5;                  ///< Rotated files kept (path.1 is the newest); 0 keeps none.
};

struct LogOptions {
    LogLevel console_level = LogLevel::kWarning;  ///< To stderr.
    std::optional<LogFileOptions> file;
    std::vector<std::shared_ptr<LogSink>> sinks;  ///< Shared with threads inside log() while they are replaced.
};

/// Replaces the sinks. Before the first call only warnings and worse go to
/// stderr. Missing folders of the log file are created (0700), the file is
/// 0600. An error leaves the former sinks in place. Lines read
/// `2026-11-22T01:36:59.123Z INFO  [module] message`; every message passes
/// through redact() and escape of control characters first. A sink that cannot
/// write (disk full) is reported once on stderr and never fails the caller.
Status configure_log(const LogOptions& options);

/// Lets go of the sinks of LogOptions::sinks, which send what they still hold;
/// console and file stay. Call at the end of the program.
void close_log_sinks();

/// Thread-safe. `module` is the folder that speaks: "s3", "backup".
void log(LogLevel level, std::string_view module, std::string_view message);

inline void log_debug(std::string_view module, std::string_view message) {
    log(LogLevel::kDebug, module, message);
}
inline void log_info(std::string_view module, std::string_view message) {
    log(LogLevel::kInfo, module, message);
}
inline void log_warning(std::string_view module, std::string_view message) {
    log(LogLevel::kWarning, module, message);
}
inline void log_error(std::string_view module, std::string_view message) {
    log(LogLevel::kError, module, message);
}

/// A progress bar stands on the last line of the terminal: lines of the console
/// sink clear it first. Thread-safe.
void set_status_line_shown(bool shown);

/// True if some sink would show it: ask before building a costly message.
bool log_enabled(LogLevel level);

}  // namespace cofre
