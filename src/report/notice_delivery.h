#pragma once

/// @file
/// One notice to one channel, once.

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "net/http_client.h"
#include "report/channel_settings.h"
#include "report/notice.h"

namespace cofre::report {

enum class DeliveryOutcome : std::uint8_t {
    kDelivered,
    kNothingToSay,  ///< This kind of channel has no form for this event.
};

/// Waits at most ChannelSettings::timeout. No message holds the channel's secrets.
///
/// kUnavailable: no connection, or the service answered 408, 425, 429 or 5xx, or a
/// mail was refused for now: try later, not before Error::retry_after().
/// kDeadlineExceeded: too slow. kUnauthenticated, kPermissionDenied, kNotFound,
/// kInvalidArgument: refused for good; the message has what the service answered.
Result<DeliveryOutcome> deliver(const CallContext& ctx, net::HttpClient& http, const ChannelSettings& settings,
                                const Notice& notice, Clock& clock = system_clock());

}  // namespace cofre::report
