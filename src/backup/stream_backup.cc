// One stream as one file of a snapshot.
#include <utility>

#include <sys/stat.h>

#include "backup/snapshot_commit.h"
#include "backup/tree_backup.h"
#include "backup/tree_reader.h"
#include "backup/tree_sink.h"
#include "base/utf8.h"
#include "repo/file_mode.h"
#include "repo/tree.h"
#include "source/path_parts.h"

namespace cofre::backup {
namespace {

/// "/a/b" as a, b. kInvalidArgument: no name, or one that cannot be restored.
Result<std::vector<std::string>> name_parts(const std::string& file_name) {
    std::vector<std::string> parts;
    for (const std::string_view part : source::split_path(file_name)) {
        if (part.empty() || part == ".") continue;
        COFRE_TRY(repo::check_restorable_name(part));
        parts.emplace_back(part);
    }
    if (parts.empty()) {
        return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(file_name) + "\" is no name for a file");
    }
    return parts;
}

/// Of what has no metadata: ours, at this time.
repo::Node made_up_node(const std::string& name, const repo::Snapshot& snapshot) {
    repo::Node node;
    node.name = name;
    node.mode = 0644;
    node.mtime = node.atime = node.ctime = snapshot.time;
    node.uid = snapshot.uid;
    node.gid = snapshot.gid;
    return node;
}

class StreamBackup {
public:
    StreamBackup(const StreamBackupPlan& plan, const TreeBackupTools& tools) : plan_(plan), tools_(tools) {}

    Status store(TreeSink& sink, repo::Snapshot& snapshot) {
        COFRE_ASSIGN(const auto parts, name_parts(plan_.file_name));
        TreeReader reader(tools_.repository.chunk_tables(), sink, counter, tools_.progress);
        auto node = made_up_node(parts.back(), snapshot);
        std::uint64_t size = 0;
        COFRE_ASSIGN(auto content, reader.store_chunks(plan_.read, size));
        if (!content) return std::move(content).error();
        node.content = *std::move(content);
        node.size = size;
        ++tools_.progress.files_done;
        counter.with([&](repo::SnapshotSummary& all) {
            all.files_new = all.total_files_processed = 1;
            all.total_bytes_processed = size;
            all.dirs_new = parts.size() - 1;
        });
        COFRE_ASSIGN(auto tree, save(sink, node));
        for (auto part = parts.rbegin() + 1; part != parts.rend(); ++part) {
            auto folder = made_up_node(*part, snapshot);
            folder.type = repo::NodeType::kDirectory;
            folder.mode = repo::to_go_mode(S_IFDIR | 0755);
            folder.subtree = tree;
            COFRE_ASSIGN(tree, save(sink, folder));
        }
        snapshot.tree = tree;
        return {};
    }

    SummaryCounter counter;

private:
    Result<repo::Id> save(TreeSink& sink, const repo::Node& node) {
        repo::TreeEncoder encoder;
        COFRE_TRY(encoder.add(node));
        const std::string text = encoder.finish();
        COFRE_ASSIGN(const auto saved, sink.save(repo::BlobType::kTree, std::as_bytes(std::span(text))));
        counter.add_blob(repo::BlobType::kTree, saved, text.size());
        return saved.id;
    }

    const StreamBackupPlan& plan_;
    const TreeBackupTools& tools_;
};

}  // namespace

Result<BackupOutcome> back_up_stream(const CallContext& ctx, const StreamBackupPlan& plan,
                                     const TreeBackupTools& tools) {
    auto& clock = tools.repository.clock();
    const auto began = clock.now();
    BackupOutcome outcome;
    outcome.started_at = clock.wall_now();
    repo::Snapshot snapshot = begin_snapshot(plan.identity, clock);
    snapshot.paths = {(plan.file_name.starts_with('/') ? "" : "/") + plan.file_name};
    StreamBackup stream(plan, tools);
    repo::SnapshotSummary summary;
    if (plan.dry_run) {
        CountingSink sink(tools.repository);
        COFRE_TRY(stream.store(sink, snapshot));
        summary = stream.counter.take();
    } else {
        repo::BlobWriter writer(ctx, tools.repository, {.pack_bytes = plan.pack_bytes, .may_write = tools.may_write});
        WritingSink sink(writer);
        COFRE_TRY(stream.store(sink, snapshot));
        COFRE_TRY(writer.flush());
        summary = stream.counter.take();
        summary.data_added_packed = writer.totals().bytes_packed;
        summary.backup_start = repo::Zone::local().at(outcome.started_at);
        summary.backup_end = repo::Zone::local().at(clock.wall_now());
        snapshot.summary = summary;
        COFRE_ASSIGN(const auto id, commit_snapshot(ctx, tools, snapshot));
        outcome.snapshot_id = id.hex();
    }
    outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began);
    fill_outcome(summary, outcome);
    return outcome;
}

}  // namespace cofre::backup
