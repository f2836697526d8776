#pragma once

/// @file
/// One file being written beside the tree, and moved into it when whole.
/// Private to store.

#include <cstdint>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "store/local_names.h"
#include "store/object_store.h"

namespace cofre::store {

/// ObjectWriter of LocalStore. Holds a lock on its temporary file for as long
/// as it lives, which is what tells it from the leftover of a killed process.
class LocalWriter final : public ObjectWriter {
public:
    /// Fails at once, before any byte is sent, where commit() would have to:
    /// kConflict for `options.if_absent`, kUnsupported for a key that the tree
    /// cannot hold.
    static Result<std::unique_ptr<LocalWriter>> create(int root, const ObjectKey& key, const PutOptions& options);

    ~LocalWriter() override;

    Status append(const CallContext& ctx, std::span<const std::byte> data) override;
    Result<PutReceipt> commit(const CallContext& ctx) override;

private:
    LocalWriter(std::string doing, LocalPath path, const PutOptions& options)
        : doing_(std::move(doing)), path_(std::move(path)), options_(options) {}

    enum class Occupant { kNothing, kObject };

    Status open_temporary();
    Result<Occupant> occupant(int folder) const;
    Status check_key() const;
    Status sync_file();
    Status move_into_place();
    Result<bool> try_move();
    int rename_to(int folder) const;

    std::string doing_;  // "put a/b", for messages.
    LocalPath path_;
    PutOptions options_;
    UniqueFd root_;  // Our own, so that the store may die first.
    UniqueFd temporary_folder_;
    std::string temporary_name_;  // Empty once the file has its final name.
    UniqueFd file_;
    bool is_synced_ = false;
    crypto::Sha256 hash_;
    std::uint64_t size_ = 0;
};

/// Removes from kTemporaryFolder what is at least a day old and not locked by a
/// living writer. Failures are left for the next time.
void remove_stale_temporaries(int root);

}  // namespace cofre::store
