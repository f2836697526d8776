#include "backup/previous_entries.h"

#include <utility>

#include "backup/run_lock.h"

namespace cofre::backup {

Status PreviousEntries::fill() {
    if (head_ || !reader_) return {};
    COFRE_ASSIGN(head_, reader_->next());
    if (!head_) reader_.reset();
    return {};
}

Result<std::optional<objects::ManifestEntry>> PreviousEntries::advance_to(std::string_view path,
                                                                          const EntryVisitor& on_passed) {
    for (;;) {
        COFRE_TRY(fill());
        if (!head_ || head_->path > path) return std::optional<objects::ManifestEntry>();
        auto entry = *std::exchange(head_, std::nullopt);
        if (entry.path == path) return std::optional(std::move(entry));
        COFRE_TRY(on_passed(entry));
    }
}

Status PreviousEntries::drain(const EntryVisitor& on_passed) {
    for (;;) {
        COFRE_TRY(fill());
        if (!head_) return {};
        COFRE_TRY(on_passed(*std::exchange(head_, std::nullopt)));
    }
}

Result<std::optional<objects::ManifestReader>> open_last_manifest(const CallContext& ctx, store::ObjectStore& store,
                                                                  const std::vector<objects::SnapshotRef>& snapshots,
                                                                  std::string_view job,
                                                                  const std::filesystem::path& temp_folder) {
    for (auto it = snapshots.rbegin(); it != snapshots.rend(); ++it) {
        if (it->job != file_name_of_job(job)) continue;
        COFRE_ASSIGN(auto reader, objects::ManifestReader::open(store, ctx, it->key, temp_folder));
        return std::optional(std::move(reader));
    }
    return std::optional<objects::ManifestReader>();
}

}  // namespace cofre::backup
