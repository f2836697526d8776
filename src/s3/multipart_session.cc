#include "s3/multipart_session.h"

#include <utility>
#include <variant>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/task_group.h"
#include "base/utf8.h"
#include "crypto/random.h"
#include "s3/object_head.h"
#include "s3/s3_xml.h"
#include "s3/send_body.h"

namespace cofre::s3 {
namespace {

using std::chrono::seconds;

constexpr seconds kAbortDeadline{10};
constexpr seconds kCreateGrace{5};
// A store may show a new object a moment late.
constexpr int kLookUps = 4;

std::string quoted(const store::ObjectKey& key) {
    return "\"" + escape_for_display(key.str()) + "\"";
}

/// Of everything that cannot be changed once the upload has begun.
std::string digest_of(const ObjectFields& fields) {
    std::string text = fields.content_type + '\n' + describe_settings(fields.settings) + '\n';
    for (const auto& [name, value] : fields.metadata)
        text.append(name).append(1, '=').append(value).append(1, '\n');
    text += fields.with_checksum ? "checksum" : "";
    return crypto::sha256(text).hex();
}

/// Sends `request`, and lets it end for a while after a stop: an upload whose id
/// we never heard of could not be aborted.
S3Outcome send_to_its_end(S3Client& client, const CallContext& ctx, const S3Request& request) {
    std::stop_source late;
    BoundedQueue<std::monostate> done(1);
    TaskGroup watch{std::stop_token()};
    watch.spawn([&](const std::stop_token& stop) -> Status {
        if (done.pop(ctx.stop)) return {};
        (void)system_clock().sleep({.stop = stop}, kCreateGrace);
        late.request_stop();
        return {};
    });
    auto outcome = client.send({.stop = late.get_token(), .deadline = ctx.deadline}, request);
    done.close();
    return outcome;
}

}  // namespace

LedgerHead ledger_head(const S3Client& client, const store::ObjectKey& key, const ObjectFields& fields,
                       const UploadRecord& record) {
    const auto endpoint = client.endpoint();
    return {.endpoint = endpoint->base_url(),
            .bucket = endpoint->bucket(),
            .key = key.str(),
            .marker = {},
            .fields = digest_of(fields),
            .size = record.size,
            .part_size = record.part_size,
            .begun = client.time_to_sign()};
}

Status abort_upload(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                    const std::string& upload_id) {
    auto outcome = client.send(ctx, abort_multipart_upload(key, upload_id));
    if (outcome.ok() || outcome.code == "NoSuchUpload") return {};
    return *std::move(outcome.error);
}

Result<std::unique_ptr<MultipartSession>> MultipartSession::begin(S3Client& client, const CallContext& ctx,
                                                                  const store::ObjectKey& key, ObjectFields fields,
                                                                  const UploadRecord& record) {
    std::unique_ptr<MultipartSession> session(new MultipartSession(client, key));
    session->marker_ = crypto::random_hex(16);
    session->open_ledger(fields, record);
    session->remember(fields);
    fields.metadata[std::string(kUploadMarker)] = session->marker_;
    if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "begin multipart upload");
    auto outcome = send_to_its_end(client, ctx, create_multipart_upload(key, fields));
    if (outcome.error) return *std::move(outcome.error);
    COFRE_ASSIGN(session->upload_id_, parse_upload_id(outcome.response.body));
    if (session->ledger_) session->warn_of(session->ledger_->set_upload_id(session->upload_id_));
    return session;
}

std::unique_ptr<MultipartSession> MultipartSession::resume(S3Client& client, const store::ObjectKey& key,
                                                           const ObjectFields& fields,
                                                           std::unique_ptr<UploadLedger> ledger) {
    std::unique_ptr<MultipartSession> session(new MultipartSession(client, key));
    session->marker_ = ledger->head().marker;
    session->upload_id_ = ledger->upload_id();
    session->remember(fields);
    session->ledger_ = std::move(ledger);
    return session;
}

void MultipartSession::remember(const ObjectFields& fields) {
    conditions_.if_absent = fields.if_absent;
    conditions_.if_match = fields.if_match;
    with_checksum_ = fields.with_checksum;
    needs_md5_ = fields.settings.locks() && !fields.with_checksum;
}

// An upload is not to fail because a note of it cannot be made.
void MultipartSession::open_ledger(const ObjectFields& fields, const UploadRecord& record) {
    if (!record.folder) return;
    LedgerHead head = ledger_head(client_, key_, fields, record);
    head.marker = marker_;
    auto ledger = UploadLedger::create(*record.folder, head);
    if (!ledger) return warn_of(ledger.error());
    ledger_ = *std::move(ledger);
}

void MultipartSession::warn_of(const Status& noted) const {
    if (noted) return;
    log_warning("s3", "the upload of " + quoted(key_) + " could not go on after a crash: " + noted.error().message());
}

MultipartSession::~MultipartSession() {
    if (!finished_ && !upload_id_.empty()) abort();
}

void MultipartSession::end() {
    finished_ = true;
    if (ledger_) ledger_->remove();
}

void MultipartSession::abort() {
    // On its own: a stop or a deadline of the upload must not leave its parts behind.
    const CallContext ctx{{}, client_.clock().now() + kAbortDeadline};
    const Status aborted = abort_upload(client_, ctx, key_, upload_id_);
    if (aborted) return end();
    log_warning("s3", "parts of an unfinished upload of " + quoted(key_) + " remain (upload id " + upload_id_ +
                          "), because it could not be aborted: " + aborted.error().message());
}

Result<UploadedPart> MultipartSession::send_part(const CallContext& ctx, int number, std::string_view bytes,
                                                 const crypto::Sha256Digest& sha256) {
    auto request = upload_part(key_, upload_id_, number, sha256, with_checksum_);
    request.needs_md5 = needs_md5_;
    request.has_text = true;
    request.text = bytes;
    const auto outcome = send_text(client_, ctx, request);
    return part_from(outcome, number, bytes.size(), sha256);
}

Result<UploadedPart> MultipartSession::send_part(const CallContext& ctx, int number, const ByteSource& source,
                                                 const crypto::Sha256Digest& sha256) {
    auto request = upload_part(key_, upload_id_, number, sha256, with_checksum_);
    request.needs_md5 = needs_md5_;
    const auto outcome = send_source(client_, ctx, std::move(request), source);
    return part_from(outcome, number, source.size(), sha256);
}

Result<UploadedPart> MultipartSession::copy_part(const CallContext& ctx, int number, const CopySource& from,
                                                 const store::ByteRange& range) {
    const auto outcome = client_.send(ctx, upload_part_copy(key_, upload_id_, number, from, range));
    if (outcome.error) return Error(*outcome.error).context("part " + std::to_string(number));
    COFRE_ASSIGN(auto etag, parse_result_etag(outcome.response.body));
    return UploadedPart{.number = number, .size = *range.length, .etag = std::move(etag), .sha256 = {}};
}

Result<UploadedPart> MultipartSession::part_from(const S3Outcome& outcome, int number, std::uint64_t size,
                                                 const crypto::Sha256Digest& sha256) const {
    const std::string what = "part " + std::to_string(number);
    if (outcome.error) return Error(*outcome.error).context(what);
    UploadedPart part{
        .number = number, .size = size, .etag = std::string(outcome.response.header("etag")), .sha256 = sha256};
    if (part.etag.empty())
        return Error(ErrorCode::kCorruption, what + " of " + quoted(key_) + ": the answer has no ETag");
    if (ledger_) {
        const Status noted = ledger_->add_part(part);
        if (!noted) log_warning("s3", what + " would be sent again after a crash: " + noted.error().message());
    }
    return part;
}

Status MultipartSession::check_parts(std::span<const UploadedPart> parts, std::uint64_t size) const {
    std::uint64_t sum = 0;
    int expected = 1;
    for (const auto& part : parts) {
        if (part.number != expected++)
            return Error(ErrorCode::kInternal, "a part of " + quoted(key_) + " was not sent");
        sum += part.size;
    }
    if (sum != size || parts.empty()) {
        return Error(ErrorCode::kInternal, "parts of " + quoted(key_) + " hold " + std::to_string(sum) +
                                               " bytes, but " + std::to_string(size) + " were read");
    }
    return {};
}

Result<store::PutReceipt> MultipartSession::complete(const CallContext& ctx, std::span<const UploadedPart> parts,
                                                     std::uint64_t size, const crypto::Sha256Digest& sha256) {
    COFRE_TRY(check_parts(parts, size));
    const std::string document = complete_document(parts, with_checksum_);
    const auto completion = client_.send(ctx, complete_multipart_upload(key_, upload_id_, document, conditions_));
    if (completion.ok()) end();
    auto head = look_up(ctx, size, completion);
    if (!head) return std::move(head).error();
    end();
    return store::PutReceipt{.size = size, .sha256 = sha256, .etag = head->etag, .version_id = head->version_id};
}

// The object itself decides whether the completion took place: its answer may
// have been lost, and a second request then finds no upload.
Result<store::ObjectHead> MultipartSession::look_up(const CallContext& ctx, std::uint64_t size,
                                                    const S3Outcome& completion) {
    const bool open = completion.maybe_done || completion.code == "NoSuchUpload";
    if (!completion.ok() && !open) return *completion.error;
    COFRE_ASSIGN(const S3Outcome answer, find_object(ctx, completion.ok()));
    if (!is_ours(answer)) return explain_missing(completion, answer, size);
    COFRE_ASSIGN(auto head, read_object_head(answer.response));
    if (head.size == size) return head;
    return Error(ErrorCode::kCorruption, "the store holds " + std::to_string(head.size) + " bytes of " + quoted(key_) +
                                             ", but " + std::to_string(size) + " were sent");
}

bool MultipartSession::is_ours(const S3Outcome& answer) const {
    return answer.ok() && upload_marker(answer.response) == marker_;
}

Result<S3Outcome> MultipartSession::find_object(const CallContext& ctx, bool must_exist) {
    for (int i = 0;; ++i) {
        auto answer = client_.send(ctx, head_object(key_, with_checksum_));
        const bool may_appear = answer.ok() || answer.error->code() == ErrorCode::kNotFound;
        // If it need not exist, the completion most likely never took place.
        if (is_ours(answer) || !must_exist || !may_appear || i + 1 == kLookUps) return answer;
        COFRE_TRY(client_.clock().sleep(ctx, backoff(i, 1.0, std::nullopt)));
    }
}

Result<store::ObjectHead> MultipartSession::explain_missing(const S3Outcome& completion, const S3Outcome& answer,
                                                            std::uint64_t size) const {
    if (!completion.ok()) {
        if (completion.code != "NoSuchUpload") return *completion.error;
        return Error(ErrorCode::kConflict, completion.error->message() + "; what lies under the key is not this upload")
            .with_hint("something else aborted the upload: a lifecycle rule, a clean-up job or another program");
    }
    if (answer.ok())
        return Error(ErrorCode::kConflict, "another writer replaced " + quoted(key_) + " at the same time");
    switch (answer.error->code()) {
        case ErrorCode::kPermissionDenied:
            log_warning("s3", "the size of " + quoted(key_) + " could not be checked: " + answer.error->message());
            return store::ObjectHead{
                .size = size, .etag = {}, .version_id = {}, .content_type = {}, .metadata = {}, .sha256 = {}};
        case ErrorCode::kNotFound:
            return Error(ErrorCode::kUnavailable, "the store accepted " + quoted(key_) + " but does not show it");
        default: return *answer.error;
    }
}

}  // namespace cofre::s3
