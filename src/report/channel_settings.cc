#include "report/channel_settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/nearest_name.h"
#include "base/utf8.h"
#include "net/url.h"

namespace cofre::report {
namespace {

constexpr std::array kChannelKindNames = {
    std::pair{ChannelKind::kSlack, std::string_view("slack")},
    std::pair{ChannelKind::kMattermost, std::string_view("mattermost")},
    std::pair{ChannelKind::kDiscord, std::string_view("discord")},
    std::pair{ChannelKind::kTeams, std::string_view("teams")},
    std::pair{ChannelKind::kTelegram, std::string_view("telegram")},
    std::pair{ChannelKind::kNtfy, std::string_view("ntfy")},
    std::pair{ChannelKind::kGotify, std::string_view("gotify")},
    std::pair{ChannelKind::kPagerDuty, std::string_view("pagerduty")},
    std::pair{ChannelKind::kHealthchecks, std::string_view("healthchecks")},
    std::pair{ChannelKind::kUptimeKuma, std::string_view("uptime-kuma")},
    std::pair{ChannelKind::kWebhook, std::string_view("webhook")},
    std::pair{ChannelKind::kEmail, std::string_view("email")},
    std::pair{ChannelKind::kCommand, std::string_view("command")},
    std::pair{ChannelKind::kStdout, std::string_view("stdout")},
};

constexpr std::size_t kLeastSecret = 4;  // Shorter ones would mask ordinary words.

void add_secret(std::vector<std::string>& out, std::string_view secret) {
    if (secret.size() >= kLeastSecret) out.emplace_back(secret);
}

void add_url_parts(std::vector<std::string>& out, std::string_view text) {
    add_secret(out, text);
    const auto url = net::parse_url(text);
    if (!url) return;
    if (url->path.size() > 1) add_secret(out, url->path);
    add_secret(out, url->query);
    // The last part of the path is the secret of most services.
    const std::size_t slash = url->path.find_last_of('/');
    if (slash != std::string::npos && url->path.size() - slash > 8) add_secret(out, url->path.substr(slash + 1));
}

}  // namespace

std::string_view to_string(ChannelKind kind) {
    return kChannelKindNames.at(static_cast<std::size_t>(kind)).second;
}

Result<ChannelKind> parse_channel_kind(std::string_view text) {
    std::vector<std::string> known;
    std::string all;
    for (const auto& [kind, name] : kChannelKindNames) {
        if (name == text) return kind;
        known.emplace_back(name);
        all += (all.empty() ? "" : ", ") + std::string(name);
    }
    return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(text.substr(0, 64)) +
                                                  "\" is not a kind of channel" + did_you_mean(text, known))
        .with_hint("use one of " + all);
}

const std::string& NoticeColors::of(NoticeTone tone) const {
    switch (tone) {
        case NoticeTone::kInfo: return info;
        case NoticeTone::kGood: return good;
        case NoticeTone::kWarning: return warning;
        case NoticeTone::kBad: return bad;
    }
    return info;
}

Result<std::uint32_t> parse_color(std::string_view text) {
    constexpr std::size_t kDigits = 6;
    constexpr int kHex = 16;
    std::uint32_t value = 0;
    if (text.size() == kDigits + 1 && text.front() == '#') {
        const char* const end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data() + 1, end, value, kHex);
        if (error == std::errc() && stop == end) return value;
    }
    return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(text.substr(0, 64)) + "\" is not a colour")
        .with_hint("write it as #rrggbb");
}

std::string without_secrets(std::string text, const ChannelSettings& settings) {
    std::vector<std::string> secrets;
    add_url_parts(secrets, settings.url.reveal());
    for (const Secret* each : {&settings.token, &settings.signing_key, &settings.auth_header, &settings.smtp.password})
        add_secret(secrets, each->reveal());
    const std::string_view header = settings.auth_header.reveal();  // "Bearer x": a server may repeat only x.
    if (const auto space = header.rfind(' '); space != std::string_view::npos)
        add_secret(secrets, header.substr(space + 1));
    std::sort(secrets.begin(), secrets.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
    for (const auto& secret : secrets) {
        for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3))
            text.replace(at, secret.size(), "***");
    }
    return text;
}

}  // namespace cofre::report
