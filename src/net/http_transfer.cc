#include "net/http_transfer.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <string>

#include "base/encoding.h"

namespace cofre::net {
namespace {

std::string_view trim(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// "HTTP/1.1 200 OK"; 0 if it is not one.
int parse_status_line(std::string_view line) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return 0;
    int status = 0;
    const auto digits = line.substr(space + 1, 3);
    std::from_chars(digits.data(), digits.data() + digits.size(), status);
    return status;
}

}  // namespace

std::optional<std::size_t> HttpTransfer::read_body(std::span<std::byte> out) {
    const SpanSource text(request_.text);
    const ByteSource& body = request_.source != nullptr ? *request_.source : text;
    auto count = static_cast<std::size_t>(std::min<std::uint64_t>(body.size() - sent_, out.size()));
    if (count == 0) return 0;
    if (options_.upload_limit) {
        count = options_.upload_limit->piece(count);
        if (!stop_with(options_.upload_limit->take(ctx_, count))) return std::nullopt;
    }
    if (!stop_with(body.read_at(sent_, out.first(count)))) return std::nullopt;
    sent_ += count;
    return count;
}

void HttpTransfer::on_header_line(std::string_view line) {
    if (line.starts_with("HTTP/")) {
        response_.headers.clear();
        response_.status = parse_status_line(line);
        response_.protocol = line.substr(0, line.find(' '));
        return;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string name(trim(line.substr(0, colon)));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    response_.headers.push_back({std::move(name), std::string(trim(line.substr(colon + 1)))});
}

bool HttpTransfer::on_body(std::span<const std::byte> bytes) {
    if (options_.download_limit && response_.ok() && !stop_with(options_.download_limit->take(ctx_, bytes.size()))) {
        return false;
    }
    if (passes_body()) return stop_with(pass_head()) && stop_with(handler_.on_body(bytes));

    const std::size_t room = handler_.max_body - std::min(handler_.max_body, response_.body.size());
    if (bytes.size() > room && response_.ok()) {
        return stop_with(Error(ErrorCode::kResourceExhausted,
                               "the answer is longer than " + std::to_string(handler_.max_body) + " bytes"));
    }
    const auto kept = bytes.first(std::min(room, bytes.size()));
    response_.body.append(reinterpret_cast<const char*>(kept.data()), kept.size());
    return true;
}

Result<HttpResponse> HttpTransfer::finish() {
    if (passes_body()) COFRE_TRY(pass_head());
    return std::move(response_);
}

Status HttpTransfer::pass_head() {
    if (head_passed_) return {};
    head_passed_ = true;
    return handler_.on_head ? handler_.on_head(response_) : Status();
}

bool HttpTransfer::stop_with(Status status) {
    if (status) return true;
    error_ = std::move(status).error();
    return false;
}

}  // namespace cofre::net
