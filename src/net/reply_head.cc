#include "net/reply_head.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include "net/request_head.h"

namespace cofre::net {

namespace {

/// RFC 9110 section 15; the client may show it, nobody may rely on it.
std::string_view reason_phrase(int status) {
    static constexpr std::array<std::pair<int, std::string_view>, 43> kPhrases{{
        {100, "Continue"},
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {423, "Locked"},
        {425, "Too Early"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {507, "Insufficient Storage"},
    }};
    const auto found =
        std::find_if(kPhrases.begin(), kPhrases.end(), [&](const auto& entry) { return entry.first == status; });
    return found == kPhrases.end() ? std::string_view("Status") : found->second;
}

struct DefaultField {
    std::string_view name;
    std::string_view lower;
    std::string_view value;
};
constexpr std::array<DefaultField, 6> kDefaultFields{{
    {"X-Content-Type-Options", "x-content-type-options", "nosniff"},
    {"X-Frame-Options", "x-frame-options", "DENY"},
    {"Referrer-Policy", "referrer-policy", "no-referrer"},
    {"Content-Security-Policy", "content-security-policy", "default-src 'none'; frame-ancestors 'none'"},
    {"Cross-Origin-Resource-Policy", "cross-origin-resource-policy", "same-origin"},
    {"Cache-Control", "cache-control", "no-store"},
}};

std::string lower_name(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return out;
}

bool belongs_to_server(std::string_view lower) {
    static constexpr std::array<std::string_view, 8> kNames{
        "content-length", "transfer-encoding", "connection", "keep-alive",
        "date",           "x-request-id",      "trailer",    "upgrade"};
    return std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

/// A value that a handler took from somewhere must not begin a field of its own.
bool is_safe_value(std::string_view value) {
    return std::none_of(value.begin(), value.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && byte != '\t') || byte == 0x7F;
    });
}

}  // namespace

std::string format_http_date(WallTime time) {
    static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    std::array<char, 64> text{};
    const int size = std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                                   kDays.at(std::chrono::weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
                                   kMonths.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                                   static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                                   static_cast<int>(clock.seconds().count()));
    return {text.data(), static_cast<std::size_t>(size)};
}

std::optional<std::uint64_t> reply_length(const HttpReply& reply) {
    if (const auto* text = std::get_if<std::string>(&reply.body)) return text->size();
    if (const auto* source = std::get_if<SourceBody>(&reply.body)) return source->length;
    if (const auto* streamed = std::get_if<StreamedBody>(&reply.body)) return streamed->length;
    return {};
}

ReplyFraming choose_framing(const HttpReply& reply, int minor_version) {
    if (reply.status < 200 || reply.status == 204 || reply.status == 304) return ReplyFraming::kNone;
    if (std::holds_alternative<std::shared_ptr<EventStream>>(reply.body)) return ReplyFraming::kClose;
    if (reply_length(reply)) return ReplyFraming::kLength;
    return minor_version == 1 ? ReplyFraming::kChunked : ReplyFraming::kClose;
}

std::string make_reply_head(const HttpReply& reply, const ReplyHeadFacts& facts) {
    std::string head;
    head.reserve(512);
    head.append("HTTP/1.1 ").append(std::to_string(reply.status)).append(" ");
    head.append(reason_phrase(reply.status)).append("\r\n");
    const auto add = [&](std::string_view name, std::string_view value) {
        head.append(name).append(": ").append(value).append("\r\n");
    };
    std::array<bool, kDefaultFields.size()> is_set{};
    for (const HttpHeader& header : reply.headers) {
        const std::string lower = lower_name(header.name);
        if (!is_http_token(lower) || belongs_to_server(lower) || !is_safe_value(header.value)) continue;
        for (std::size_t i = 0; i < kDefaultFields.size(); ++i)
            is_set[i] = is_set[i] || kDefaultFields[i].lower == lower;
        add(header.name, header.value);
    }
    for (std::size_t i = 0; i < kDefaultFields.size(); ++i) {
        if (!is_set[i]) add(kDefaultFields[i].name, kDefaultFields[i].value);
    }
    add("Date", format_http_date(facts.now));
    if (!facts.request_id.empty()) add("X-Request-Id", facts.request_id);
    if (facts.framing == ReplyFraming::kLength) add("Content-Length", std::to_string(facts.length));
    if (facts.framing == ReplyFraming::kChunked) add("Transfer-Encoding", "chunked");
    add("Connection", facts.keeps_connection ? "keep-alive" : "close");
    head.append("\r\n");
    return head;
}

}  // namespace cofre::net
