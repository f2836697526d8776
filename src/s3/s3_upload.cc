#include "s3/s3_upload.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/bounded_queue.h"
#include "base/encoding.h"
#include "base/task_group.h"
#include "base/units.h"
#include "crypto/random.h"
#include "s3/multipart_session.h"
#include "s3/object_head.h"
#include "s3/part_plan.h"
#include "s3/send_body.h"
#include "s3/upload_resume.h"

namespace cofre::s3 {
namespace {

constexpr std::uint64_t kHeldInMemory = 1_MiB;
constexpr std::size_t kReadBytes = 256_KiB;

Error not_as_announced() {
    return {ErrorCode::kConflict, "the source is not what was announced: its SHA-256 differs"};
}

Error exists_already(const store::ObjectKey& key) {
    return {ErrorCode::kConflict, "object \"" + key.str() + "\" exists already"};
}

// If-None-Match fails for the object that an earlier attempt, whose answer got
// lost, has made itself.
Result<net::HttpResponse> settle_conflict(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                          S3Outcome outcome, std::string_view marker, bool only_if_absent) {
    if (outcome.ok()) return std::move(outcome.response);
    if (outcome.error->code() != ErrorCode::kConflict || outcome.code != "PreconditionFailed") {
        return *std::move(outcome.error);
    }
    if (outcome.maybe_done) {
        auto head = client.send(ctx, head_object(key, /*with_checksum=*/false));
        if (head.ok() && upload_marker(head.response) == marker) return std::move(head.response);
    }
    if (!only_if_absent) return std::move(*outcome.error).with_hint("somebody replaced it: read it again");
    return exists_already(key);
}

Result<store::PutReceipt> put_once(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                   ObjectFields fields, std::uint64_t size, const crypto::Sha256Digest& sha256,
                                   const std::function<S3Outcome(S3Request)>& send) {
    std::string marker;
    if (fields.is_conditional()) {
        marker = crypto::random_hex(16);
        fields.metadata[std::string(kUploadMarker)] = marker;
    }
    COFRE_ASSIGN(const auto response,
                 settle_conflict(client, ctx, key, send(put_object(key, fields, sha256)), marker, fields.if_absent));
    return store::PutReceipt{.size = size,
                             .sha256 = sha256,
                             .etag = strip_quotes(response.header("etag")),
                             .version_id = std::string(response.header("x-amz-version-id"))};
}

struct PlannedPart {
    int number = 0;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    crypto::Sha256Digest sha256;
};

// Reads all of `body` once, in order; announces each part when it is hashed.
Result<crypto::Sha256Digest> hash_parts(const ByteSource& body, std::uint64_t part_size,
                                        const std::function<Status(PlannedPart)>& announce) {
    crypto::Sha256 whole;
    std::vector<std::byte> buffer(kReadBytes);
    PlannedPart part{.number = 1};
    while (part.offset < body.size()) {
        part.size = std::min(part_size, body.size() - part.offset);
        crypto::Sha256 hash;
        for (std::uint64_t done = 0; done < part.size;) {
            const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), part.size - done));
            const auto bytes = std::span(buffer).first(count);
            COFRE_TRY(body.read_at(part.offset + done, bytes));
            whole.update(bytes);
            hash.update(bytes);
            done += count;
        }
        part.sha256 = hash.finish();
        COFRE_TRY(announce(part));
        part.offset += part.size;
        ++part.number;
    }
    return whole.finish();
}

Result<UploadedPart> send_unless_there(const OpenedUpload& upload, const CallContext& ctx, const ByteSource& body,
                                       const PlannedPart& part) {
    const auto there = upload.parts.find(part.number);
    if (there != upload.parts.end() && there->second.sha256 == part.sha256 && there->second.size == part.size) {
        return there->second;
    }
    return upload.session->send_part(ctx, part.number, SliceSource(body, part.offset, part.size), part.sha256);
}

// One thread hashes; others send what it has hashed, reading it again.
// What the store holds already, from before a crash, is hashed and not sent.
Result<crypto::Sha256Digest> send_parts(const OpenedUpload& upload, const CallContext& ctx, const ByteSource& body,
                                        std::uint64_t part_size, int concurrency, std::vector<UploadedPart>& parts,
                                        const std::function<void(std::uint64_t)>& on_progress) {
    BoundedQueue<PlannedPart> queue(1);
    crypto::Sha256Digest whole;
    TaskGroup group(ctx.stop);  // After what its threads use.
    group.spawn([&](const std::stop_token& stop) -> Status {
        COFRE_ASSIGN(whole, hash_parts(body, part_size, [&](const PlannedPart& p) { return queue.push(p, stop); }));
        queue.close();
        return {};
    });
    const auto senders = std::min<std::size_t>(static_cast<std::size_t>(concurrency), parts.size());
    for (std::size_t i = 0; i < senders; ++i) {
        group.spawn([&](const std::stop_token& stop) -> Status {
            const CallContext part_ctx{stop, ctx.deadline};
            for (;;) {
                COFRE_ASSIGN(const auto part, queue.pop(stop));
                if (!part) return {};
                COFRE_ASSIGN(auto sent, send_unless_there(upload, part_ctx, body, *part));
                parts[static_cast<std::size_t>(part->number) - 1] = std::move(sent);  // Each number once: no race.
                if (on_progress) on_progress(part->size);
            }
        });
    }
    COFRE_TRY(group.wait());
    if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "stopped during an upload");
    return whole;
}

Result<store::PutReceipt> upload_in_parts(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                          const ByteSource& body, const store::PutOptions& options,
                                          const UploadSettings& settings) {
    COFRE_ASSIGN(const auto fields, object_fields(client, ctx, key, options, settings));
    const std::uint64_t part_size = part_size_for(body.size(), settings.part_size, client.profile());
    COFRE_ASSIGN(const auto upload, open_upload(client, ctx, key, fields, body.size(), part_size, settings));
    std::vector<UploadedPart> parts(static_cast<std::size_t>((body.size() + part_size - 1) / part_size));
    COFRE_ASSIGN(const auto sha256,
                 send_parts(upload, ctx, body, part_size, settings.part_concurrency, parts, options.on_progress));
    if (options.sha256 && sha256 != *options.sha256) return not_as_announced();
    return upload.session->complete(ctx, parts, body.size(), sha256);
}

}  // namespace

Result<ObjectFields> object_fields(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                   const store::PutOptions& options, const UploadSettings& settings) {
    const bool is_conditional = options.if_absent || !options.if_match.empty();
    if (is_conditional && !client.profile().conditional_put) {
        const auto head = client.send(ctx, head_object(key, /*with_checksum=*/false));
        if (head.ok() && options.if_absent) return exists_already(key);
        if (!head.ok() && head.error->code() != ErrorCode::kNotFound) return *head.error;
    }
    // After that answer, which may have told what the provider can do.
    const ProviderProfile& profile = client.profile();
    if (!options.if_match.empty() && !profile.conditional_put) {
        return Error(ErrorCode::kUnsupported, "put object \"" + key.str() + "\": provider " +
                                                  std::string(profile.name) + " does not honour If-Match")
            .with_hint("name the provider if it is another one");
    }
    ObjectFields fields{.content_type = options.content_type,
                        .metadata = options.metadata,
                        .settings = settings.object,
                        .if_absent = options.if_absent && profile.conditional_put,
                        .if_match = {},
                        .with_checksum = profile.sends_checksum};
    if (!options.if_match.empty()) {
        fields.if_match = profile.bare_if_match ? options.if_match : "\"" + options.if_match + "\"";
    }
    if (options.lifespan == store::Lifespan::kPassing) fields.settings = settings.object.without_locks();
    if (fields.settings.retention) {
        fields.retain_until = client.time_to_sign() + std::chrono::hours(24) * fields.settings.retention->days;
    }
    return fields;
}

Result<store::PutReceipt> upload_text(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                      std::string_view text, const crypto::Sha256Digest& sha256,
                                      const store::PutOptions& options, const UploadSettings& settings) {
    if (options.sha256 && sha256 != *options.sha256) return not_as_announced();
    COFRE_ASSIGN(auto fields, object_fields(client, ctx, key, options, settings));
    return put_once(client, ctx, key, std::move(fields), text.size(), sha256, [&](S3Request request) {
        request.has_text = true;
        request.text = text;
        return send_text(client, ctx, request);
    });
}

Result<store::PutReceipt> upload(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                 const ByteSource& body, const store::PutOptions& options,
                                 const UploadSettings& settings) {
    if (body.size() <= std::min(kHeldInMemory, settings.multipart_threshold)) {
        std::string text(static_cast<std::size_t>(body.size()), '\0');
        COFRE_TRY(body.read_at(0, std::as_writable_bytes(std::span(text))));
        return upload_text(client, ctx, key, text, crypto::sha256(text), options, settings);
    }
    if (body.size() > settings.multipart_threshold) return upload_in_parts(client, ctx, key, body, options, settings);

    crypto::Sha256Digest sha256;
    if (options.sha256) {
        sha256 = *options.sha256;
    } else {
        COFRE_ASSIGN(sha256, crypto::sha256(body));
    }
    COFRE_ASSIGN(auto fields, object_fields(client, ctx, key, options, settings));
    return put_once(client, ctx, key, std::move(fields), body.size(), sha256,
                    [&](S3Request request) { return send_source(client, ctx, std::move(request), body); });
}

}  // namespace cofre::s3
