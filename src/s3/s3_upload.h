#pragma once

/// @file
/// Private to s3: putting a body whose length is known.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "base/call_context.h"
#include "base/semaphore.h"
#include "s3/s3_client.h"
#include "store/object_store.h"

namespace cofre::s3 {

struct UploadSettings {
    std::uint64_t multipart_threshold = 0;
    std::uint64_t part_size = 0;
    int part_concurrency = 1;
    ObjectSettings object;
    std::shared_ptr<Semaphore> part_memory;  ///< Bytes that the parts of all writers may take.
    /// Where unfinished uploads are written down; absent: nowhere.
    std::optional<std::filesystem::path> ledger_folder;
};

/// As ObjectStore::put(): one request up to the threshold, parts above it.
/// Memory: a body of at most 1 MiB is read once and held; of a larger one only
/// the buffers of its connections, and 256 KiB, for it is read twice.
Result<store::PutReceipt> upload(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                 const ByteSource& body, const store::PutOptions& options,
                                 const UploadSettings& settings);

/// The same for a body in memory, in one request.
Result<store::PutReceipt> upload_text(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                      std::string_view text, const crypto::Sha256Digest& sha256,
                                      const store::PutOptions& options, const UploadSettings& settings);

/// What a new object gets from its options. kConflict: it must be absent and
/// is there, at a provider that cannot decide this by itself. kUnsupported: it
/// must be another and the provider cannot decide that.
Result<ObjectFields> object_fields(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                   const store::PutOptions& options, const UploadSettings& settings);

}  // namespace cofre::s3
