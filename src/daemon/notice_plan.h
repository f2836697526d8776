#pragma once

/// @file
/// From the configuration to channels, rules and senders of notifications.

#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "config/config.h"
#include "net/http_client.h"
#include "report/notice_desk.h"
#include "report/notice_rules.h"
#include "report/notice_sender.h"

namespace cofre::daemon {

/// kInvalidArgument: what config::load_config() would have refused, too; words of
/// a command that do not end.
Result<report::ChannelSettings> channel_settings(const config::NotificationsConfig& notifications,
                                                 const config::ChannelConfig& channel);
Result<report::NoticeRules> notice_rules(const config::NotificationsConfig& notifications);

/// Everything that tells people. `catalog` and `clock` must outlive it.
/// Thread-safe, as its parts are.
class Notifier {
public:
    /// nullptr: no channel is configured.
    static Result<std::unique_ptr<Notifier>> create(const config::NotificationsConfig& notifications,
                                                    catalog::Catalog& catalog, Clock& clock = system_clock());

    /// Fills in the host and the dashboard's address, and queues. See NoticeDesk.
    Result<std::size_t> tell(const CallContext& ctx, report::Notice notice);
    report::NoticeDesk& desk() { return desk_; }
    report::NoticeSender& sender() { return *sender_; }

private:
    Notifier(const config::NotificationsConfig& notifications, catalog::Catalog& catalog, report::NoticeRules rules,
             Clock& clock);

    std::string dashboard_url_;
    std::unique_ptr<net::HttpClient> http_;
    report::NoticeDesk desk_;
    std::unique_ptr<report::NoticeSender> sender_;  // Last: uses the above.
};

/// The client that channels share: proxies as the environment says.
Result<std::unique_ptr<net::HttpClient>> notification_client(Clock& clock = system_clock());

}  // namespace cofre::daemon
