// A webhook of the user's own, signed as https://www.standardwebhooks.com says:
// HMAC-SHA256 over "id.timestamp.body", so that a receiver checks it with any of
// that specification's libraries.
#include "base/encoding.h"
#include "crypto/digest.h"
#include "report/channel_calls.h"

namespace cofre::report {
namespace {

constexpr std::string_view kKeyPrefix = "whsec_";

std::vector<std::byte> signing_bytes(std::string_view key) {
    if (key.starts_with(kKeyPrefix)) {
        if (auto decoded = base64_decode(key.substr(kKeyPrefix.size()))) return *std::move(decoded);
    }
    const auto bytes = as_bytes(key);
    return {bytes.begin(), bytes.end()};
}

}  // namespace

HttpCall webhook_call(const Notice& notice, const ChannelSettings& settings, WallTime now) {
    HttpCall call;
    call.url = settings.url.reveal();
    call.body = encode_notice(notice);
    const std::string timestamp =
        std::to_string(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count());
    const std::string id = notice.id.empty() ? "cofre" : notice.id;
    call.headers = {{"Content-Type", kJsonType},
                    {"X-Cofre-Event", std::string(to_string(notice.kind))},
                    {"webhook-id", id},
                    {"webhook-timestamp", timestamp}};
    if (!settings.signing_key.empty()) {
        const auto mac =
            crypto::hmac_sha256(signing_bytes(settings.signing_key.reveal()), id + "." + timestamp + "." + call.body);
        call.headers.push_back({"webhook-signature", "v1," + mac.base64()});
    }
    if (!settings.auth_header.empty()) {
        call.headers.push_back({"Authorization", std::string(settings.auth_header.reveal())});
    }
    return call;
}

}  // namespace cofre::report
