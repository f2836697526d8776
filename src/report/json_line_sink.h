#pragma once

/// @file
/// The log as JSON, one object for each line, on a descriptor: for collectors
/// that read what a container writes.

#include "base/log.h"

namespace cofre::report {

/// {"time","level","module","message"}; the message is redacted already.
std::string json_line(const LogEvent& event);

/// Thread-safe: one write(2) for each line. Does not own `fd`.
class JsonLineSink final : public LogSink {
public:
    JsonLineSink(int fd, LogLevel level) : fd_(fd), level_(level) {}

    LogLevel level() const override { return level_; }
    void write(const LogEvent& event) override;

private:
    int fd_;
    LogLevel level_;
};

}  // namespace cofre::report
