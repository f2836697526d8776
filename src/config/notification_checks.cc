// What must hold in `notifications` and `logging`, said with line and column.
#include <algorithm>

#include "base/nearest_name.h"
#include "base/utf8.h"
#include "config/read_form.h"
#include "report/channel_settings.h"
#include "report/notice.h"
#include "report/notice_rules.h"
#include "report/notice_template.h"

namespace cofre::config {
namespace {

Status placed(const Status& status, const SectionReader& reader, const SettingPath& path) {
    if (status) return {};
    return reader.error(path, status.error().message()).with_hint(status.error().hint());
}

template <typename T>
Status placed(const Result<T>& result, const SectionReader& reader, const SettingPath& path) {
    return placed(result ? Status() : Status(result.error()), reader, path);
}

Status check_events(const std::vector<std::string>& events, const SectionReader& reader, const SettingPath& path) {
    for (const auto& event : events)
        COFRE_TRY(placed(report::parse_notice_kind(event), reader, path));
    return {};
}

Status check_template(const std::string& text, const SectionReader& reader, const SettingPath& path) {
    return placed(report::NoticeTemplate::parse(text), reader, path);
}

Status check_colors(const ChannelConfig& channel, const SectionReader& reader, const SettingPath& path) {
    const std::vector<std::string> known = {"info", "good", "warning", "bad"};
    for (const auto& [name, color] : channel.colors) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            return reader.error(path, "\"" + escape_for_display(name) + "\" is not info, good, warning or bad" +
                                          did_you_mean(name, known));
        }
        COFRE_TRY(placed(report::parse_color(color), reader, path));
    }
    return {};
}

/// The key that a type cannot do without and that is not there; nullptr: none.
const char* missing_key(const ChannelConfig& channel, report::ChannelKind kind) {
    using Kind = report::ChannelKind;
    struct Need {
        const char* key;
        bool is_there;
    };
    const Need url = {"url", !channel.url.empty()};
    const Need token = {"token", !channel.token.empty()};
    std::vector<Need> needs = {url};
    if (kind == Kind::kStdout) needs = {};
    if (kind == Kind::kPagerDuty) needs = {token};
    if (kind == Kind::kGotify) needs = {url, token};
    if (kind == Kind::kTelegram) needs = {token, {"channel", !channel.channel.empty()}};
    if (kind == Kind::kCommand) needs = {{"command", !channel.command.empty()}};
    if (kind == Kind::kEmail) {
        needs = {{"host", !channel.host.empty()}, {"from", !channel.from.empty()}, {"to", !channel.to.empty()}};
    }
    const auto missing = std::find_if(needs.begin(), needs.end(), [](const Need& need) { return !need.is_there; });
    return missing == needs.end() ? nullptr : missing->key;
}

}  // namespace

Status check_logging(const LoggingConfig& logging, const SectionReader& reader) {
    if (logging.format == "text" || logging.format == "json") return {};
    return reader.error({"logging", "format"}, "is neither text nor json");
}

Status check_notifications(const NotificationsConfig& notifications, const SectionReader& reader) {
    const SettingPath path = {"notifications"};
    COFRE_TRY(placed(report::parse_notice_language(notifications.language), reader, key_of(path, "language")));
    COFRE_TRY(placed(report::parse_time_of_day(notifications.digest_at), reader, key_of(path, "digest_at")));
    COFRE_TRY(check_events(notifications.quiet_pass, reader, key_of(path, "quiet_pass")));
    if (notifications.quiet_hours.empty()) return {};
    return placed(report::parse_quiet_hours(notifications.quiet_hours), reader, key_of(path, "quiet_hours"));
}

Status check_notification_channel(const ChannelConfig& channel, const SettingPath& path, const SectionReader& reader) {
    const auto kind = report::parse_channel_kind(channel.type);
    COFRE_TRY(placed(kind, reader, key_of(path, "type")));
    if (const char* const key = missing_key(channel, *kind)) {
        return reader.error(key_of(path, "type"), "a channel of this type needs \"" + std::string(key) + "\"");
    }
    COFRE_TRY(check_events(channel.events, reader, key_of(path, "events")));
    COFRE_TRY(check_events(channel.digest, reader, key_of(path, "digest")));
    COFRE_TRY(check_template(channel.title, reader, key_of(path, "title")));
    COFRE_TRY(check_template(channel.body, reader, key_of(path, "body")));
    const std::string& security = channel.security;
    if (!security.empty() && security != "starttls" && security != "tls" && security != "none") {
        return reader.error(key_of(path, "security"), "is not one of starttls, tls, none");
    }
    return check_colors(channel, reader, key_of(path, "colors"));
}

}  // namespace cofre::config
