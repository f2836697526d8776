#pragma once

/// @file
/// One file, from the disk to a proven object.

#include <functional>
#include <string>

#include "backup/backup_plan.h"
#include "backup/progress.h"
#include "backup/source_set.h"
#include "base/call_context.h"
#include "base/result.h"
#include "objects/manifest.h"
#include "store/object_store.h"

namespace cofre::backup {

/// Whose fault it is that a file did not arrive.
enum class FaultSide : std::uint8_t { kSource, kStore };

/// What one upload tells while it goes on.
struct UploadNotes {
    FaultSide side = FaultSide::kSource;  ///< After a failure: whose it was.
    /// Told, from several threads, of bytes of a large file that have gone.
    std::function<void(std::uint64_t)> on_progress;
};

struct UploadedFile {
    objects::ManifestEntry entry;
    /// The file was still changing at the last attempt: what is stored is what
    /// was read, but it may mix two states of the file.
    bool changed_while_read = false;
};

/// Thread-safe.
class FileUploader {
public:
    /// Both must outlive it.
    FileUploader(const BackupPlan& plan, store::ObjectStore& store) : plan_(plan), store_(store) {}

    /// Reads, hashes, compresses if asked, and stores. A file that changes
    /// meanwhile (size, times or inode differ before and after) is read again,
    /// up to three times in all if it is below 64 MiB.
    Result<UploadedFile> upload(const CallContext& ctx, const MountedTree& tree, const source::TreeEntry& entry,
                                UploadNotes& notes) const;

private:
    Result<store::PutReceipt> store_file(const CallContext& ctx, int fd, objects::ManifestEntry& out,
                                         const UploadNotes& notes) const;
    Result<store::PutReceipt> store_plain(const CallContext& ctx, const store::ObjectKey& key, int fd,
                                          objects::ManifestEntry& out, const UploadNotes& notes) const;
    Result<store::PutReceipt> store_compressed(const CallContext& ctx, const store::ObjectKey& key, int fd,
                                               objects::ManifestEntry& out, const UploadNotes& notes) const;

    const BackupPlan& plan_;
    store::ObjectStore& store_;
};

/// The parts of a manifest entry that come from the walk.
objects::ManifestEntry describe_entry(const MountedTree& tree, const source::TreeEntry& entry);

/// What a later deletion may rely on.
inline bool proves_content(objects::Proof proof) {
    return proof == objects::Proof::kChecksum || proof == objects::Proof::kReadBack;
}

}  // namespace cofre::backup
