#include "backup/tree_backup.h"

#include <algorithm>
#include <map>
#include <utility>

#include "backup/snapshot_commit.h"
#include "backup/snapshot_roots.h"
#include "backup/tree_folder.h"
#include "backup/tree_graft.h"
#include "backup/tree_reader.h"
#include "backup/tree_sink.h"
#include "base/bounded_queue.h"
#include "base/log.h"
#include "base/task_group.h"
#include "source/node_metadata.h"

namespace cofre::backup {
namespace {

constexpr std::size_t kOpenFilesPerReader = 2;

/// One backup, from walk to snapshot.
class TreeBackup {
    /// Of several roots, which are finished in any order.
    using RootTexts = std::map<const TreeFolder*, std::string>;

public:
    TreeBackup(const CallContext& ctx, const TreeBackupPlan& plan, const TreeBackupTools& tools)
        : ctx_(ctx),
          plan_(plan),
          tools_(tools),
          readers_(std::max(1, plan.readers)),
          jobs_(static_cast<std::size_t>(readers_) * kOpenFilesPerReader) {
        rules_.with_atime = plan.with_atime;
    }

    Result<BackupOutcome> run() {
        auto& clock = tools_.repository.clock();
        const auto began = clock.now();
        outcome_.with([&](BackupOutcome& out) { out.started_at = clock.wall_now(); });
        repo::Snapshot snapshot = begin_snapshot(plan_.identity, clock);
        if (!plan_.targets.empty() || !plan_.add_files) {
            COFRE_ASSIGN(roots_, find_snapshot_roots(plan_.targets));
        }
        snapshot.paths = plan_.added_paths;
        for (const auto& root : roots_)
            snapshot.paths.insert(snapshot.paths.end(), root.targets.paths().begin(), root.targets.paths().end());
        COFRE_ASSIGN(filter_, source::PathFilter::create(plan_.filter));
        counter_.with([&](repo::SnapshotSummary& all) { all.backup_start = repo::Zone::local().at(clock.wall_now()); });
        COFRE_TRY(store_trees(snapshot));

        auto summary = counter_.take();
        summary.backup_end = repo::Zone::local().at(clock.wall_now());
        BackupOutcome out = outcome_.with([](BackupOutcome& all) { return std::move(all); });
        if (!plan_.dry_run) {
            COFRE_ASSIGN(out.snapshot_id, commit(snapshot, summary));
        }
        out.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began);
        fill_outcome(summary, out);
        return out;
    }

private:
    Result<std::string> commit(repo::Snapshot& snapshot, const repo::SnapshotSummary& summary) {
        if (plan_.parent) {
            COFRE_ASSIGN(snapshot.parent, repo::Id::parse(plan_.parent->id));
        }
        snapshot.excludes = plan_.filter.exclude;
        snapshot.summary = summary;
        COFRE_ASSIGN(const auto id, commit_snapshot(ctx_, tools_, snapshot));
        return id.hex();
    }

    /// Everything but the snapshot, durable.
    Status store_trees(repo::Snapshot& snapshot) {
        if (plan_.dry_run) {
            CountingSink sink(tools_.repository);
            return walk_into(sink, snapshot);
        }
        // A stop of ours must not stop the writer: what is packed is worth keeping.
        std::stop_source writer_stop;
        repo::BlobWriter writer({writer_stop.get_token(), ctx_.deadline}, tools_.repository,
                                {.pack_bytes = plan_.pack_bytes, .may_write = tools_.may_write});
        WritingSink sink(writer);
        Status walked = walk_into(sink, snapshot);
        const Status flushed = writer.flush();
        if (!walked) {
            if (!flushed) log_info("backup", "finished packs are not kept: " + flushed.error().message());
            return walked;
        }
        COFRE_TRY(flushed);
        counter_.with([&](repo::SnapshotSummary& all) { all.data_added_packed = writer.totals().bytes_packed; });
        return {};
    }

    Status walk_into(TreeSink& sink, repo::Snapshot& snapshot) {
        sink_ = &sink;
        Guarded<TreeGraft> graft{TreeGraft(snapshot)};
        if (plan_.add_files) {
            GraftWork work{tools_, sink, counter_, graft};
            COFRE_TRY(plan_.add_files(ctx_, work));
        }
        TaskGroup group(ctx_.stop);
        for (int i = 0; i < readers_; ++i)
            group.spawn([this](const std::stop_token& stop) { return read_files(stop); });
        TaskGroup scan(ctx_.stop);
        if (plan_.scan) scan.spawn([this](const std::stop_token& stop) { return count_targets(stop); });
        std::vector<std::shared_ptr<TreeFolder>> tops;
        const Status walked = walk_roots(tops);
        jobs_.close();
        // What stopped a reader is the cause of what the walk then met.
        const Status read = walked ? group.wait() : stop_and_wait(group, walked);
        COFRE_TRY(read);
        tools_.progress.found_all = true;
        COFRE_ASSIGN(snapshot.tree, save_root(tops, graft));
        return {};
    }

    /// The readers' own error, if the walk only met its consequence.
    Status stop_and_wait(TaskGroup& group, const Status& walked) {
        const Status read = group.wait();
        const bool is_consequence = walked.error().code() == ErrorCode::kCancelled && !ctx_.stop.stop_requested();
        return is_consequence && !read ? read : walked;
    }

    Status walk_roots(std::vector<std::shared_ptr<TreeFolder>>& tops) {
        for (const auto& root : roots_) {
            auto top = std::make_shared<TreeFolder>(
                [this](const TreeFolder& folder, std::string_view text) { return save_tree(folder, text); });
            load_previous(plan_.parent ? plan_.parent->snapshot.tree : std::nullopt, *top);
            stack_.assign(1, top);
            root_ = &root;
            COFRE_TRY(root.targets.walk(
                ctx_, walk_options(),
                {.enter_folder = [this](const auto& f) { return enter(f); },
                 .leave_folder = [this](const auto& f, bool) { return leave(f); },
                 .visit_file = [this](const auto& f, int at) { return visit(f, at); },
                 .on_error = [this](std::string_view path, const Error& error) { report(path, error); }}));
            COFRE_TRY(top->close());
            tops.push_back(std::move(top));
        }
        return {};
    }

    source::SnapshotWalkOptions walk_options() const {
        return {.filter = &*filter_,
                .exclude_if_present = plan_.exclude_if_present,
                .one_file_system = plan_.one_file_system};
    }

    /// For progress only: its errors are met again by the backup itself.
    Status count_targets(const std::stop_token& stop) {
        for (const auto& root : roots_) {
            const Status walked = root.targets.walk(
                {stop}, walk_options(), {.visit_file = [this](const source::WalkedFile& file, int) -> Status {
                    if (file.metadata.kind != source::FileKind::kRegular) return {};
                    ++tools_.progress.files_found;
                    tools_.progress.bytes_found += file.metadata.size;
                    return {};
                }});
            if (!walked) return {};
        }
        tools_.progress.found_all = true;
        return {};
    }

    void report(std::string_view path, const Error& error) {
        const FileProblem problem{"/" + std::string(path), error.message()};
        // A link that was named is in the backup as what it is.
        const bool is_warning = error.code() == ErrorCode::kInvalidArgument;
        outcome_.with([&](BackupOutcome& out) {
            if (is_warning) {
                out.warnings.push_back(error.message() + "; " + error.hint());
                return;
            }
            ++out.problem_count;
            if (out.problems.size() < BackupOutcome::kMaxProblems) out.problems.push_back(problem);
        });
        if (is_warning) return;
        ++tools_.progress.problems;
        log_warning("backup", problem.path + ": " + problem.message);
        if (tools_.on_problem) tools_.on_problem(problem);
    }

    void load_previous(const std::optional<repo::Id>& tree, TreeFolder& folder) {
        if (!tree) return;
        auto loaded = PreviousTree::load(ctx_, tools_.repository, *tree);
        if (loaded) {
            folder.previous = *std::move(loaded);
        } else {
            log_warning("backup", "a folder of the parent snapshot cannot be read, its files are read instead: " +
                                      loaded.error().message());
        }
    }

    Status enter(const source::WalkedFile& walked) {
        if (root_->is_outside(walked.path)) return {};
        auto& above = *stack_.back();
        auto folder = std::make_shared<TreeFolder>(stack_.back(), above.add_place(),
                                                   source::to_node(walked.name, walked.metadata, rules_));
        if (const auto* before = above.previous.find(walked.name)) {
            folder->previous_self = *before;
            load_previous(before->subtree, *folder);
        }
        stack_.push_back(std::move(folder));
        return {};
    }

    Status leave(const source::WalkedFile& walked) {
        if (root_->is_outside(walked.path)) return {};
        const auto folder = std::move(stack_.back());
        stack_.pop_back();
        return folder->close();
    }

    Status visit(const source::WalkedFile& walked, int folder) {
        if (walked.metadata.kind == source::FileKind::kSocket) return {};
        auto& above = *stack_.back();
        auto node = source::to_node(walked.name, walked.metadata, rules_);
        if (walked.metadata.kind != source::FileKind::kRegular) return above.settle(above.add_place(), std::move(node));
        if (!plan_.scan) {
            ++tools_.progress.files_found;
            tools_.progress.bytes_found += walked.metadata.size;
        }
        const auto* const before = above.previous.find(walked.name);
        if (before != nullptr && is_same_file(*before, node, plan_.same_file) && has_all_blobs(*before)) {
            node.content = before->content;
            count_file(node, before, /*is_unmodified=*/true);
            tools_.progress.bytes_done += node.size;
            return above.settle(above.add_place(), std::move(node));
        }
        auto fd = source::open_walked_file(folder, walked);
        if (!fd) {
            report(walked.path, fd.error());
            return {};
        }
        FileJob job{
            .fd = *std::move(fd), .path = walked.path, .node = std::move(node), .before = {}, .folder = stack_.back()};
        if (before != nullptr) job.before = *before;
        job.place = above.add_place();
        return jobs_.push(std::move(job), read_stop_.get_token());
    }

    bool has_all_blobs(const PreviousEntry& before) const {
        return tools_.repository.with_index([&](const repo::BlobIndex& index) {
            return std::all_of(before.content.begin(), before.content.end(),
                               [&](const repo::Id& id) { return index.contains(repo::BlobType::kData, id); });
        });
    }

    void count_file(const repo::Node& node, const PreviousEntry* before, bool is_unmodified) {
        ++tools_.progress.files_done;
        counter_.with([&](repo::SnapshotSummary& all) {
            ++all.total_files_processed;
            all.total_bytes_processed += node.size;
            ++(before == nullptr ? all.files_new : is_unmodified ? all.files_unmodified : all.files_changed);
        });
    }

    Status read_files(const std::stop_token& stop) {
        Status done = read_until_end(stop);
        if (!done) read_stop_.request_stop();  // The walk waits for room in the queue.
        return done;
    }

    Status read_until_end(const std::stop_token& stop) {
        TreeReader reader(tools_.repository.chunk_tables(), *sink_, counter_, tools_.progress);
        const CallContext ctx{stop, ctx_.deadline};
        for (;;) {
            COFRE_ASSIGN(auto job, jobs_.pop(stop));
            if (!job) return {};
            COFRE_ASSIGN(auto read, reader.read(ctx, job->fd.get(), job->path, std::move(job->node)));
            if (!read) {
                report(job->path, read.error());
                COFRE_TRY(job->folder->settle(job->place, std::nullopt));
                continue;
            }
            if (read->has_changed) {
                report(job->path, Error(ErrorCode::kConflict,
                                        "changed while it was read, twice; what is stored may be "
                                        "a mixture of both"));
            }
            const PreviousEntry* before = job->before ? &*job->before : nullptr;
            const bool is_unmodified =
                before != nullptr && is_same_file(*before, read->node, {}) && before->content == *read->node.content;
            count_file(read->node, before, is_unmodified);
            COFRE_TRY(job->folder->settle(job->place, std::move(read->node)));
        }
    }

    Result<repo::Id> save_tree(const TreeFolder& folder, std::string_view text) {
        if (folder.is_root() && text.starts_with(R"({"nodes":[]})")) {
            return Error(ErrorCode::kInvalidArgument, "nothing of what is named could be backed up")
                .with_hint("see what is excluded, and what could not be read");
        }
        if (folder.is_root() && is_merged()) {
            root_texts_.with([&](RootTexts& texts) { texts.emplace(&folder, text); });
            return repo::Id();
        }
        COFRE_ASSIGN(const auto id, save_tree_text(text));
        if (!folder.is_root()) count_folder(folder, id);
        return id;
    }

    Result<repo::Id> save_tree_text(std::string_view text) {
        const auto bytes = std::as_bytes(std::span(text));
        COFRE_ASSIGN(const auto saved, sink_->save(repo::BlobType::kTree, bytes));
        counter_.add_blob(repo::BlobType::kTree, saved, text.size());
        return saved.id;
    }

    void count_folder(const TreeFolder& folder, const repo::Id& id) {
        const auto& before = folder.previous_self;
        const bool is_same = before && before->subtree == id && before->mtime == folder.node().mtime &&
                             before->ctime == folder.node().ctime;
        counter_.with([&](repo::SnapshotSummary& all) {
            ++(!before ? all.dirs_new : is_same ? all.dirs_unmodified : all.dirs_changed);
        });
    }

    bool is_merged() const { return roots_.size() > 1 || plan_.add_files; }

    /// Of several roots, all entries in one tree; of equal names the later ones
    /// get a number, as restic's.
    Result<repo::Id> save_root(const std::vector<std::shared_ptr<TreeFolder>>& tops, Guarded<TreeGraft>& graft) {
        if (!is_merged()) return *tops.front()->root_id();
        std::map<std::string, repo::Node> nodes;
        COFRE_ASSIGN(auto added, graft.with([&](TreeGraft& all) { return all.save(*sink_, counter_); }));
        for (auto& node : added) {
            const std::string name = node.name;
            nodes.emplace(name, std::move(node));
        }
        const auto texts = root_texts_.with([](RootTexts& all) { return std::move(all); });
        for (const auto& top : tops) {
            COFRE_ASSIGN(auto members, repo::decode_tree(texts.at(top.get())));
            for (auto& node : members) {
                const std::string name = node.name;
                for (int number = 1; nodes.contains(node.name); ++number)
                    node.name = name + "-" + std::to_string(number);
                nodes.emplace(node.name, std::move(node));
            }
        }
        repo::TreeEncoder encoder;
        for (const auto& [name, node] : nodes)
            COFRE_TRY(encoder.add(node));
        return save_tree_text(encoder.finish());
    }

    const CallContext& ctx_;
    const TreeBackupPlan& plan_;
    const TreeBackupTools& tools_;
    source::NodeRules rules_;
    int readers_;
    std::vector<SnapshotRoot> roots_;
    std::optional<source::PathFilter> filter_;
    TreeSink* sink_ = nullptr;
    SummaryCounter counter_;
    Guarded<BackupOutcome> outcome_;
    Guarded<RootTexts> root_texts_;
    std::stop_source read_stop_;
    BoundedQueue<FileJob> jobs_;

    // Of the walk.
    const SnapshotRoot* root_ = nullptr;
    std::vector<std::shared_ptr<TreeFolder>> stack_;
};

}  // namespace

Result<std::vector<std::string>> snapshot_paths(const std::vector<std::filesystem::path>& targets) {
    COFRE_ASSIGN(const auto roots, find_snapshot_roots(targets));
    std::vector<std::string> paths;
    for (const auto& root : roots)
        paths.insert(paths.end(), root.targets.paths().begin(), root.targets.paths().end());
    return paths;
}

std::optional<repo::ListedSnapshot> find_parent(std::span<const repo::ListedSnapshot> list, const std::string& hostname,
                                                const std::vector<std::string>& paths, const repo::ZonedTime& time) {
    repo::SnapshotFilter filter;
    filter.hosts = {hostname};
    filter.paths = paths;
    const auto found = repo::find_snapshot(list, {.back_from_latest = 0, .id_prefix = {}, .path = {}}, filter, time);
    if (!found) return std::nullopt;
    return list[*found];
}

Result<BackupOutcome> back_up_tree(const CallContext& ctx, const TreeBackupPlan& plan, const TreeBackupTools& tools) {
    return TreeBackup(ctx, plan, tools).run();
}

}  // namespace cofre::backup
