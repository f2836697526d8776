// One stream as one file of a snapshot.
#include <utility>

#include "backup/tree_backup.h"
#include "backup/tree_graft.h"
#include "backup/tree_reader.h"

namespace cofre::backup {

Status graft_stream(const std::string& path, repo::ChunkStream::Reader source, GraftWork& work) {
    TreeReader reader(work.tools.repository.chunk_tables(), work.sink, work.counter, work.tools.progress);
    std::uint64_t size = 0;
    COFRE_ASSIGN(auto content, reader.store_chunks(std::move(source), size));
    if (!content) return std::move(content).error();
    COFRE_TRY(work.add(path, *std::move(content), size));
    ++work.tools.progress.files_done;
    work.counter.with([&](repo::SnapshotSummary& all) {
        ++all.files_new;
        ++all.total_files_processed;
        all.total_bytes_processed += size;
    });
    return {};
}

Result<BackupOutcome> back_up_stream(const CallContext& ctx, const StreamBackupPlan& plan,
                                     const TreeBackupTools& tools) {
    // A name that cannot be stored is told before anything is read.
    COFRE_TRY(TreeGraft(repo::Snapshot()).add(plan.file_name, {}, 0));
    TreeBackupPlan tree;
    tree.identity = plan.identity;
    tree.dry_run = plan.dry_run;
    tree.pack_bytes = plan.pack_bytes;
    tree.added_paths = {(plan.file_name.starts_with('/') ? "" : "/") + plan.file_name};
    tree.add_files = [&](const CallContext&, GraftWork& work) { return graft_stream(plan.file_name, plan.read, work); };
    return back_up_tree(ctx, tree, tools);
}

}  // namespace cofre::backup
