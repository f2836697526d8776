#include "net/http_request_parser.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <functional>
#include <iterator>
#include <utility>

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include "base/check.h"

namespace cofre::net {

namespace {

namespace beast_http = boost::beast::http;
using BeastError = boost::beast::error_code;
using BeastParser = beast_http::request_parser<beast_http::buffer_body>;

std::string_view std_view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

/// Whether Beast understood the head as check_request_head() did.
bool means_the_same(const BeastParser& parser, const HeadSummary& summary) {
    const auto& message = parser.get();
    if (std_view(message.method_string()) != summary.method) return false;
    if (std_view(message.target()) != summary.target) return false;
    if (message.version() != 10U + static_cast<unsigned>(summary.minor_version)) return false;
    if (parser.chunked() != (summary.framing == BodyFraming::kChunked)) return false;
    const auto length = parser.content_length();
    const std::uint64_t beast_length = length ? *length : 0;
    return summary.framing == BodyFraming::kLength ? beast_length == summary.content_length : beast_length == 0;
}

}  // namespace

struct HttpRequestParser::Impl {
    using OnChunk = std::function<void(std::uint64_t, boost::beast::string_view, BeastError&)>;

    Impl() {
        parser.header_limit(static_cast<std::uint32_t>(1U << 30U));  // The scanner has counted.
        parser.body_limit(boost::none);                              // The session counts.
        on_chunk = [this](std::uint64_t /*size*/, boost::beast::string_view extensions, BeastError& ec) {
            is_chunk_line = true;
            extension_bytes += extensions.size();
            if (extension_bytes > kMaxExtensions) ec = beast_http::error::bad_chunk_extension;
        };
        parser.on_chunk_header(on_chunk);
    }

    OnChunk on_chunk;
    BeastParser parser;
    bool is_chunk_line = false;  // What was parsed last.
    std::size_t extension_bytes = 0;
    std::ptrdiff_t fields = 0;  // Of the head: more of them later are trailers.
};

HttpRequestParser::HttpRequestParser(const HeadLimits& limits) : scanner_(limits), limits_(limits) {}
HttpRequestParser::~HttpRequestParser() = default;

HttpRequestParser::Step HttpRequestParser::refuse(Refusal refusal) {
    refusal_ = refusal;
    return Step::kRefused;
}

HttpRequestParser::Step HttpRequestParser::read_head(std::string_view input) {
    // RFC 9112 section 2.2: an empty line before the request line is ignored.
    if (skipped_ == 0 && input == "\r") return Step::kNeedMore;
    if (skipped_ == 0 && input.substr(0, 2) == "\r\n") skipped_ = 2;
    input.remove_prefix(skipped_);
    const auto scanned = scanner_.scan(input);
    if (std::holds_alternative<HeadScanner::NeedMore>(scanned)) return Step::kNeedMore;
    if (const auto* refusal = std::get_if<Refusal>(&scanned)) return refuse(*refusal);
    const std::size_t size = std::get<std::size_t>(scanned);
    head_size_ = skipped_ + size;
    block_.assign(input.substr(0, size));
    const auto checked = check_request_head(block_, limits_);
    if (const auto* refusal = std::get_if<Refusal>(&checked)) return refuse(*refusal);
    summary_ = std::get<HeadSummary>(checked);

    impl_ = std::make_unique<Impl>();
    BeastError ec;
    const std::size_t used = impl_->parser.put(boost::asio::buffer(block_), ec);
    if (ec || used != block_.size() || !impl_->parser.is_header_done()) return refuse({400, "malformed"});
    if (!means_the_same(impl_->parser, summary_)) return refuse({400, "ambiguous"});
    const auto& message = impl_->parser.get();
    impl_->fields = std::distance(message.begin(), message.end());
    return Step::kDone;
}

HttpHeaders HttpRequestParser::take_headers() {
    HttpHeaders headers;
    for (const auto& field : impl_->parser.get()) {
        HttpHeader header{std::string(std_view(field.name_string())), std::string(std_view(field.value()))};
        std::transform(header.name.begin(), header.name.end(), header.name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        headers.push_back(std::move(header));
    }
    return headers;
}

HttpRequestParser::BodyStep HttpRequestParser::read_body(std::string_view input, std::span<std::byte> room) {
    BodyStep result;
    BeastParser& parser = impl_->parser;
    while (!parser.is_done() && result.consumed < input.size() && result.produced < room.size()) {
        auto& body = parser.get().body();
        const std::span<std::byte> left = room.subspan(result.produced);
        body.data = left.data();
        body.size = left.size();
        body.more = true;
        BeastError ec;
        const std::string_view rest = input.substr(result.consumed);
        const std::size_t used = parser.put(boost::asio::buffer(rest.data(), rest.size()), ec);
        result.consumed += used;
        result.produced += left.size() - body.size;
        // A line is too long whether it comes at once or bit by bit.
        const bool is_line = std::exchange(impl_->is_chunk_line, false);
        const std::size_t line = is_line ? used : ec == beast_http::error::need_more ? rest.size() - used + 1 : 0;
        if (line > kMaxChunkLine) {
            result.step = refuse({400, "chunk-line-too-long"});
            return result;
        }
        if (ec == beast_http::error::need_buffer || ec == beast_http::error::need_more) break;
        if (ec) {
            result.step = refuse({400, ec == beast_http::error::bad_chunk_extension ? "chunk-extension" : "chunk"});
            return result;
        }
    }
    if (!parser.is_done()) return result;
    const auto& message = parser.get();
    // Nothing of ours needs trailers, and they are fields that no check has seen.
    const bool has_trailers = std::distance(message.begin(), message.end()) != impl_->fields;
    result.step = has_trailers ? refuse({400, "trailers"}) : Step::kDone;
    return result;
}

}  // namespace cofre::net
