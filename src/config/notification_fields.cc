// Keys of `notifications`.
#include "config/fields.h"

namespace cofre::config {

const std::vector<Field<NotificationsConfig>>& notification_fields() {
    using N = NotificationsConfig;
    static const std::vector<Field<N>> rows = {
        field<&N::language>("language", "Of what people read: en or pt."),
        field<&N::dashboard_url>("dashboard_url", "Address of the dashboard, for links in notifications."),
        field<&N::quiet_hours>(
            "quiet_hours", "Local times between which news waits until they end, such as 22:00-07:00. Default: none."),
        field<&N::quiet_pass>("quiet_pass", "Events that are told even then."),
        field<&N::digest_at>("digest_at", "Local time of the daily digest."),
        field<&N::max_attempts>("max_attempts", "Attempts to tell one channel before it is given up.",
                                {.minimum = 1, .maximum = 1000})};
    return rows;
}

const std::vector<Field<ChannelConfig>>& channel_fields() {
    using C = ChannelConfig;
    static const std::vector<Field<C>> rows = {
        field<&C::type>("type",
                        "slack, mattermost, discord, teams, telegram, ntfy, gotify, pagerduty, healthchecks, "
                        "uptime-kuma, webhook, email, command or stdout.",
                        {.required = true}),
        field<&C::url>("url", "Of the webhook, topic, check, or server. Who knows it may write there: keep it secret."),
        field<&C::token>("token",
                         "Telegram's bot token, Gotify's application token, ntfy's access token, PagerDuty's routing "
                         "key."),
        field<&C::signing_key>("signing_key", "Of a webhook: signs each request as standardwebhooks.com says."),
        field<&C::auth_header>("auth_header", "Of a webhook or ntfy: value of the header Authorization."),
        field<&C::channel>("channel", "Slack's or Mattermost's channel; Telegram's chat, or chat:thread."),
        field<&C::username>("username", "Name of the sender, where the service shows one."),
        field<&C::icon>("icon", "Its picture: :emoji: or an address."),
        field<&C::colors>("colors", "Of info, good, warning and bad news, such as {bad: \"#ff0000\"}."),
        field<&C::host>("host", "The mail server."),
        field<&C::port>("port", "Its port. Default: 587, 465 with tls, 25 with none.",
                        {.minimum = 0, .maximum = 65'535}),
        field<&C::security>("security",
                            "Of the mail server: starttls, tls or none. Default: tls on port 465, else starttls."),
        field<&C::user>("user", "At the mail server; without one no password is used."),
        field<&C::password>("password", "At the mail server."),
        field<&C::from>("from", "Sender of mails: a@example.com or \"Name <a@example.com>\"."),
        field<&C::to>("to", "Recipients of mails."),
        field<&C::ca_bundle>("ca_bundle",
                             "PEM file of the authorities to trust for the mail server. Default: the system's."),
        field<&C::command>("command",
                           "A program and its arguments; the notice is JSON on its standard input. No shell runs it."),
        field<&C::events>("events",
                          "Which events it hears: started, succeeded, warning, failed, recovered, overdue, "
                          "proof_too_old. Default: all but the first two; of a ping all."),
        field<&C::success>("success", "Also hear of every success."),
        field<&C::jobs>("jobs", "Only hear of these jobs. Default: all."),
        field<&C::only_changes>("only_changes", "Do not hear the same of a job twice in a row."),
        field<&C::remind_after>("remind_after", "With only_changes: hear it again after so long. 0: never."),
        field<&C::escalate_after_failures>("escalate_after_failures",
                                           "Hear bad news only from so many failures in a row on.",
                                           {.minimum = 0, .maximum = 1000}),
        field<&C::escalate_after>("escalate_after",
                                  "Hear bad news only when it has stood for so long and nobody acknowledged it."),
        field<&C::quiet_hours>("quiet_hours", "Whether the quiet hours hold for it. Pings never wait."),
        field<&C::digest>("digest", "Events that it hears once a day, together, instead of one by one."),
        field<&C::title>("title", "Own title, such as \"{job} {status}\"; docs/notifications.md lists the names."),
        field<&C::body>("body", "Own text, with the same names."),
        field<&C::timeout>("timeout", "Of one attempt.", {.minimum = 100, .maximum = 600'000})};
    return rows;
}

}  // namespace cofre::config
