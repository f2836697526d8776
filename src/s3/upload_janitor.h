#pragma once

/// @file
/// Unfinished multipart uploads: which are ours and dead, and which are not.

#include <chrono>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "s3/s3_client.h"
#include "s3/s3_upload.h"

namespace cofre::s3 {

/// Ours only: those of the ledger folder that lie in the bucket, below `prefix`,
/// and whose process is dead. Sets `aborted` and `young`.
Status abort_dead_uploads(S3Client& client, const CallContext& ctx, std::string_view prefix,
                          std::chrono::seconds older_than, bool dry_run, const UploadSettings& settings,
                          UploadCleanup& cleanup);

/// Looks at all unfinished uploads below `prefix`. Only those that a ledger of
/// the folder tells of, whose process is dead, and which began longer than
/// `older_than` ago are aborted; others are reported and left alone.
/// kPermissionDenied: they cannot be listed; dead ones of ours are aborted
/// nevertheless, before that is reported.
Result<UploadCleanup> clean_up_uploads(S3Client& client, const CallContext& ctx, std::string_view prefix,
                                       std::chrono::seconds older_than, bool dry_run, const UploadSettings& settings);

}  // namespace cofre::s3
