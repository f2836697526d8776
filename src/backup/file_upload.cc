#include "backup/file_upload.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "backup/store_proof.h"
#include "base/units.h"
#include "codec/codec.h"
#include "objects/object_naming.h"

namespace cofre::backup {
namespace {

constexpr int kReadAttempts = 3;
constexpr std::uint64_t kReadAgainBelow = 64_MiB;

/// The form that rclone and others read, so that they show the file's own time.
std::string decimal_seconds(std::int64_t ns) {
    constexpr std::int64_t kPerSecond = 1'000'000'000;
    const std::int64_t seconds = ns >= 0 ? ns / kPerSecond : -((-ns + kPerSecond - 1) / kPerSecond);
    return fmt::format("{}.{:09}", seconds, ns - seconds * kPerSecond);
}

store::PutOptions put_options(const objects::ManifestEntry& entry,
                              const std::function<void(std::uint64_t)>& on_progress) {
    store::PutOptions options;
    options.on_progress = on_progress;
    options.metadata["mtime"] = decimal_seconds(entry.mtime_ns);
    return options;
}

/// Reads exactly `size` bytes from the start. kConflict: the file is shorter.
Status read_file(int fd, std::uint64_t size, const ByteSink& sink) {
    return copy_bytes(FileSource(fd, size), sink);
}

void take_identity(objects::ManifestEntry& entry, const source::FileIdentity& identity) {
    entry.size = identity.size;
    entry.inode = identity.inode;
    entry.mtime_ns = identity.mtime_ns;
    entry.ctime_ns = identity.ctime_ns;
}

}  // namespace

objects::ManifestEntry describe_entry(const MountedTree& tree, const source::TreeEntry& entry) {
    objects::ManifestEntry out;
    out.path = tree.path_in_backup(entry.path);
    out.type = entry.type == source::FileType::kDirectory ? objects::EntryType::kDirectory
               : entry.type == source::FileType::kSymlink ? objects::EntryType::kSymlink
                                                          : objects::EntryType::kFile;
    out.mode = entry.mode;
    out.uid = entry.uid;
    out.gid = entry.gid;
    out.user = entry.user;
    out.group = entry.group;
    out.link_target = entry.link_target;
    take_identity(out, entry.identity);
    return out;
}

Result<store::PutReceipt> FileUploader::store_plain(const CallContext& ctx, const store::ObjectKey& key, int fd,
                                                    objects::ManifestEntry& out, const UploadNotes& notes) const {
    COFRE_ASSIGN(auto receipt, store_.put(ctx, key, FileSource(fd, out.size), put_options(out, notes.on_progress)));
    out.sha256 = receipt.sha256;
    return receipt;
}

Result<store::PutReceipt> FileUploader::store_compressed(const CallContext& ctx, const store::ObjectKey& key, int fd,
                                                         objects::ManifestEntry& out, const UploadNotes& notes) const {
    const auto format = plan_.compression == objects::Compression::kGzip ? codec::Format::kGzip : codec::Format::kZstd;
    const auto encoder = codec::make_encoder(format, plan_.compression_level);
    COFRE_ASSIGN(const auto writer, store_.create_writer(ctx, key, put_options(out, nullptr)));
    const ByteSink to_store = [&](std::span<const std::byte> bytes) { return writer->append(ctx, bytes); };
    crypto::Sha256 hash;
    COFRE_TRY(read_file(fd, out.size, [&](std::span<const std::byte> bytes) -> Status {
        hash.update(bytes);
        if (notes.on_progress) notes.on_progress(bytes.size());
        return encoder->write(bytes, to_store);
    }));
    COFRE_TRY(encoder->finish(to_store));
    out.sha256 = hash.finish();
    return writer->commit(ctx);
}

Result<store::PutReceipt> FileUploader::store_file(const CallContext& ctx, int fd, objects::ManifestEntry& out,
                                                   const UploadNotes& notes) const {
    out.stored.compression = plan_.compression;
    COFRE_ASSIGN(auto key, objects::key_for_path(plan_.prefix, out.path, out.stored.compression));
    out.stored.key = key.str();
    if (out.stored.compression != objects::Compression::kNone) {
        auto stored = store_compressed(ctx, key, fd, out, notes);
        if (stored || stored.error().code() != ErrorCode::kUnsupported) return stored;
        // The suffix may be what makes the name too long for a disk.
        out.stored.compression = objects::Compression::kNone;
        COFRE_ASSIGN(key, objects::key_for_path(plan_.prefix, out.path, out.stored.compression));
        out.stored.key = key.str();
    }
    return store_plain(ctx, key, fd, out, notes);
}

Result<UploadedFile> FileUploader::upload(const CallContext& ctx, const MountedTree& tree,
                                          const source::TreeEntry& entry, UploadNotes& notes) const {
    UploadedFile result{describe_entry(tree, entry)};
    objects::ManifestEntry& out = result.entry;
    store::PutReceipt receipt;
    for (int attempt = 1;; ++attempt) {
        notes.side = FaultSide::kSource;
        COFRE_ASSIGN(const auto fd, tree.tree.open_file(entry.path));
        COFRE_ASSIGN(const auto before, source::FileTree::identity_of(fd.get(), entry.path));
        take_identity(out, before);
        notes.side = FaultSide::kStore;
        auto stored = store_file(ctx, fd.get(), out, notes);
        const bool changed_under_store = !stored && stored.error().code() == ErrorCode::kConflict;
        if (!stored && !changed_under_store) return std::move(stored).error();
        notes.side = FaultSide::kSource;
        COFRE_ASSIGN(const auto after, source::FileTree::identity_of(fd.get(), entry.path));
        result.changed_while_read = changed_under_store || !(before == after);
        if (result.changed_while_read && attempt < kReadAttempts && before.size < kReadAgainBelow) continue;
        if (changed_under_store) {
            return Error(ErrorCode::kConflict, fmt::format("changed while it was read, {} times", attempt))
                .with_hint("back it up when nothing writes to it, or from a file system snapshot");
        }
        receipt = *std::move(stored);
        break;
    }
    out.stored.size = receipt.size;
    out.stored.sha256 = receipt.sha256;
    out.stored.etag = receipt.etag;
    out.stored.version_id = receipt.version_id;
    out.archived = plan_.delete_after_upload;
    return result;
}

}  // namespace cofre::backup
