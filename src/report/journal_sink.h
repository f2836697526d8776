#pragma once

/// @file
/// The log to the system's own: syslog, or systemd's journal with fields of its
/// own. Source: https://systemd.io/JOURNAL_NATIVE_PROTOCOL/, syslog(3).

#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/log.h"
#include "base/result.h"

namespace cofre::report {

/// One datagram of the native protocol.
std::string journal_datagram(const LogEvent& event);

/// Thread-safe. A journal that does not listen, or is full, loses the message and
/// costs no time.
class JournalSink final : public LogSink {
public:
    /// kNotFound, kUnavailable: nothing listens at `socket`.
    static Result<std::shared_ptr<JournalSink>> open(
        LogLevel level, const std::filesystem::path& socket = "/run/systemd/journal/socket");

    LogLevel level() const override { return level_; }
    void write(const LogEvent& event) override;

private:
    JournalSink(UniqueFd fd, LogLevel level) : fd_(std::move(fd)), level_(level) {}

    UniqueFd fd_;
    LogLevel level_;
};

/// Thread-safe. There is one syslog for each process: make at most one of these.
class SyslogSink final : public LogSink {
public:
    explicit SyslogSink(LogLevel level);
    ~SyslogSink() override;

    LogLevel level() const override { return level_; }
    void write(const LogEvent& event) override;

private:
    LogLevel level_;
};

}  // namespace cofre::report
