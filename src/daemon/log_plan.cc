#include "daemon/log_plan.h"

#include <unistd.h>

#include "daemon/job_plan.h"
#include "report/journal_sink.h"
#include "report/json_line_sink.h"
#include "report/seq_sink.h"

namespace cofre::daemon {

Status add_log_sinks(const config::LoggingConfig& logging, LogOptions& options, std::vector<std::string>& warnings) {
    if (logging.format == "json" && options.console_level != LogLevel::kOff) {
        options.sinks.push_back(std::make_shared<report::JsonLineSink>(STDERR_FILENO, options.console_level));
        options.console_level = LogLevel::kOff;
    }
    if (logging.syslog) options.sinks.push_back(std::make_shared<report::SyslogSink>(logging.level));
    if (logging.journald) {
        auto journal = report::JournalSink::open(logging.level);
        if (!journal) {
            warnings.push_back(journal.error().message());
        } else {
            options.sinks.push_back(*std::move(journal));
        }
    }
    if (logging.seq_url.empty()) return {};
    report::SeqOptions seq;
    seq.url = logging.seq_url;
    seq.api_key = logging.seq_api_key;
    seq.level = logging.level;
    seq.properties = logging.seq_properties;
    seq.properties.emplace("Application", "cofre");
    seq.properties.emplace("Host", host_name());
    COFRE_ASSIGN(auto sink, report::SeqSink::start(std::move(seq)));
    options.sinks.push_back(std::move(sink));
    return {};
}

}  // namespace cofre::daemon
