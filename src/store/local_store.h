#pragma once

/// @file
/// Objects as plain files below one folder of a local or mounted disk.

#include <filesystem>
#include <memory>
#include <string>

#include "base/file.h"
#include "store/object_store.h"

namespace cofre::store {

/// Key "a/b.txt" is the file `root`/a/b.txt with the object's very bytes, so
/// that any tool can read a backup. What a file system cannot hold under its
/// own name is percent-escaped in the file name: empty, "." and ".." segments,
/// a trailing slash, and a literal "%XX". A segment above 255 bytes, and a key
/// below a key that is itself an object, are kUnsupported.
///
/// A write goes to `root`/.cofre-tmp/ and is renamed when whole; leftovers of a
/// killed process that are a day old and unlocked are removed at open(). The
/// folder, and every symbolic link, is invisible to list() and refused by the
/// other methods: nothing outside `root` is ever read or written (openat2 with
/// RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS).
///
/// Files are 0600 and folders 0700. A file that somebody else put there is an
/// object too, unless no key has its name ("%41", not UTF-8).
///
/// Metadata, content type and checksums are not kept: head() gives size, time
/// and an ETag made of inode, size and time, and no sha256.
///
/// durability: put() replaces an existing key durably; a new one is durable
/// after sync(), which is syncfs(2) on the root.
class LocalStore final : public ObjectStore {
public:
    enum class Missing { kFail, kCreate };

    /// kNotFound: `root` is absent and `missing` is kFail. kInvalidArgument: it
    /// is not a folder. kPermissionDenied: not readable.
    static Result<std::unique_ptr<LocalStore>> open(const std::filesystem::path& root, Missing missing);

    std::string describe() const override;
    int useful_transfers() const override { return 1; }
    Result<PutReceipt> put(const CallContext& ctx, const ObjectKey& key, const ByteSource& body,
                           const PutOptions& options) override;
    Result<std::unique_ptr<ObjectWriter>> create_writer(const CallContext& ctx, const ObjectKey& key,
                                                        const PutOptions& options) override;
    Result<ObjectHead> get(const CallContext& ctx, const ObjectKey& key, ByteRange range,
                           const ByteSink& sink) override;
    Result<ObjectHead> head(const CallContext& ctx, const ObjectKey& key) override;
    Status remove(const CallContext& ctx, const ObjectKey& key) override;
    Result<std::vector<RemoveFailure>> remove_many(const CallContext& ctx, std::span<const ObjectKey> keys) override;
    Status copy(const CallContext& ctx, const ObjectKey& from, const ObjectKey& to) override;
    Status list(const CallContext& ctx, const ListOptions& options, const Visitor& visit) override;
    Status check_access(const CallContext& ctx) override;
    Status sync(const CallContext& ctx) override;

private:
    LocalStore(std::filesystem::path root, UniqueFd fd) : root_(std::move(root)), root_fd_(std::move(fd)) {}

    std::filesystem::path root_;
    UniqueFd root_fd_;
};

}  // namespace cofre::store
