#pragma once

/// @file
/// Private to s3: an object of unknown length.

#include <memory>

#include "base/call_context.h"
#include "s3/s3_client.h"
#include "s3/s3_upload.h"
#include "store/object_writer.h"

namespace cofre::s3 {

/// What fits into one part goes out in one request at commit(). A longer
/// object is sent in parts while it is written: at most part_concurrency of
/// them in flight and one that fills, fewer while other writers have the memory
/// (UploadSettings::part_memory). Buffers grow with their content and are used
/// again.
///
/// `client` must outlive the writer. The deadline of `ctx` limits its parts.
Result<std::unique_ptr<store::ObjectWriter>> make_writer(S3Client& client, const CallContext& ctx,
                                                         const store::ObjectKey& key, const store::PutOptions& options,
                                                         const UploadSettings& settings);

}  // namespace cofre::s3
