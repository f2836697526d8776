#include "backup/delete_uploaded.h"

#include <set>
#include <string>
#include <utility>

#include "backup/file_upload.h"
#include "base/log.h"
#include "base/utf8.h"
#include "crypto/digest.h"
#include "objects/manifest_reader.h"

namespace cofre::backup {
namespace {

class SourceCleaner {
public:
    SourceCleaner(const SourceSet& sources, BackupOutcome& outcome) : sources_(sources), outcome_(outcome) {}

    Status handle(const objects::ManifestEntry& entry) {
        const auto place = sources_.locate(entry.path);
        if (!place) return {};
        Status removed = remove(*place, entry);
        if (removed) return {};
        if (removed.error().code() == ErrorCode::kNotFound) return {};  // Gone already: archived by an earlier run.
        if (removed.error().code() == ErrorCode::kCancelled) return removed;
        ++outcome_.problem_count;
        FileProblem problem{entry.path, "kept in the source: " + removed.error().message()};
        log_warning("backup", escape_for_display(problem.path) + ": " + problem.message);
        if (outcome_.problems.size() < BackupOutcome::kMaxProblems) outcome_.problems.push_back(std::move(problem));
        return {};
    }

    /// Deepest first, so that a folder of empty folders goes too.
    void remove_emptied_folders() {
        while (!emptied_.empty()) {
            const auto last = std::prev(emptied_.end());
            const auto [tree, path] = *last;
            emptied_.erase(last);
            const auto removed = tree->tree.remove_empty_folder(path);
            if (!removed || !*removed) continue;
            ++outcome_.deleted_folders;
            note_parent(tree, path);
        }
    }

private:
    Status remove(const SourceSet::Located& place, const objects::ManifestEntry& entry) {
        const auto& tree = place.tree->tree;
        COFRE_ASSIGN(const auto fd, tree.open_file(place.path));
        COFRE_ASSIGN(const auto now, source::FileTree::identity_of(fd.get(), place.path));
        const bool same = now.inode == entry.inode && now.size == entry.size && now.mtime_ns == entry.mtime_ns &&
                          now.ctime_ns == entry.ctime_ns;
        if (!same) return Error(ErrorCode::kConflict, "it has changed since it was read");
        if (!proves_content(entry.stored.proof)) {
            return Error(ErrorCode::kInternal, "its object is not proven by SHA-256");
        }
        COFRE_ASSIGN(const auto digest, crypto::sha256(FileSource(fd.get(), now.size)));
        if (digest != entry.sha256) return Error(ErrorCode::kConflict, "its content has changed since it was read");
        COFRE_TRY(tree.remove_file(place.path, now));
        ++outcome_.deleted_files;
        log_info("backup", "deleted " + escape_for_display(entry.path) + " from the source: it is proven in the store");
        note_parent(place.tree, place.path);
        return {};
    }

    void note_parent(const MountedTree* tree, const std::string& path) {
        const auto slash = path.rfind('/');
        if (slash != std::string::npos) emptied_.emplace(tree, path.substr(0, slash));
    }

    const SourceSet& sources_;
    BackupOutcome& outcome_;
    std::set<std::pair<const MountedTree*, std::string>> emptied_;
};

}  // namespace

Status delete_uploaded(const CallContext& ctx, const BackupPlan& plan, const SourceSet& sources,
                       store::ObjectStore& store, const store::ObjectKey& manifest, BackupOutcome& outcome) {
    auto reader = objects::ManifestReader::open(store, ctx, manifest, plan.temp_folder);
    if (!reader) return std::move(reader).error().context("read the new manifest back before deleting");
    SourceCleaner cleaner(sources, outcome);
    for (;;) {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "delete uploaded files");
        COFRE_ASSIGN(const auto entry, reader->next());
        if (!entry) break;
        if (entry->type == objects::EntryType::kFile && entry->archived) COFRE_TRY(cleaner.handle(*entry));
    }
    cleaner.remove_emptied_folders();
    return {};
}

}  // namespace cofre::backup
