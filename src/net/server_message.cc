#include "net/server_message.h"

#include <algorithm>

#include "base/check.h"
#include "base/number.h"
#include "base/utf8.h"

namespace cofre::net {

namespace {

struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};
enum class RangeKind { kNone, kOne, kUnsatisfiable };

/// RFC 9110 section 14.1.2, one range.
RangeKind parse_range(std::string_view text, std::uint64_t size, ByteRange& range) {
    if (text.substr(0, 6) != "bytes=") return RangeKind::kNone;
    text.remove_prefix(6);
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) return RangeKind::kNone;
    const auto first = parse_number<std::uint64_t>(text.substr(0, dash));
    const auto last = parse_number<std::uint64_t>(text.substr(dash + 1));
    if (dash == 0) {  // The last so many bytes.
        if (!last) return RangeKind::kNone;
        if (*last == 0 || size == 0) return RangeKind::kUnsatisfiable;
        range = {size - std::min(*last, size), size - 1};
        return RangeKind::kOne;
    }
    const bool is_open = dash + 1 == text.size();
    if (!first || (!is_open && !last) || (last && *last < *first)) return RangeKind::kNone;
    if (*first >= size) return RangeKind::kUnsatisfiable;
    range = {*first, last ? std::min(*last, size - 1) : size - 1};
    return RangeKind::kOne;
}

void append_json_text(std::string& out, std::string_view text) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    out += '"';
    // Whatever a message quotes: JSON must be UTF-8.
    const std::string shown = is_utf8(text) ? std::string(text) : escape_for_display(text);
    for (const char c : shown) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20) {
            out.append("\\u00").append(1, kDigits[byte >> 4U]).append(1, kDigits[byte & 15U]);
        } else {
            out += c;
        }
    }
    out += '"';
}

}  // namespace

const std::string& ServerRequest::parameter(std::string_view name) const {
    const auto found = std::find_if(parameters.begin(), parameters.end(),
                                    [&](const auto& parameter) { return parameter.first == name; });
    COFRE_CHECK(found != parameters.end());
    return found->second;
}

std::uint64_t ServerRequest::number(std::string_view name) const {
    const auto value = parse_number<std::uint64_t>(parameter(name));
    COFRE_CHECK(value.has_value());  // The router has let nothing else through.
    return *value;
}

HttpReply HttpReply::text(int status, std::string text, std::string content_type) {
    HttpReply reply;
    reply.status = status;
    reply.headers.push_back({"Content-Type", std::move(content_type)});
    reply.body = std::move(text);
    return reply;
}

HttpReply HttpReply::events(std::shared_ptr<EventStream> stream) {
    HttpReply reply;
    reply.headers.push_back({"Content-Type", "text/event-stream"});
    reply.headers.push_back({"Cache-Control", "no-cache"});
    reply.headers.push_back({"X-Accel-Buffering", "no"});  // nginx would wait for a full buffer.
    reply.body = std::move(stream);
    return reply;
}

HttpReply HttpReply::source(const ServerRequest& request, std::shared_ptr<const ByteSource> source,
                            std::string content_type) {
    HttpReply reply;
    const std::uint64_t size = source->size();
    ByteRange range;
    const auto kind = request.method == "GET" ? parse_range(request.header("range"), size, range) : RangeKind::kNone;
    reply.headers.push_back({"Accept-Ranges", "bytes"});
    if (kind == RangeKind::kUnsatisfiable) {
        reply.status = 416;
        reply.headers.push_back({"Content-Range", "bytes */" + std::to_string(size)});
        return reply;
    }
    reply.headers.push_back({"Content-Type", std::move(content_type)});
    if (kind == RangeKind::kOne) {
        reply.status = 206;
        reply.headers.push_back({"Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                      std::to_string(range.last) + "/" + std::to_string(size)});
        reply.body = SourceBody{std::move(source), range.first, range.last - range.first + 1};
        return reply;
    }
    reply.body = SourceBody{std::move(source), 0, size};
    return reply;
}

int http_status(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidArgument: return 400;
        case ErrorCode::kUnauthenticated:
        case ErrorCode::kWrongPassword: return 401;
        case ErrorCode::kPermissionDenied: return 403;
        case ErrorCode::kNotFound:
        case ErrorCode::kNoRepository: return 404;
        case ErrorCode::kConflict:
        case ErrorCode::kLocked: return 409;
        case ErrorCode::kResourceExhausted: return 507;
        case ErrorCode::kUnavailable:
        case ErrorCode::kCancelled: return 503;
        case ErrorCode::kDeadlineExceeded: return 504;
        case ErrorCode::kUnsupported: return 501;
        case ErrorCode::kCorruption:
        case ErrorCode::kInternal: return 500;
    }
    return 500;
}

HttpReply error_reply(int status, std::string_view code, std::string_view message, std::string_view hint,
                      std::string_view request_id) {
    std::string text = R"({"error":{"code":)";
    append_json_text(text, code);
    text += R"(,"message":)";
    append_json_text(text, message);
    if (!hint.empty()) {
        text += R"(,"hint":)";
        append_json_text(text, hint);
    }
    text += R"(},"request_id":)";
    append_json_text(text, request_id);
    text += "}\n";
    return HttpReply::json(status, std::move(text));
}

HttpReply error_reply(const Error& error, std::string_view request_id) {
    const int status = http_status(error.code());
    const bool is_ours = error.code() == ErrorCode::kInternal;
    HttpReply reply = error_reply(status, to_string(error.code()),
                                  is_ours ? std::string_view("internal error") : std::string_view(error.message()),
                                  is_ours ? "the log tells more under this request id" : error.hint(), request_id);
    if (error.retry_after()) {
        const auto wait = std::chrono::ceil<std::chrono::seconds>(*error.retry_after());
        reply.headers.push_back({"Retry-After", std::to_string(wait.count())});
    }
    if (status == 401) reply.headers.push_back({"WWW-Authenticate", "Bearer"});
    return reply;
}

}  // namespace cofre::net
