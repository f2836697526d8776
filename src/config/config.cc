#include "config/config.h"

#include <algorithm>

namespace cofre::config {
namespace {

template <typename Named>
const Named* find_by_name(const std::vector<Named>& all, std::string_view name) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Named& each) { return each.name == name; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

const TargetConfig* Config::find_target(std::string_view name) const {
    return find_by_name(targets, name);
}

const JobConfig* Config::find_job(std::string_view name) const {
    return find_by_name(jobs, name);
}

const DatabaseConfig* Config::find_database(std::string_view name) const {
    return find_by_name(databases, name);
}

LogOptions log_options(const LoggingConfig& logging) {
    LogOptions options;
    options.console_level = logging.console_level.value_or(LogLevel::kWarning);
    if (logging.log_file) {
        options.file = LogFileOptions{.path = *logging.log_file,
                                      .level = logging.level,
                                      .max_bytes = static_cast<std::uint64_t>(logging.max_log_size_mb) * 1_MiB,
                                      .backup_count = logging.backup_count};
    }
    return options;
}

}  // namespace cofre::config
