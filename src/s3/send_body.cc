#include "s3/send_body.h"

#include <array>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"

namespace cofre::s3 {
namespace {

Error changed_source() {
    return {ErrorCode::kConflict, "the source changed while it was sent"};
}

// Hashes what is read in order from 0, and fails instead of giving out the
// last bytes of something else. One reader at a time, as an HTTP request is.
class CheckedSource final : public ByteSource {
public:
    CheckedSource(const ByteSource& inner, const crypto::Sha256Digest& expected) : inner_(inner), expected_(expected) {}

    std::uint64_t size() const override { return inner_.size(); }

    Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
        COFRE_TRY(inner_.read_at(offset, out));
        if (offset == 0) {
            hash_ = crypto::Sha256();
            hashed_ = 0;
        }
        if (offset != hashed_) return Error(ErrorCode::kInternal, "a body was not read in order");
        hash_.update(out);
        hashed_ += out.size();
        if (hashed_ == inner_.size() && hash_.finish() != expected_) return changed_source();
        return {};
    }

private:
    const ByteSource& inner_;
    const crypto::Sha256Digest expected_;
    mutable crypto::Sha256 hash_;
    mutable std::uint64_t hashed_ = 0;
};

void add_md5(S3Request& request, const std::array<std::byte, 16>& md5) {
    request.headers.push_back({"content-md5", base64_encode(md5)});
}

bool is_mismatch(const S3Outcome& outcome) {
    return outcome.code == "XAmzContentSHA256Mismatch" || outcome.code == "BadDigest";
}

// The store keeps a checksum of its own: what it has must be what was sent.
bool keeps_other_bytes(const S3Outcome& outcome, const S3Request& request) {
    const auto kept = outcome.response.header("x-amz-checksum-sha256");
    return outcome.ok() && !kept.empty() && request.sha256 && kept != request.sha256->base64();
}

// Until what the store has is what was hashed, unless that has changed.
template <typename Check>
S3Outcome send_until_intact(S3Client& client, const CallContext& ctx, const S3Request& request,
                            const Check& still_same) {
    for (int attempt = 1;; ++attempt) {
        S3Outcome outcome = client.send(ctx, request);
        const bool altered = keeps_other_bytes(outcome, request);
        if (!altered && !is_mismatch(outcome)) return outcome;
        if (const Status same = still_same(); !same) {
            outcome.error = same.error();
            return outcome;
        }
        log_warning("s3", "bytes of \"" + request.key + "\" were altered on their way to the store");
        if (attempt < client.policy().max_attempts) continue;
        outcome.error = Error(ErrorCode::kUnavailable, "the store keeps receiving other bytes than were sent");
        return outcome;
    }
}

}  // namespace

S3Outcome send_text(S3Client& client, const CallContext& ctx, S3Request request) {
    if (request.needs_md5) add_md5(request, crypto::md5(as_bytes(request.text)));
    return send_until_intact(client, ctx, request, [] { return Status(); });
}

S3Outcome send_source(S3Client& client, const CallContext& ctx, S3Request request, const ByteSource& source) {
    const CheckedSource checked(source, *request.sha256);
    if (request.needs_md5) {
        const auto md5 = crypto::md5(source);
        if (!md5) return S3Outcome{.response = {}, .error = md5.error(), .code = {}};
        add_md5(request, *md5);
    }
    request.source = client.profile().verifies_payload ? &source : &checked;
    return send_until_intact(client, ctx, request, [&]() -> Status {
        COFRE_ASSIGN(const auto now, crypto::sha256(source));
        if (now != *request.sha256) return changed_source();
        return {};
    });
}

}  // namespace cofre::s3
