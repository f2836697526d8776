#pragma once

/// @file
/// Who hears what of backups: the part of the configuration about notifications.
/// Plain data.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"

namespace cofre::config {

/// Words for events are those of report::parse_notice_kind().
struct ChannelConfig {
    std::string name;
    std::string type;  ///< As report::parse_channel_kind() reads it.
    Secret url;
    Secret token;
    Secret signing_key;
    Secret auth_header;
    std::string channel;
    std::string username;
    std::string icon;
    std::map<std::string, std::string> colors;  ///< "info", "good", "warning", "bad" to "#rrggbb".

    std::string host;  ///< Of the mail server.
    int port = 0;
    std::string security;  ///< "starttls", "tls", "none"; empty: by the port.
    std::string user;
    Secret password;
    std::string from;
    std::vector<std::string> to;
    std::optional<std::filesystem::path> ca_bundle;

    std::string command;  ///< Words, split as a shell would.

    /// Empty: warning, failed, recovered, overdue, proof_too_old; of a ping all
    /// that it has a form for.
    std::vector<std::string> events;
    bool success = false;           ///< `events`, and succeeded.
    std::vector<std::string> jobs;  ///< Only of these.
    bool only_changes = false;
    std::chrono::milliseconds remind_after{0};
    int escalate_after_failures = 0;
    std::chrono::milliseconds escalate_after{0};
    bool quiet_hours = true;          ///< Those of NotificationsConfig hold for it.
    std::vector<std::string> digest;  ///< Events that it collects for a daily digest.
    std::string title;
    std::string body;
    std::chrono::milliseconds timeout{30'000};
};

struct NotificationsConfig {
    std::string language = "en";
    std::string dashboard_url;
    std::string quiet_hours;  ///< "22:00-07:00"; empty: none.
    std::vector<std::string> quiet_pass = {"failed", "overdue", "proof_too_old"};
    std::string digest_at = "08:00";
    int max_attempts = 12;
    std::vector<ChannelConfig> channels;
};

}  // namespace cofre::config
