#include "backup/backup_scan.h"

#include <utility>

#include "backup/file_upload.h"
#include "base/log.h"
#include "base/utf8.h"
#include "objects/object_naming.h"

namespace cofre::backup {
namespace {

class Scan {
public:
    Scan(const ScanInputs& inputs, const std::function<Status(BackupItem)>& emit) : in_(inputs), emit_(emit) {}

    Status visit(const MountedTree& tree, const source::TreeEntry& source) {
        COFRE_TRY(flush_problems());
        if (source.type == source::FileType::kSpecial) {
            ++specials_;
            log_info("backup",
                     "left out " + source.special_kind + " " + escape_for_display(tree.path_in_backup(source.path)));
            return {};
        }
        auto now = describe_entry(tree, source);
        COFRE_ASSIGN(auto before, in_.previous.advance_to(now.path, [this](const auto& e) { return carry(e); }));
        BackupItem item{.tree = &tree, .source = source};
        if (source.type == source::FileType::kRegular) {
            in_.progress.files_found.fetch_add(1);
            in_.progress.bytes_found.fetch_add(source.identity.size);
            if (before && is_unchanged(*before, now)) {
                item.kind = ItemKind::kReuse;
                item.entry = reuse(std::move(now), *before);
            } else {
                item.kind = ItemKind::kUpload;
            }
        } else {
            item.entry = std::move(now);
        }
        return send(std::move(item));
    }

    /// The walk reports trouble between two entries; it is sent from visit(),
    /// where an error can be returned.
    void note_problem(const std::string& path, const Error& error) {
        in_.progress.problems.fetch_add(1);
        problems_.push_back({path, error.message()});
    }

    Status finish() {
        COFRE_TRY(flush_problems());
        return in_.previous.drain([this](const auto& entry) { return carry(entry); });
    }

    std::uint64_t specials() const { return specials_; }

private:
    bool is_unchanged(const objects::ManifestEntry& before, const objects::ManifestEntry& now) const {
        if (!in_.plan.skip_unchanged || before.type != objects::EntryType::kFile) return false;
        if (before.stored.compression != in_.plan.compression) return false;
        const auto key = objects::key_for_path(in_.plan.prefix, now.path, in_.plan.compression);
        return key && key->str() == before.stored.key && before.size == now.size && before.inode == now.inode &&
               before.mtime_ns == now.mtime_ns && before.ctime_ns == now.ctime_ns;
    }

    objects::ManifestEntry reuse(objects::ManifestEntry now, const objects::ManifestEntry& before) const {
        now.sha256 = before.sha256;
        now.stored = before.stored;
        now.archived = in_.plan.delete_after_upload;
        return now;
    }

    /// What an archiving job stored and deleted stays in its backups.
    Status carry(const objects::ManifestEntry& entry) {
        if (!entry.archived) return {};
        return send({.kind = ItemKind::kCarry, .entry = entry});
    }

    Status flush_problems() {
        for (auto& problem : std::exchange(problems_, {})) {
            COFRE_TRY(send({.kind = ItemKind::kProblem, .problem = std::move(problem)}));
        }
        return {};
    }

    Status send(BackupItem item) {
        item.sequence = sequence_++;
        return emit_(std::move(item));
    }

    const ScanInputs& in_;
    const std::function<Status(BackupItem)>& emit_;
    std::vector<FileProblem> problems_;
    std::uint64_t sequence_ = 0;
    std::uint64_t specials_ = 0;
};

}  // namespace

Result<std::uint64_t> scan_sources(const CallContext& ctx, const ScanInputs& inputs,
                                   const std::function<Status(BackupItem)>& emit) {
    COFRE_ASSIGN(const auto filter, source::PathFilter::create(inputs.plan.filter));
    Scan scan(inputs, emit);
    COFRE_TRY(inputs.sources.walk(
        ctx, {.filter = &filter, .one_file_system = inputs.plan.one_file_system},
        [&](const MountedTree& tree, const source::TreeEntry& entry) { return scan.visit(tree, entry); },
        [&](const std::string& path, const Error& error) { scan.note_problem(path, error); }));
    COFRE_TRY(scan.finish());
    inputs.progress.found_all = true;
    return scan.specials();
}

}  // namespace cofre::backup
