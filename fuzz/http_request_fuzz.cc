// Any bytes on a connection are requests or are refused, and how they were cut
// into packets changes nothing. The first byte chooses the cut; the rest goes
// through the check and the parser of the HTTP server, request after request,
// and the targets of what was accepted through its router.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "net/http_request_parser.h"
#include "net/http_router.h"

namespace {

using cofre::net::BodyFraming;
using cofre::net::HttpRequestParser;
using Step = HttpRequestParser::Step;

constexpr std::size_t kRoom = 4096;

/// What the server would have seen, as text.
class Connection {
public:
    /// False: refused; the connection would end.
    bool add(std::string_view bytes) {
        input_ += bytes;
        while (!is_over_) {
            if (!parser_) parser_ = std::make_unique<HttpRequestParser>(cofre::net::HeadLimits{});
            const Step step = in_body_ ? read_body() : read_head();
            if (step == Step::kRefused) refuse();
            if (step != Step::kDone) break;
        }
        return !is_over_;
    }
    const std::string& seen() const { return seen_; }

private:
    Step read_head() {
        if (input_.empty()) return Step::kNeedMore;
        const Step step = parser_->read_head(input_);
        if (step != Step::kDone) return step;
        COFRE_CHECK(parser_->head_size() <= input_.size());
        const auto& summary = parser_->summary();
        seen_.append(summary.method).append(" ").append(summary.origin_form).append("\n");
        for (const auto& header : parser_->take_headers()) {
            COFRE_CHECK(cofre::net::is_http_token(header.name));
            COFRE_CHECK(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
            seen_ += header.name + ": " + header.value + "\n";
        }
        input_.erase(0, parser_->head_size());
        in_body_ = summary.framing != BodyFraming::kNone;
        body_bytes_ = 0;
        if (!in_body_) parser_.reset();
        return step;
    }

    Step read_body() {
        std::vector<std::byte> room(kRoom);
        const auto step = parser_->read_body(input_, room);
        COFRE_CHECK(step.consumed <= input_.size());
        COFRE_CHECK(step.produced <= step.consumed);
        seen_.append(reinterpret_cast<const char*>(room.data()), step.produced);
        input_.erase(0, step.consumed);
        body_bytes_ += step.produced;
        const auto& summary = parser_->summary();
        if (summary.framing == BodyFraming::kLength) COFRE_CHECK(body_bytes_ <= summary.content_length);
        if (step.step == Step::kDone) {
            if (summary.framing == BodyFraming::kLength) COFRE_CHECK(body_bytes_ == summary.content_length);
            seen_ += "\nend\n";
            in_body_ = false;
            parser_.reset();
            return Step::kDone;
        }
        const bool moves = step.consumed > 0 || step.produced > 0;
        // Done means here: call again, there may be more in what has come.
        return step.step == Step::kNeedMore && moves && !input_.empty() ? Step::kDone : step.step;
    }

    void refuse() {
        const auto& refusal = parser_->refusal();
        COFRE_CHECK(refusal.status >= 400 && refusal.status < 600 && !refusal.reason.empty());
        seen_ += "refused\n";
        is_over_ = true;
    }

    std::string input_;
    std::string seen_;
    std::unique_ptr<HttpRequestParser> parser_;
    bool in_body_ = false;
    bool is_over_ = false;
    std::uint64_t body_bytes_ = 0;
};

std::string connection_in_pieces(std::string_view bytes, std::size_t piece) {
    Connection connection;
    while (!bytes.empty()) {
        const std::string_view part = bytes.substr(0, piece);
        bytes.remove_prefix(part.size());
        if (!connection.add(part)) break;
    }
    return connection.seen();
}

const cofre::net::HttpRouter& fuzz_router() {
    static const cofre::net::HttpRouter router = [] {
        cofre::net::HttpRouter made;
        for (const char* pattern : {"/", "/a/{id}", "/a/{id}/b", "/n/{n:uint}", "/t/{path...}"}) {
            COFRE_CHECK(made.add("GET", pattern, {}).has_value());
        }
        return made;
    }();
    return router;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::string whole = connection_in_pieces(bytes, bytes.size() + 1);
    const std::string pieces = connection_in_pieces(bytes, 1 + data[0] % 64U);
    COFRE_CHECK(whole == pieces);

    const auto found = fuzz_router().find("GET", bytes.substr(0, bytes.find(' ')));
    if (const auto* match = std::get_if<cofre::net::RouteMatch>(&found)) {
        for (const auto& [name, value] : match->parameters) {
            COFRE_CHECK(value.find('\0') == std::string::npos);
            COFRE_CHECK(value != ".." && value != ".");
            if (name == "id") COFRE_CHECK(!value.empty() && value.find('/') == std::string::npos);
        }
    }
    return 0;
}
