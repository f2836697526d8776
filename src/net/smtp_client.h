#pragma once

/// @file
/// Handing a mail to a server, through libcurl. Source: RFC 5321, RFC 3207
/// (STARTTLS), RFC 8314 (TLS from the first byte), RFC 4954 (AUTH).

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace cofre::net {

enum class SmtpSecurity : std::uint8_t {
    kStartTls,  ///< Begins in the clear and goes no further without TLS.
    kTls,       ///< From the first byte.
    kNone,      ///< A password is then sent to this host itself only.
};

struct SmtpServer {
    std::string host;
    std::uint16_t port = 0;  ///< 0: 587, 465 or 25, by `security`.
    SmtpSecurity security = SmtpSecurity::kStartTls;
    std::string user;  ///< Empty: without AUTH.
    Secret password;
    std::optional<std::filesystem::path> ca_bundle;  ///< Absent: the system's.
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds timeout{60'000};  ///< Of the whole conversation.
};

struct SmtpEnvelope {
    std::string from;             ///< Bare address, "a@b".
    std::vector<std::string> to;  ///< Likewise; at least one.
};

struct SmtpOutcome {
    /// Answers of the server to recipients that it refused while it took others,
    /// and to mechanisms of AUTH that failed before another worked.
    std::vector<std::string> refusals;
};

/// Sends `message`, whose lines end in CRLF, over a connection of its own. Lines
/// that begin with a dot arrive as they are.
///
/// kInvalidArgument: an address or host with a character that would change the
/// conversation; a password without TLS to another host; or the server refused
/// for good (5xx). kUnauthenticated: user and password, or the server's
/// certificate, were refused. kUnsupported: no STARTTLS. kUnavailable: no
/// connection, a broken one, or refused for now (4xx); the mail may have been
/// sent. kDeadlineExceeded, kCancelled: from `ctx` or `timeout`.
Result<SmtpOutcome> send_mail(const CallContext& ctx, const SmtpServer& server, const SmtpEnvelope& envelope,
                              std::string_view message, const Clock& clock = system_clock());

}  // namespace cofre::net
