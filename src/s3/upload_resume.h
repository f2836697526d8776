#pragma once

/// @file
/// Private to s3: going on with what a dead process had begun, and clearing
/// away what nobody will go on with.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/call_context.h"
#include "s3/multipart_session.h"
#include "s3/s3_upload.h"

namespace cofre::s3 {

struct OpenedUpload {
    std::unique_ptr<MultipartSession> session;
    /// Parts that the store holds and that need not be sent again if what is
    /// read now has the same SHA-256.
    std::map<int, UploadedPart> parts;
};

/// What the store holds of an upload; nullopt: it does not know it (any more).
Result<std::optional<std::map<int, UploadedPart>>> held_parts(S3Client& client, const CallContext& ctx,
                                                              const store::ObjectKey& key,
                                                              const std::string& upload_id);

/// The upload of `key` that a dead process left in the ledger folder, if what
/// it was to become is what is asked for now and the store still has it; else a
/// new one, after the old has been aborted. `size`: of the whole body.
Result<OpenedUpload> open_upload(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                 const ObjectFields& fields, std::uint64_t size, std::uint64_t part_size,
                                 const UploadSettings& settings);

/// Aborts the upload of `ledger` and forgets it. An upload whose id was never
/// seen is found by its key and the moment of its beginning: only one that no
/// ledger knows, begun within a minute of ours.
Status abort_dead_upload(S3Client& client, const CallContext& ctx, UploadLedger& ledger);

}  // namespace cofre::s3
