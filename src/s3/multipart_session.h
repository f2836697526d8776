#pragma once

/// @file
/// Private to s3: one multipart upload, from its begin to its end.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "base/call_context.h"
#include "s3/s3_client.h"
#include "s3/upload_ledger.h"
#include "store/object_store.h"

namespace cofre::s3 {

/// What is written down of an upload, so that it can be found after a crash.
struct UploadRecord {
    std::optional<std::filesystem::path> folder;  ///< Absent: nothing.
    std::uint64_t size = 0;                       ///< 0: of a stream, which cannot be read again.
    std::uint64_t part_size = 0;
};

/// The head of the ledger of such an upload, but for its marker.
LedgerHead ledger_head(const S3Client& client, const store::ObjectKey& key, const ObjectFields& fields,
                       const UploadRecord& record);

/// Aborts an upload; one that the store does not know (any more) is a success.
Status abort_upload(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                    const std::string& upload_id);

/// send_part() may be called on several threads at once. Destroying it without
/// a successful complete() aborts the upload, even when everything else is
/// stopped: an abort has its own deadline of 10 s. If it fails, a warning says
/// what remains, and its ledger stays for the next attempt.
class MultipartSession {
public:
    /// `client` must outlive the session.
    static Result<std::unique_ptr<MultipartSession>> begin(S3Client& client, const CallContext& ctx,
                                                           const store::ObjectKey& key, ObjectFields fields,
                                                           const UploadRecord& record = {});
    /// The one that `ledger` tells of; no I/O. `fields`: as it was begun with.
    static std::unique_ptr<MultipartSession> resume(S3Client& client, const store::ObjectKey& key,
                                                    const ObjectFields& fields, std::unique_ptr<UploadLedger> ledger);
    MultipartSession(const MultipartSession&) = delete;
    MultipartSession& operator=(const MultipartSession&) = delete;
    ~MultipartSession();

    /// `number` counts from 1. kConflict: the source is not what `sha256` says.
    Result<UploadedPart> send_part(const CallContext& ctx, int number, std::string_view bytes,
                                   const crypto::Sha256Digest& sha256);
    Result<UploadedPart> send_part(const CallContext& ctx, int number, const ByteSource& source,
                                   const crypto::Sha256Digest& sha256);

    /// A range of another object of the bucket as a part. It has no SHA-256.
    Result<UploadedPart> copy_part(const CallContext& ctx, int number, const CopySource& from,
                                   const store::ByteRange& range);

    /// `parts`: all of them, 1 to N, in order; their sizes must add up to
    /// `size` (kInternal otherwise: nothing is completed). Then looks the
    /// object up: kCorruption if its size is not `size`; kConflict if the
    /// upload is gone and what lies under the key is not ours.
    Result<store::PutReceipt> complete(const CallContext& ctx, std::span<const UploadedPart> parts, std::uint64_t size,
                                       const crypto::Sha256Digest& sha256);

private:
    MultipartSession(S3Client& client, store::ObjectKey key) : client_(client), key_(std::move(key)) {}

    Result<UploadedPart> part_from(const S3Outcome& outcome, int number, std::uint64_t size,
                                   const crypto::Sha256Digest& sha256) const;
    void remember(const ObjectFields& fields);
    void open_ledger(const ObjectFields& fields, const UploadRecord& record);
    void warn_of(const Status& noted) const;
    void end();
    Status check_parts(std::span<const UploadedPart> parts, std::uint64_t size) const;
    Result<store::ObjectHead> look_up(const CallContext& ctx, std::uint64_t size, const S3Outcome& completion);
    bool is_ours(const S3Outcome& answer) const;
    Result<S3Outcome> find_object(const CallContext& ctx, bool must_exist);
    Result<store::ObjectHead> explain_missing(const S3Outcome& completion, const S3Outcome& answer,
                                              std::uint64_t size) const;
    void abort();

    S3Client& client_;
    const store::ObjectKey key_;
    std::string marker_;
    std::string upload_id_;
    ObjectFields conditions_;  // Decided at the end: its if_absent and if_match only.
    bool with_checksum_ = false;
    bool needs_md5_ = false;
    bool finished_ = false;
    std::unique_ptr<UploadLedger> ledger_;  // Null: none was wanted, or it could not be written.
};

}  // namespace cofre::s3
