#pragma once

/// @file
/// Looking at an endpoint from below: its addresses, its TLS, its certificates.
/// For diagnosis only; nothing here sends a request.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/time_format.h"

namespace cofre::net {

struct HostAddresses {
    std::vector<std::string> v4;
    std::vector<std::string> v6;
};

/// As the system resolves it. kNotFound: no such name; kUnavailable: the name
/// server does not answer. Blocks as long as the system's resolver does.
Result<HostAddresses> look_up_host(const std::string& host);

struct CertificateFacts {
    std::string subject;
    std::string issuer;
    std::optional<WallTime> not_before;
    std::optional<WallTime> not_after;
};

struct ConnectionFacts {
    std::string address;  ///< Of whom answered: the endpoint, or a proxy.
    std::chrono::milliseconds connect_time{0};
    std::string protocol;  ///< "TLSv1.3"; empty: no TLS, or no handshake.
    std::string cipher;
    std::chrono::milliseconds handshake_time{0};
    std::vector<CertificateFacts> chain;  ///< The server's own first.
    /// Why cofre would not talk to it, as HttpClient::send() would say.
    std::optional<Error> refusal;
};

struct InspectionOptions {
    std::optional<std::filesystem::path> ca_bundle;  ///< Absent: default_ca_bundle().
    std::chrono::milliseconds timeout{10'000};       ///< Of each of at most two connections.
};

/// Connects as HttpClient does, makes the handshake and hangs up. A certificate
/// that is not trusted is fetched by a second handshake that trusts anything
/// and sends nothing. kInvalidArgument: not a URL. kCancelled.
Result<ConnectionFacts> inspect_connection(const CallContext& ctx, const std::string& url,
                                           const InspectionOptions& options);

/// The file of authorities that libcurl uses by itself; empty if it has none.
std::string default_ca_bundle();

}  // namespace cofre::net
