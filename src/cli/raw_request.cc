#include "cli/raw_request.h"

#include <algorithm>

namespace cofre::cli {
namespace {

/// The next line without its end; `text` moves on. False at the end.
bool take_line(std::string_view& text, std::string_view& line) {
    if (text.empty()) return false;
    const auto end = text.find('\n');
    line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return true;
}

Status parse_request_line(std::string_view line, RawRequest& request) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || last == first || !line.substr(last + 1).starts_with("HTTP/")) {
        return Error(ErrorCode::kInvalidArgument, "raw request: the first line is not `METHOD target HTTP/1.1`");
    }
    request.method = line.substr(0, first);
    const auto target = line.substr(first + 1, last - first - 1);
    const auto question = target.find('?');
    request.path = target.substr(0, question);
    if (question != std::string_view::npos) request.query = target.substr(question + 1);
    return {};
}

}  // namespace

Result<RawRequest> parse_raw_request(std::string_view text) {
    RawRequest request;
    std::string_view line;
    if (!take_line(text, line)) return Error(ErrorCode::kInvalidArgument, "raw request: empty");
    COFRE_TRY(parse_request_line(line, request));
    while (take_line(text, line) && !line.empty()) {
        if ((line.front() == ' ' || line.front() == '\t') && !request.headers.empty()) {
            request.headers.back().value += " " + std::string(line);
            continue;
        }
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) {
            return Error(ErrorCode::kInvalidArgument, "raw request: a header line has no colon");
        }
        request.headers.push_back({std::string(line.substr(0, colon)), std::string(line.substr(colon + 1))});
    }
    request.body = text;
    return request;
}

}  // namespace cofre::cli
