#pragma once

/// @file
/// A repository in restic's format, version 2 (1 can be read and written too):
/// opening it, its small files, its index, and reading blobs. Blobs are written
/// with BlobWriter; locks are RepoLock's.

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_buffer.h"
#include "base/call_context.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/sealed_box.h"
#include "repo/blob.h"
#include "repo/blob_codec.h"
#include "repo/blob_index.h"
#include "repo/chunker.h"
#include "repo/key_file.h"
#include "repo/object_bytes.h"
#include "repo/repo_cache.h"
#include "repo/repo_config.h"
#include "repo/repo_layout.h"
#include "store/object_store.h"

namespace cofre::repo {

enum class Compression : std::uint8_t { kOff, kAuto, kMax };
Result<Compression> parse_compression(std::string_view text);  ///< "off", "auto", "max".

struct RepositoryOptions {
    std::string prefix;  ///< Of every key; "" or a folder of the bucket.
    Compression compression = Compression::kAuto;
    std::optional<std::filesystem::path> cache_root;  ///< Absent: no cache.
    std::uint64_t cache_max_bytes = 4ULL << 30U;
    int connections = 5;  ///< Files read at once by load_index().
    /// Of new keys; absent: calibrated to half a second on this machine.
    std::optional<crypto::ScryptCost> key_cost;
};

struct IndexProgress {
    std::size_t files_done = 0;
    std::size_t files_total = 0;
    std::size_t blobs = 0;
};

/// Thread-safe once open. `store` and `clock` must outlive it.
///
/// Errors: kNoRepository (exit 10), kWrongPassword (exit 12), kLocked (exit 11,
/// RepoLock only), kCorruption for bytes that fail MAC, hash or form (the
/// message names the file), kNotFound for a file or blob that is not there, and
/// those of ObjectStore.
class Repository {
public:
    /// Creates one. kConflict: there is one already, or only its keys.
    static Result<std::unique_ptr<Repository>> init(const CallContext& ctx, store::ObjectStore& store, Clock& clock,
                                                    const Secret& password, const RepositoryOptions& options,
                                                    std::uint32_t version = 2);

    /// Tries every key. kWrongPassword: none fits (an unreadable key file is
    /// passed over, and named in the hint). Takes half a second for each key.
    static Result<std::unique_ptr<Repository>> open(const CallContext& ctx, store::ObjectStore& store, Clock& clock,
                                                    const Secret& password, const RepositoryOptions& options);
    ~Repository();

    const RepoConfig& config() const { return config_; }
    const RepositoryOptions& options() const { return options_; }
    const Layout& layout() const { return layout_; }
    const ChunkTables& chunk_tables() const { return chunk_tables_; }
    store::ObjectStore& store() { return store_; }
    Clock& clock() { return clock_; }
    RepoCache* cache() { return cache_.get(); }
    /// The key file that the password opened.
    const Id& key_id() const { return key_id_; }
    /// For `cat masterkey` only: whoever has it reads everything.
    const crypto::BoxKey& master_key() const { return master_; }
    /// Each thread that encrypts or decrypts makes its own.
    crypto::SealedBox make_box() const { return crypto::SealedBox(master_); }
    BlobDecoder make_decoder() const { return BlobDecoder(master_); }
    BlobEncoder make_encoder(bool verify) const;

    // Keys.
    Result<Id> add_key(const CallContext& ctx, const Secret& password);
    /// kConflict: it is the key that this repository was opened with.
    Status remove_key(const CallContext& ctx, const Id& id);
    struct KeyEntry {
        Id id;
        KeyInfo info;
    };
    Result<std::vector<KeyEntry>> list_keys(const CallContext& ctx);

    // Small files: index, snapshot, lock.

    /// Every file of a kind, in order of ids. Foreign files are passed over.
    Result<std::vector<FileInfo>> list(const CallContext& ctx, FileKind kind);
    /// Decrypted and decompressed; at most `max_bytes`. Index and snapshot files
    /// come from the cache where they can.
    Result<ByteBuffer> load_unpacked(const CallContext& ctx, FileKind kind, const Id& id,
                                     std::size_t max_bytes = 64UL << 20U);
    /// Compresses (version 2), encrypts, stores and names it. For an index or a
    /// snapshot, what was stored before is made durable first: the order packs,
    /// index, snapshot holds through a power cut. Durable itself after sync().
    Result<Id> save_unpacked(const CallContext& ctx, FileKind kind, std::string_view json);
    Status remove(const CallContext& ctx, FileKind kind, const Id& id);

    /// The one file whose id begins with `prefix` (at least one hex digit).
    /// kNotFound: none; kConflict: several, and the message names some;
    /// kInvalidArgument: not hexadecimal.
    Result<Id> find(const CallContext& ctx, FileKind kind, std::string_view prefix);

    // The index.

    /// Reads every index file. List snapshots *before*: what a snapshot refers to
    /// is then in the index. Replaces what was loaded before. Memory: see
    /// BlobIndex, and one decoded index file for each connection.
    Status load_index(const CallContext& ctx, const std::function<void(const IndexProgress&)>& progress = {});

    /// `use` may read the index; nobody changes it meanwhile. No I/O inside.
    template <typename F>
    auto with_index(F&& use) const {
        return index_.with([&](const BlobIndex& index) { return std::forward<F>(use)(index); });
    }
    /// What BlobWriter has stored becomes visible.
    void add_to_index(const PackContent& pack);

    // Blobs.

    /// The plaintext of a blob, checked against its id. A damaged copy is
    /// replaced by another pack's if there is one. Tree packs are cached whole.
    /// kNotFound: not in the index.
    Result<ByteBuffer> load_blob(const CallContext& ctx, BlobType type, const Id& id);

    /// Several blobs of one pack, in few requests: neighbours are fetched
    /// together. `blobs` in order of offsets. `visit` gets each plaintext, or
    /// the error of that blob alone; what it returns stops. Memory: 8 MiB and
    /// the largest blob.
    using BlobVisitor = std::function<Status(const PackedBlob&, Result<std::span<const std::byte>>)>;
    Status load_blobs(const CallContext& ctx, const Id& pack, std::span<const PackedBlob> blobs,
                      const BlobVisitor& visit);

    /// What a pack itself says it holds. kCorruption: no valid header.
    Result<std::vector<PackedBlob>> read_pack_header(const CallContext& ctx, const Id& pack, std::uint64_t size);

private:
    Repository(store::ObjectStore& store, Clock& clock, RepositoryOptions options, Layout layout,
               const RepoConfig& config, const crypto::BoxKey& master, const Id& key_id);
    Result<ByteBuffer> fetch(const CallContext& ctx, FileKind kind, const Id& id, std::size_t max_bytes);
    Result<ByteBuffer> fetch_cached(const CallContext& ctx, FileKind kind, const Id& id, std::size_t max_bytes);
    Result<ByteBuffer> read_box(const CallContext& ctx, const Id& pack, const PackedBlob& blob);
    Result<ByteBuffer> load_copy(const CallContext& ctx, const Id& pack, const PackedBlob& blob);
    Result<ByteBuffer> load_other_copy(const CallContext& ctx, const Id& bad_pack, const PackedBlob& blob, Error first);
    Status visit_group(const CallContext& ctx, const Id& pack, std::span<const PackedBlob> group, BlobDecoder& decoder,
                       ByteBuffer& buffer, const BlobVisitor& visit);
    Status load_index_file(const CallContext& ctx, const Id& id, Guarded<BlobIndex>& into);

    static constexpr std::size_t kPackStripes = 16;

    store::ObjectStore& store_;
    Clock& clock_;
    RepositoryOptions options_;
    Layout layout_;
    RepoConfig config_;
    crypto::BoxKey master_;
    Id key_id_;
    ChunkTables chunk_tables_;
    std::unique_ptr<RepoCache> cache_;
    Guarded<BlobIndex> index_;
    std::array<Guarded<int>, kPackStripes> pack_fetches_;  // One fetch at a time of a tree pack into the cache.
};

}  // namespace cofre::repo
