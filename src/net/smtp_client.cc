#include "net/smtp_client.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <curl/curl.h>
#include <unistd.h>

#include "base/utf8.h"
#include "net/curl_error.h"
#include "net/curl_start.h"
#include "net/url.h"

namespace cofre::net {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMaxAnswer = 300;   // Of one line that is kept.
constexpr std::size_t kMaxRefusals = 20;  // Lines that are kept.
constexpr int kAuthRefused = 535;         // RFC 4954.
constexpr int kFirstTransient = 400;      // RFC 5321, 4.2.1.
constexpr int kFirstPermanent = 500;

struct SmtpEasyDeleter {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct SmtpListDeleter {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

/// What the callbacks share.
struct MailTransfer {
    const CallContext& ctx;
    const Clock& clock;
    std::string_view rest;
    std::vector<std::string> refusals;
};

extern "C" std::size_t cofre_smtp_read(char* buffer, std::size_t size, std::size_t count, void* user) {
    auto& transfer = *static_cast<MailTransfer*>(user);
    const std::size_t n = std::min(size * count, transfer.rest.size());
    std::memcpy(buffer, transfer.rest.data(), n);
    transfer.rest.remove_prefix(n);
    return n;
}

// libcurl passes the lines of the server here.
extern "C" std::size_t cofre_smtp_answer(char* data, std::size_t size, std::size_t count, void* user) {
    auto& transfer = *static_cast<MailTransfer*>(user);
    std::string_view line(data, size * count);
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.remove_suffix(1);
    const bool is_refusal = line.size() > 3 && (line[0] == '4' || line[0] == '5');
    if (is_refusal && transfer.refusals.size() < kMaxRefusals) {
        transfer.refusals.push_back(escape_for_display(line.substr(0, kMaxAnswer)));
    }
    return size * count;
}

extern "C" int cofre_smtp_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    const auto& transfer = *static_cast<const MailTransfer*>(user);
    return transfer.ctx.stop.stop_requested() || transfer.clock.now() >= transfer.ctx.deadline ? 1 : 0;
}

/// A line break or '>' in an address would be another command.
Status check_mail_address(std::string_view address) {
    const bool is_bad = std::any_of(address.begin(), address.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte == 0x7f || c == '<' || c == '>';
    });
    if (!is_bad && !address.empty()) return {};
    return Error(ErrorCode::kInvalidArgument,
                 "\"" + escape_for_display(address.substr(0, kMaxAnswer)) + "\" is not an address of mail");
}

Status check_mail_server(const SmtpServer& server) {
    const bool is_bad = std::any_of(server.host.begin(), server.host.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte >= 0x7f || std::strchr("/?#@\\", c) != nullptr;
    });
    if (is_bad || server.host.empty()) {
        return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(server.host) + "\" is not a mail server");
    }
    if (server.security != SmtpSecurity::kNone || server.user.empty()) return {};
    const auto url = parse_url("http://" + server.host + "/");
    if (url && url->is_loopback()) return {};
    return Error(ErrorCode::kInvalidArgument, "the password would be sent to " + server.host + " in the clear")
        .with_hint("use starttls or tls, or a server that asks for no password");
}

std::string smtp_url(const SmtpServer& server) {
    const bool is_tls = server.security == SmtpSecurity::kTls;
    const int usual = is_tls ? 465 : server.security == SmtpSecurity::kNone ? 25 : 587;
    const bool is_v6 = server.host.find(':') != std::string::npos && !server.host.starts_with('[');
    const std::string host = is_v6 ? "[" + server.host + "]" : server.host;
    return std::string(is_tls ? "smtps://" : "smtp://") + host + ":" +
           std::to_string(server.port == 0 ? usual : server.port);
}

class MailHandle {
public:
    explicit MailHandle(MailTransfer& transfer) : transfer_(transfer) {}

    Status prepare(const SmtpServer& server, const SmtpEnvelope& envelope, std::size_t bytes);
    Status perform(const SmtpServer& server);

private:
    Status add_recipients(const SmtpEnvelope& envelope);
    Error error_of(CURLcode code, const SmtpServer& server);

    MailTransfer& transfer_;
    std::array<char, CURL_ERROR_SIZE> error_text_{};
    std::unique_ptr<curl_slist, SmtpListDeleter> recipients_;
    std::unique_ptr<CURL, SmtpEasyDeleter> easy_{curl_easy_init()};  // Last: uses the above.
};

Status MailHandle::add_recipients(const SmtpEnvelope& envelope) {
    for (const auto& address : envelope.to) {
        COFRE_TRY(check_mail_address(address));
        curl_slist* const longer = curl_slist_append(recipients_.get(), ("<" + address + ">").c_str());
        if (longer == nullptr) return Error(ErrorCode::kInternal, "libcurl is out of memory");
        static_cast<void>(recipients_.release());
        recipients_.reset(longer);
    }
    if (recipients_) return {};
    return Error(ErrorCode::kInvalidArgument, "a mail needs a recipient");
}

Status MailHandle::prepare(const SmtpServer& server, const SmtpEnvelope& envelope, std::size_t bytes) {
    CURL* const h = easy_.get();
    if (h == nullptr) return Error(ErrorCode::kInternal, "libcurl cannot make a handle");
    COFRE_TRY(check_mail_server(server));
    COFRE_TRY(check_mail_address(envelope.from));
    COFRE_TRY(add_recipients(envelope));
    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, error_text_.data());
    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(h, CURLOPT_URL, smtp_url(server).c_str());
    curl_easy_setopt(h, CURLOPT_PROXY, "");  // Proxies of the environment are for HTTP.
    const bool is_starttls = server.security == SmtpSecurity::kStartTls;
    curl_easy_setopt(h, CURLOPT_USE_SSL, is_starttls ? long{CURLUSESSL_ALL} : long{CURLUSESSL_NONE});
    curl_easy_setopt(h, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    if (server.ca_bundle) curl_easy_setopt(h, CURLOPT_CAINFO, server.ca_bundle->c_str());
    if (!server.user.empty()) {
        curl_easy_setopt(h, CURLOPT_USERNAME, server.user.c_str());
        curl_easy_setopt(h, CURLOPT_PASSWORD, std::string(server.password.reveal()).c_str());
    }
    curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(server.connect_timeout.count()));
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, static_cast<long>(server.timeout.count()));
    curl_easy_setopt(h, CURLOPT_MAIL_FROM, ("<" + envelope.from + ">").c_str());
    curl_easy_setopt(h, CURLOPT_MAIL_RCPT, recipients_.get());
    // One address that is gone must not keep the news from the others.
    curl_easy_setopt(h, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
    curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(h, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(bytes));
    curl_easy_setopt(h, CURLOPT_READFUNCTION, cofre_smtp_read);
    curl_easy_setopt(h, CURLOPT_READDATA, &transfer_);
    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, cofre_smtp_answer);
    curl_easy_setopt(h, CURLOPT_HEADERDATA, &transfer_);
    curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, cofre_smtp_progress);
    curl_easy_setopt(h, CURLOPT_XFERINFODATA, &transfer_);
    curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L);
    return {};
}

Error MailHandle::error_of(CURLcode code, const SmtpServer& server) {
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    const std::string answer = transfer_.refusals.empty() ? std::string() : ": " + transfer_.refusals.back();
    if (code == CURLE_ABORTED_BY_CALLBACK) {
        if (transfer_.ctx.stop.stop_requested()) return {ErrorCode::kCancelled, "stopped while a mail was sent"};
        return {ErrorCode::kDeadlineExceeded, "deadline passed while a mail was sent"};
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return {ErrorCode::kUnavailable, "the mail server was silent or too slow: " + std::string(error_text_.data())};
    }
    if (code == CURLE_USE_SSL_FAILED) {
        return Error(ErrorCode::kUnsupported, "the mail server does not offer STARTTLS" + answer)
            .with_hint("use tls (port 465), or none for a server of this host");
    }
    if (code == CURLE_LOGIN_DENIED || status == kAuthRefused) {
        return Error(ErrorCode::kUnauthenticated, "the mail server refused the user or password" + answer)
            .with_hint("check user and password; many services want a password made for programs");
    }
    const bool is_answered = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_WEIRD_SERVER_REPLY ||
                             code == CURLE_FTP_ACCEPT_FAILED;
    if (is_answered && status >= kFirstPermanent) {
        return {ErrorCode::kInvalidArgument, "the mail server refused the mail" + answer};
    }
    if (is_answered && status >= kFirstTransient) {
        return {ErrorCode::kUnavailable, "the mail server refused the mail for now" + answer};
    }
    return error_of_curl(code, error_text_.data()).context("mail server " + escape_for_display(server.host));
}

Status MailHandle::perform(const SmtpServer& server) {
    const CURLcode code = curl_easy_perform(easy_.get());
    if (code == CURLE_OK) return {};
    return error_of(code, server);
}

}  // namespace

Result<SmtpOutcome> send_mail(const CallContext& ctx, const SmtpServer& server, const SmtpEnvelope& envelope,
                              std::string_view message, const Clock& clock) {
    if (!libcurl_is_ready()) return Error(ErrorCode::kInternal, "libcurl cannot be initialized");
    if (server.ca_bundle && ::access(server.ca_bundle->c_str(), R_OK) != 0) {
        return Error(ErrorCode::kInvalidArgument, "CA bundle " + server.ca_bundle->string() + ": cannot be read");
    }
    MailTransfer transfer{ctx, clock, message, {}};
    MailHandle handle(transfer);
    COFRE_TRY(handle.prepare(server, envelope, message.size()));
    COFRE_TRY(handle.perform(server));
    return SmtpOutcome{std::move(transfer.refusals)};
}

}  // namespace cofre::net
