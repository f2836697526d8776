#pragma once

/// @file
/// Blobs in, packs and index files out.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/blob.h"
#include "repo/repository.h"

namespace cofre::repo {

struct BlobWriterOptions {
    std::uint64_t pack_bytes = 16ULL << 20U;  ///< A pack is closed when it reaches this. 4 to 128 MiB.
    int workers = 0;                          ///< Compress and encrypt; 0: one for each processor.
    int uploads = 0;                          ///< Packs sent at once; 0: as many as the store profits from.
    bool compress_all = false;                ///< Version 2: also what would gain nothing, as restic does.
    bool verify = true;                       ///< Decrypt, decompress and hash each blob before it is packed.
    /// Asked before each pack, index and snapshot is stored: RepoLock::check().
    std::function<Status()> may_write;
};

struct BlobWriterTotals {
    std::uint64_t blobs_seen = 0;
    std::uint64_t blobs_new = 0;
    std::uint64_t bytes_seen = 0;    ///< Plaintext.
    std::uint64_t bytes_new = 0;     ///< Plaintext of new blobs: restic's data_added.
    std::uint64_t bytes_packed = 0;  ///< What they take in packs: data_added_packed.
    std::uint64_t packs = 0;
};

struct SavedBlob {
    Id id;
    bool is_new = false;
};

/// Writes what the repository does not have yet. Load the index first.
///
/// save() hashes on the caller's thread; whatever is new is copied, and workers
/// compress, encrypt, verify and pack it. Thread-safe: any number of threads may
/// save() at once; it blocks while too much is in flight.
///
/// The first failure of a worker or an upload is what every later call returns.
/// Nothing refers to what was stored before it, so it is garbage and no harm.
/// Destroying a writer without flush() stops it: packs under way are dropped.
///
/// Peak memory: 2 + `uploads` packs of pack_bytes plus one blob, and per worker
/// one blob (8 MiB) and zstd contexts; 8 MiB of blobs in flight.
class BlobWriter {
public:
    /// `repository` must outlive it. `ctx` is for all the I/O it does.
    BlobWriter(const CallContext& ctx, Repository& repository, const BlobWriterOptions& options);
    ~BlobWriter();
    BlobWriter(const BlobWriter&) = delete;
    BlobWriter& operator=(const BlobWriter&) = delete;

    /// The blob's id, at once. Readable after flush(). Tree blobs are always
    /// compressed (version 2), data blobs as the repository's options say. An
    /// empty blob, or one above kMaxBlobBytes, is kInvalidArgument.
    Result<SavedBlob> save(BlobType type, std::span<const std::byte> bytes);

    /// Returns when all that was saved is in packs, the packs in index files, and
    /// all of it durable: only then write what refers to it. Others may save()
    /// meanwhile; what they save may need another flush().
    Status flush();

    BlobWriterTotals totals() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::repo
