#include "report/notice_delivery.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/byte_source.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/log.h"
#include "base/number.h"
#include "base/secret.h"
#include "base/subprocess.h"
#include "base/utf8.h"
#include "report/channel_calls.h"
#include "report/cut_text.h"

namespace cofre::report {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxAnswerShown = 200;
constexpr milliseconds kLongestWait = std::chrono::hours(6);  // What a service may ask for.

milliseconds bounded_wait(double seconds) {
    const double most = std::chrono::duration<double>(kLongestWait).count();
    return milliseconds(
        static_cast<std::int64_t>(std::clamp(std::isfinite(seconds) ? seconds : 0.0, 0.0, most) * 1000));
}

/// Retry-After (RFC 9110, 10.2.3), or what Telegram and Discord say in the body.
std::optional<milliseconds> asked_wait(const net::HttpResponse& response, WallTime now) {
    const auto header = response.header("retry-after");
    if (const auto seconds = parse_number<int>(header)) return bounded_wait(*seconds);
    if (const auto date = parse_http_date(header)) {
        return bounded_wait(std::chrono::duration<double>(*date - now).count());
    }
    const auto body = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
    if (!body.is_object()) return std::nullopt;
    const auto parameters = body.find("parameters");
    const auto& holder = parameters != body.end() && parameters->is_object() ? *parameters : body;
    const auto wait = holder.find("retry_after");
    if (wait == holder.end() || !wait->is_number()) return std::nullopt;
    return bounded_wait(wait->get<double>());
}

ErrorCode code_of_status(int status) {
    switch (status) {
        case 401: return ErrorCode::kUnauthenticated;
        case 403: return ErrorCode::kPermissionDenied;
        case 404:
        case 410: return ErrorCode::kNotFound;
        case 408:
        case 425:
        case 429: return ErrorCode::kUnavailable;
        default: return status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kInvalidArgument;
    }
}

Status check_answer(const net::HttpResponse& response, WallTime now) {
    if (response.ok()) return {};
    const std::string body = escape_for_display(cut_utf8(one_line(response.body), kMaxAnswerShown));
    Error error(code_of_status(response.status),
                "the service answered HTTP " + std::to_string(response.status) + (body.empty() ? "" : ": " + body));
    if (response.status >= 300 && response.status < 400) {
        return std::move(error).with_hint("redirects are not followed: write the final address");
    }
    if (error.code() == ErrorCode::kNotFound)
        return std::move(error).with_hint("the webhook may have been removed; make a new one");
    if (const auto wait = asked_wait(response, now); wait && error.is_retryable()) {
        return std::move(error).with_retry_after(*wait);
    }
    return error;
}

Status send_http(const CallContext& ctx, net::HttpClient& http, const HttpCall& call, Clock& clock) {
    net::HttpRequest request;
    request.method = call.method;
    request.url = call.url;
    request.headers = call.headers;
    request.has_text = call.method != "GET";
    request.text = call.body;
    COFRE_ASSIGN(const auto response, http.send(ctx, request));
    return check_answer(response, clock.wall_now());
}

Status send_one_mail(const CallContext& ctx, const ChannelSettings& settings, const MailCall& call, Clock& clock) {
    COFRE_ASSIGN(const auto text, encode_mail(call.mail));
    net::SmtpEnvelope envelope;
    COFRE_ASSIGN(envelope.from, mail_address(settings.mail_from));
    for (const auto& to : settings.mail_to) {
        COFRE_ASSIGN(auto address, mail_address(to));
        envelope.to.push_back(std::move(address));
    }
    auto server = settings.smtp;
    server.timeout = settings.timeout;
    server.connect_timeout = std::min(server.connect_timeout, settings.timeout);
    COFRE_ASSIGN(const auto outcome, net::send_mail(ctx, server, envelope, text, clock));
    for (const auto& refusal : outcome.refusals) {
        log_warning("report", "channel \"" + settings.name + "\": the mail server answered " +
                                  without_secrets(refusal, settings) + "; others got the mail");
    }
    return {};
}

Status run_own_command(const CallContext& ctx, const CommandCall& call) {
    const SpanSource input(as_bytes(call.input));
    CommandIo io;
    io.input = &input;
    io.max_error_bytes = 1024;
    auto result = run_command(ctx, call.command, io);
    // A program need not read what it is given.
    if (!result) return std::move(result).error();
    if (result->status.ok()) return {};
    return Error(ErrorCode::kUnavailable, "the command ended with " + result->status.describe() + ": " +
                                              escape_for_display(redact(one_line(result->error_output))));
}

Status send_call(const CallContext& ctx, net::HttpClient& http, const ChannelSettings& settings,
                 const ChannelCall& call, Clock& clock) {
    if (const auto* const web = std::get_if<HttpCall>(&call)) return send_http(ctx, http, *web, clock);
    if (const auto* const mail = std::get_if<MailCall>(&call)) return send_one_mail(ctx, settings, *mail, clock);
    if (const auto* const command = std::get_if<CommandCall>(&call)) return run_own_command(ctx, *command);
    return write_all(STDOUT_FILENO, as_bytes(std::get<LineCall>(call).line + "\n"), "standard output");
}

}  // namespace

Result<DeliveryOutcome> deliver(const CallContext& ctx, net::HttpClient& http, const ChannelSettings& settings,
                                const Notice& notice, Clock& clock) {
    COFRE_ASSIGN(const auto call, channel_call(notice, settings, clock.wall_now()));
    if (!call) return DeliveryOutcome::kNothingToSay;
    const CallContext limited{ctx.stop, std::min(ctx.deadline, clock.now() + settings.timeout)};
    const auto status = send_call(limited, http, settings, *call, clock);
    if (status) return DeliveryOutcome::kDelivered;
    const Error& cause = status.error();
    const std::string where =
        "channel \"" + escape_for_display(settings.name) + "\" (" + std::string(to_string(settings.kind)) + "): ";
    Error error(cause.code(), where + without_secrets(redact(cause.message()), settings));
    if (cause.retry_after()) error = std::move(error).with_retry_after(*cause.retry_after());
    if (!cause.hint().empty()) error = std::move(error).with_hint(without_secrets(cause.hint(), settings));
    return error;
}

}  // namespace cofre::report
