#include "cli/keep_policy.h"

#include <utility>

namespace cofre::cli {
namespace {

struct CountOption {
    const char* name;
    std::string KeepOptions::*text;
    int repo::RetentionPolicy::*count;
};
constexpr CountOption kCountOptions[] = {
    {"--keep-last", &KeepOptions::last, &repo::RetentionPolicy::last},
    {"--keep-hourly", &KeepOptions::hourly, &repo::RetentionPolicy::hourly},
    {"--keep-daily", &KeepOptions::daily, &repo::RetentionPolicy::daily},
    {"--keep-weekly", &KeepOptions::weekly, &repo::RetentionPolicy::weekly},
    {"--keep-monthly", &KeepOptions::monthly, &repo::RetentionPolicy::monthly},
    {"--keep-yearly", &KeepOptions::yearly, &repo::RetentionPolicy::yearly},
};

struct WithinOption {
    const char* name;
    std::string KeepOptions::*text;
    repo::CalendarDuration repo::RetentionPolicy::*duration;
};
constexpr WithinOption kWithinOptions[] = {
    {"--keep-within", &KeepOptions::within, &repo::RetentionPolicy::within},
    {"--keep-within-hourly", &KeepOptions::within_hourly, &repo::RetentionPolicy::within_hourly},
    {"--keep-within-daily", &KeepOptions::within_daily, &repo::RetentionPolicy::within_daily},
    {"--keep-within-weekly", &KeepOptions::within_weekly, &repo::RetentionPolicy::within_weekly},
    {"--keep-within-monthly", &KeepOptions::within_monthly, &repo::RetentionPolicy::within_monthly},
    {"--keep-within-yearly", &KeepOptions::within_yearly, &repo::RetentionPolicy::within_yearly},
};

}  // namespace

Result<repo::RetentionPolicy> to_policy(const KeepOptions& options) {
    repo::RetentionPolicy policy;
    for (const CountOption& option : kCountOptions) {
        const std::string& text = options.*option.text;
        if (text.empty()) continue;
        auto count = repo::parse_keep_count(text);
        if (!count) return std::move(count).error().context(option.name);
        policy.*option.count = *count;
    }
    for (const WithinOption& option : kWithinOptions) {
        auto duration = repo::parse_calendar_duration(options.*option.text);
        if (!duration) return std::move(duration).error().context(option.name);
        policy.*option.duration = *duration;
    }
    for (const std::string& tags : options.tags)
        policy.tags.push_back(repo::parse_tag_list(tags));
    return policy;
}

}  // namespace cofre::cli
