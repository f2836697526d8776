#include "s3/s3_download.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/utf8.h"
#include "s3/object_head.h"

namespace cofre::s3 {
namespace {

// No object is as long as this: a range that reaches it ends too late as well,
// and sums with it cannot overflow.
constexpr std::uint64_t kBeyondAllObjects = 1ULL << 62U;

store::ByteRange without_overflow(store::ByteRange range) {
    range.offset = std::min(range.offset, kBeyondAllObjects);
    if (range.length) range.length = std::min(*range.length, kBeyondAllObjects);
    return range;
}

class Download {
public:
    Download(S3Client& client, const store::ObjectKey& key, const store::ByteRange& range, const ObjectChoice& choice,
             const ByteSink& sink)
        : client_(client), key_(key), range_(without_overflow(range)), choice_(choice), sink_(sink) {}

    Result<store::ObjectHead> run(const CallContext& ctx) {
        // A Range header cannot say "no byte".
        if (range_.length == std::uint64_t{0}) return empty_range(ctx);
        for (;;) {
            const std::uint64_t before = received_;
            const S3Outcome outcome = fetch(ctx);
            if (sink_error_) return *std::move(sink_error_);
            if (outcome.ok()) return finish();
            if (received_ == before || !outcome.error->is_retryable()) return failure(ctx, outcome);
            COFRE_TRY(client_.clock().sleep(ctx, backoff(0, 0.5, std::nullopt)));
        }
    }

private:
    S3Outcome fetch(const CallContext& ctx) {
        store::ByteRange rest{.offset = range_.offset + received_, .length = range_.length};
        if (rest.length) *rest.length -= received_;
        ObjectChoice choice = choice_;
        if (head_) choice.if_match = head_->etag;
        const auto request = get_object(key_, rest, choice, client_.profile().sends_checksum);
        const bool ranged = rest.offset > 0 || rest.length;
        const net::ResponseHandler handler{
            .on_head = [&](const net::HttpResponse& response) { return on_head(response, rest, ranged); },
            .on_body = [this](std::span<const std::byte> bytes) { return on_body(bytes); }};
        return client_.send(ctx, request, &handler);
    }

    Status on_head(const net::HttpResponse& response, const store::ByteRange& asked, bool ranged) {
        Status status = check_head(response, asked, ranged);
        if (!status) sink_error_ = status.error();
        return status;
    }

    Status check_head(const net::HttpResponse& response, const store::ByteRange& asked, bool ranged) {
        // An object may have been stored with an encoding: then its tag is strong, and its length known.
        const bool was_touched = response.header("etag").starts_with("W/") || response.header("content-length").empty();
        if (Status plain = check_not_recoded(response); was_touched && !plain) {
            return std::move(plain).error().context(describe());
        }
        COFRE_ASSIGN(auto head, read_object_head(response));
        const auto range = parse_content_range(response.header("content-range"));
        if (ranged && (response.status != 206 || !range || range->first != asked.offset)) {
            return Error(ErrorCode::kUnsupported, describe() + ": the store ignores ranges");
        }
        const std::uint64_t end = range_.length ? range_.offset + *range_.length : head.size;
        if (end > head.size) return ends_too_early(head.size);
        if (head_ && (head_->etag != head.etag || head_->size != head.size)) return changed();
        if (!head_) head_ = std::move(head);
        expected_ = end - range_.offset;
        return {};
    }

    Status on_body(std::span<const std::byte> bytes) {
        if (bytes.size() > expected_ - received_) {
            sink_error_ = Error(ErrorCode::kCorruption, describe() + ": the store sends more bytes than it announced");
            return *sink_error_;
        }
        received_ += bytes.size();
        Status status = sink_(bytes);
        if (!status) sink_error_ = status.error();
        return status;
    }

    Result<store::ObjectHead> finish() {
        if (received_ == expected_) return *std::move(head_);
        return Error(ErrorCode::kCorruption, describe() + ": the store sent " + std::to_string(received_) + " of " +
                                                 std::to_string(expected_) + " bytes");
    }

    Result<store::ObjectHead> failure(const CallContext& ctx, const S3Outcome& outcome) {
        if (outcome.code == "PreconditionFailed" || outcome.response.status == 412) return changed();
        if (outcome.code == "InvalidRange" || outcome.response.status == 416) return empty_range(ctx);
        if (received_ > 0) return Error(*outcome.error).context("after " + std::to_string(received_) + " bytes");
        return *outcome.error;
    }

    // Ranges that hold no byte: legal up to the very end of the object.
    Result<store::ObjectHead> empty_range(const CallContext& ctx) {
        auto outcome = client_.send(ctx, head_object(key_, client_.profile().sends_checksum, choice_));
        if (outcome.error) return *std::move(outcome.error);
        COFRE_ASSIGN(auto head, read_object_head(outcome.response));
        if (range_.offset + range_.length.value_or(0) > head.size) return ends_too_early(head.size);
        return head;
    }

    std::string describe() const { return "get object \"" + escape_for_display(key_.str()) + "\""; }

    Error ends_too_early(std::uint64_t size) const {
        return {ErrorCode::kInvalidArgument, describe() + ": it has only " + std::to_string(size) + " bytes"};
    }

    Error changed() const {
        const bool at_once = !choice_.if_match.empty() && !head_;
        return {ErrorCode::kConflict, describe() + (at_once ? ": it is not the version that is asked for"
                                                            : ": it was replaced while it was read")};
    }

    S3Client& client_;
    const store::ObjectKey& key_;
    const store::ByteRange range_;
    const ObjectChoice& choice_;
    const ByteSink& sink_;
    std::optional<store::ObjectHead> head_;
    std::uint64_t expected_ = 0;
    std::uint64_t received_ = 0;
    std::optional<Error> sink_error_;
};

}  // namespace

Result<store::ObjectHead> download(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                   const store::ByteRange& range, const ObjectChoice& choice, const ByteSink& sink) {
    return Download(client, key, range, choice, sink).run(ctx);
}

}  // namespace cofre::s3
