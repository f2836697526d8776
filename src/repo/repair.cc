#include "repo/repair.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/file.h"
#include "base/parallel.h"
#include "repo/blob_writer.h"
#include "repo/index_rewrite.h"
#include "repo/object_bytes.h"
#include "repo/pack_check.h"

namespace cofre::repo {
namespace {

// A pack that is copied before it goes: rustic's largest is 4 GiB, ours 128 MiB.
constexpr std::size_t kMaxBackupPack = std::size_t{1} << 32U;

bool is_file_damage(const Error& error) {
    return error.code() == ErrorCode::kCorruption || error.code() == ErrorCode::kNotFound ||
           error.code() == ErrorCode::kResourceExhausted;
}

class IndexRepair {
public:
    IndexRepair(Repository& repository, const RepairOptions& options) : repository_(repository), options_(options) {}

    Result<RepairIndexResult> run(const CallContext& ctx) {
        COFRE_ASSIGN(auto old_files, load_old(ctx));
        COFRE_ASSIGN(const auto packs, repository_.list(ctx, FileKind::kPack));
        IndexFileWriter writer(repository_, options_.may_write);
        COFRE_TRY(write_known(ctx, packs, writer));
        COFRE_TRY(write_unknown(ctx, writer));
        COFRE_TRY(writer.finish(ctx));
        std::erase_if(old_files, [&](const Id& id) { return writer.written().contains(id); });
        COFRE_TRY(remove_files(ctx, repository_, FileKind::kIndex, old_files, options_.may_write, options_.on_step));
        result_.index_files_removed = old_files.size();
        COFRE_TRY(repository_.store().sync(ctx));
        COFRE_TRY(repository_.load_index(ctx));
        return result_;
    }

private:
    void find(const std::string& line) {
        if (!options_.on_finding) return;
        finding_.with([&](int&) { options_.on_finding(line); });
    }

    /// The old index, as far as it can be read; all its files.
    Result<std::vector<Id>> load_old(const CallContext& ctx) {
        COFRE_ASSIGN(const auto files, repository_.list(ctx, FileKind::kIndex));
        std::vector<Id> ids;
        for (const auto& file : files) {
            ids.push_back(file.id);
            if (options_.read_all_packs) continue;
            std::vector<PackContent> packs;  // Of a damaged file, nothing.
            auto read = repository_.read_index_file(ctx, file.id, [&](PackContent&& pack) -> Status {
                packs.push_back(std::move(pack));
                return {};
            });
            if (!read && !is_file_damage(read.error())) return std::move(read).error();
            if (!read) {
                find(read.error().message());
                continue;
            }
            for (const auto& pack : packs)
                old_.insert(pack);
        }
        return ids;
    }

    Status write_known(const CallContext& ctx, const std::vector<FileInfo>& stored, IndexFileWriter& writer) {
        const PackOrder order(old_);
        std::vector<bool> is_stored(old_.pack_count());
        for (const auto& file : stored) {
            const auto number = old_.find_pack(file.id);
            if (number) is_stored[*number] = true;
            auto blobs = number ? order.blobs(old_, *number) : std::vector<PackedBlob>();
            if (number && packed_size(blobs) == file.size) {
                COFRE_TRY(writer.add(ctx, {file.id, std::move(blobs)}));
                ++result_.packs_kept;
            } else {
                unknown_.push_back(file);
            }
        }
        for (PackNumber number = 0; number < is_stored.size(); ++number) {
            if (is_stored[number]) continue;
            ++result_.packs_missing;
            find("pack " + old_.pack_id(number).hex() + " is missing: it leaves the index");
        }
        return {};
    }

    Status write_unknown(const CallContext& ctx, IndexFileWriter& writer) {
        Guarded<std::uint64_t> done;
        const int threads = repository_.options().connections;
        return parallel_for(ctx, unknown_.size(), threads, [&](const CallContext& inner, std::size_t i) -> Status {
            const auto& file = unknown_[i];
            auto header = repository_.read_pack_header(inner, file.id, file.size);
            if (!header && !is_file_damage(header.error())) return std::move(header).error();
            if (!header) find(header.error().message() + ": it is left out of the index");
            return done.with([&](std::uint64_t& count) -> Status {
                ++(header ? result_.packs_read : result_.packs_unreadable);
                if (options_.on_step) {
                    options_.on_step({.step = "read pack headers", .done = ++count, .total = unknown_.size()});
                }
                if (!header) return {};
                return writer.add(inner, {file.id, *std::move(header)});
            });
        });
    }

    Repository& repository_;
    const RepairOptions& options_;
    BlobIndex old_;
    std::vector<FileInfo> unknown_;
    Guarded<int> finding_;
    RepairIndexResult result_;
};

/// What to look for in a damaged pack: what the index says; else its header.
Result<std::vector<PackedBlob>> blobs_of_pack(const CallContext& ctx, Repository& repository, const FileInfo& pack) {
    auto blobs = repository.with_index([&](const BlobIndex& index) {
        const auto number = index.find_pack(pack.id);
        return number ? PackOrder(index).blobs(index, *number) : std::vector<PackedBlob>();
    });
    if (!blobs.empty()) return blobs;
    auto header = repository.read_pack_header(ctx, pack.id, pack.size);
    if (!header && is_file_damage(header.error())) return blobs;
    return header;
}

Status back_up_pack(const CallContext& ctx, Repository& repository, const Id& pack,
                    const std::filesystem::path& folder) {
    auto bytes = read_object(ctx, repository.store(), repository.layout().key(FileKind::kPack, pack), kMaxBackupPack);
    if (!bytes) return std::move(bytes).error().context("copy pack " + pack.short_hex());
    return write_file_atomic(folder / ("pack-" + pack.hex()), bytes->text());
}

/// Reads what can be read of one pack and hands it to the writer, which has
/// forgotten that the pack had it. A good copy in another pack counts too.
Status salvage(const CallContext& ctx, Repository& repository, const Id& pack, std::span<const PackedBlob> blobs,
               BlobWriter& writer, const RepairOptions& options, RepairPacksResult& result) {
    return repository.load_blobs(ctx, pack, blobs,
                                 [&](const PackedBlob& blob, Result<std::span<const std::byte>> plain) -> Status {
                                     if (!plain) {
                                         ++result.blobs_lost;
                                         if (options.on_finding) {
                                             options.on_finding(std::string(to_string(blob.type)) + " blob " +
                                                                blob.id.hex() + " is lost: " + plain.error().message());
                                         }
                                         return {};
                                     }
                                     auto saved = writer.save(blob.type, *plain);
                                     if (!saved) return std::move(saved).error();
                                     ++result.blobs_saved;
                                     return {};
                                 });
}

}  // namespace

Result<RepairIndexResult> repair_index(const CallContext& ctx, Repository& repository, const RepairOptions& options) {
    return IndexRepair(repository, options).run(ctx);
}

Result<RepairPacksResult> repair_packs(const CallContext& ctx, Repository& repository, std::span<const Id> packs,
                                       const RepairOptions& options) {
    RepairPacksResult result;
    COFRE_ASSIGN(const auto stored, repository.list(ctx, FileKind::kPack));
    const std::unordered_set<Id, IdHash> damaged(packs.begin(), packs.end());
    std::vector<Id> to_remove;
    std::vector<PackContent> contents;
    for (const auto& file : stored) {
        if (!damaged.contains(file.id)) continue;
        if (options.backup_folder) COFRE_TRY(back_up_pack(ctx, repository, file.id, *options.backup_folder));
        COFRE_ASSIGN(auto blobs, blobs_of_pack(ctx, repository, file));
        contents.push_back({file.id, std::move(blobs)});
        to_remove.push_back(file.id);
    }
    repository.remove_from_index(damaged);
    BlobWriter writer(ctx, repository, {.may_write = options.may_write});
    for (const auto& pack : contents)
        COFRE_TRY(salvage(ctx, repository, pack.id, pack.blobs, writer, options, result));
    COFRE_TRY(writer.flush());
    auto rewritten =
        rewrite_index(ctx, repository, {.gone = damaged, .may_write = options.may_write, .on_step = options.on_step});
    if (!rewritten) return std::move(rewritten).error();
    COFRE_TRY(repository.store().sync(ctx));
    COFRE_TRY(remove_files(ctx, repository, FileKind::kPack, to_remove, options.may_write, options.on_step));
    result.packs_removed = to_remove.size();
    return result;
}

}  // namespace cofre::repo
