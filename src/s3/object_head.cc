#include "s3/object_head.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"

namespace cofre::s3 {
namespace {

constexpr std::string_view kMetadataPrefix = "x-amz-meta-";

std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool take(std::string_view& text, std::string_view literal) {
    if (!text.starts_with(literal)) return false;
    text.remove_prefix(literal.size());
    return true;
}

Result<std::uint64_t> whole_size(const net::HttpResponse& response) {
    if (const auto range = parse_content_range(response.header("content-range"))) return range->total;
    auto text = response.header("content-length");
    const auto length = take_number(text);
    if (!length || !text.empty()) return Error(ErrorCode::kCorruption, "the store does not say how long the object is");
    return *length;
}

// A checksum of several parts ends in "-<parts>" and is not one of the object.
std::optional<crypto::Sha256Digest> whole_checksum(const net::HttpResponse& response) {
    const auto bytes = base64_decode(response.header("x-amz-checksum-sha256"));
    if (!bytes || bytes->size() != crypto::Sha256Digest::kSize) return std::nullopt;
    if (response.header("x-amz-checksum-type") == "COMPOSITE") return std::nullopt;
    std::array<std::byte, crypto::Sha256Digest::kSize> digest{};
    std::copy(bytes->begin(), bytes->end(), digest.begin());
    return crypto::Sha256Digest(digest);
}

}  // namespace

std::string strip_quotes(std::string_view etag) {
    if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') etag = etag.substr(1, etag.size() - 2);
    return std::string(etag);
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
    if (!take(text, "bytes ")) return std::nullopt;
    const auto first = take_number(text);
    if (!first || !take(text, "-")) return std::nullopt;
    const auto last = take_number(text);
    if (!last || !take(text, "/")) return std::nullopt;
    const auto total = take_number(text);
    if (!total || !text.empty() || *last < *first || *total <= *last) return std::nullopt;
    return ContentRange{*first, *last, *total};
}

Result<store::ObjectHead> read_object_head(const net::HttpResponse& response) {
    store::ObjectHead head;
    COFRE_ASSIGN(head.size, whole_size(response));
    head.etag = strip_quotes(response.header("etag"));
    head.version_id = response.header("x-amz-version-id");
    head.content_type = response.header("content-type");
    if (const auto time = parse_http_date(response.header("last-modified"))) head.last_modified = *time;
    for (const auto& [name, value] : response.headers) {
        if (!name.starts_with(kMetadataPrefix)) continue;
        std::string key = name.substr(kMetadataPrefix.size());
        if (key != kUploadMarker) head.metadata.emplace(std::move(key), value);
    }
    head.sha256 = whole_checksum(response);
    return head;
}

Status check_not_recoded(const net::HttpResponse& response) {
    const std::string_view encoding = response.header("content-encoding");
    if (encoding.empty() || encoding == "identity" || encoding == "aws-chunked") return {};
    return Error(ErrorCode::kUnsupported, "the answer was compressed on its way (" +
                                              std::string(encoding.substr(0, 32)) + "), which nobody asked for")
        .with_hint("a proxy before the store does it: turn compression off there, or go past it (no_proxy)");
}

std::string_view upload_marker(const net::HttpResponse& response) {
    return response.header(std::string(kMetadataPrefix) + std::string(kUploadMarker));
}

}  // namespace cofre::s3
