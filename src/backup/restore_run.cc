#include "backup/restore_run.h"

#include <utility>

#include "backup/object_download.h"
#include "base/bounded_queue.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/task_group.h"
#include "base/units.h"
#include "base/utf8.h"
#include "objects/manifest_reader.h"
#include "source/path_filter.h"

namespace cofre::backup {
namespace {

struct RestoreItem {
    objects::ManifestEntry entry;
    std::string path;  ///< Below the target.
};

class RestoreRun {
public:
    RestoreRun(const RestorePlan& plan, store::ObjectStore& store, Progress& progress, objects::ManifestReader& reader,
               std::vector<source::PathPattern> include, std::vector<source::PathPattern> exclude)
        : plan_(plan),
          store_(store),
          progress_(progress),
          reader_(reader),
          include_(std::move(include)),
          exclude_(std::move(exclude)) {}

    Result<RestoreOutcome> run(const CallContext& ctx) {
        COFRE_TRY(measure());
        if (plan_.dry_run) return finish();
        COFRE_ASSIGN(auto target, TargetFolder::open(plan_.target));
        target_ = &target;
        COFRE_TRY(check_space());
        COFRE_TRY(fetch_all(ctx));
        COFRE_TRY(finish_folders(ctx));
        COFRE_TRY(target.sync());
        return finish();
    }

private:
    /// Where an entry goes; nullopt: it was not asked for.
    std::optional<std::string> destination(const objects::ManifestEntry& entry) const {
        std::string_view path = entry.path;
        if (!plan_.subpath.empty()) {
            if (path == plan_.subpath) {
                if (entry.type == objects::EntryType::kDirectory) return std::nullopt;
                path.remove_prefix(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
                return std::string(path);
            }
            if (!path.starts_with(plan_.subpath + "/")) return std::nullopt;
            path.remove_prefix(plan_.subpath.size() + 1);
        }
        const auto matches = [&](const source::PathPattern& pattern) { return pattern.matches("/" + entry.path); };
        if (!include_.empty() && std::none_of(include_.begin(), include_.end(), matches)) return std::nullopt;
        if (std::any_of(exclude_.begin(), exclude_.end(), matches)) return std::nullopt;
        return std::string(path);
    }

    /// First pass: what there is to do, so that progress and space are known.
    Status measure() {
        std::uint64_t matched = 0;
        for (;;) {
            COFRE_ASSIGN(const auto entry, reader_.next());
            if (!entry) break;
            if (!destination(*entry)) continue;
            ++matched;
            if (entry->type != objects::EntryType::kFile) continue;
            progress_.files_found.fetch_add(1);
            progress_.bytes_found.fetch_add(entry->size);
        }
        progress_.found_all = true;
        if (matched == 0 && reader_.header().entries > 0) {
            return Error(ErrorCode::kNotFound, "snapshot " + reader_.header().id + " holds nothing that was asked for")
                .with_hint("list what it holds with `cofre ls " + reader_.header().id + "`");
        }
        return reader_.rewind();
    }

    Status check_space() {
        COFRE_ASSIGN(const auto available, target_->free_bytes());
        const auto needed = progress_.bytes_found.load();
        if (plan_.overwrite != Overwrite::kAlways || needed <= available) return {};
        return Error(ErrorCode::kResourceExhausted, "restore to " + escape_for_display(plan_.target.native()) +
                                                        ": it needs " + format_bytes(needed) + " and has " +
                                                        format_bytes(available) + " free")
            .with_hint("choose another --target, or restore a part with SNAPSHOT:PATH or --include");
    }

    Status fetch_all(const CallContext& ctx) {
        BoundedQueue<RestoreItem> items(static_cast<std::size_t>(plan_.concurrency) * 2);
        TaskGroup group(ctx.stop);  // After `items`, which its threads use.
        group.spawn([&](const std::stop_token& stop) { return hand_out(items, stop); });
        for (int i = 0; i < std::max(plan_.concurrency, 1); ++i) {
            group.spawn([&](const std::stop_token& stop) -> Status {
                for (;;) {
                    COFRE_ASSIGN(const auto item, items.pop(stop));
                    if (!item) return {};
                    COFRE_TRY(restore_one({stop, ctx.deadline}, *item));
                }
            });
        }
        return group.wait();
    }

    /// Folders are made here, so that each exists before what it holds.
    Status hand_out(BoundedQueue<RestoreItem>& items, const std::stop_token& stop) {
        for (;;) {
            COFRE_ASSIGN(auto entry, reader_.next());
            if (!entry) break;
            auto path = destination(*entry);
            if (!path) continue;
            if (entry->type == objects::EntryType::kDirectory) {
                COFRE_TRY(settle(entry->path, target_->make_folder(*path, plan_.overwrite)));
                continue;
            }
            const auto slash = path->rfind('/');
            if (slash != std::string::npos && path->substr(0, slash) != last_parent_) {
                last_parent_ = path->substr(0, slash);
                COFRE_TRY(settle(entry->path, target_->make_folder(last_parent_, plan_.overwrite)));
            }
            COFRE_TRY(items.push({*std::move(entry), *std::move(path)}, stop));
        }
        items.close();
        return {};
    }

    Status restore_one(const CallContext& ctx, const RestoreItem& item) {
        const auto wanted = target_->wants(item.entry, item.path, plan_.overwrite);
        if (!wanted) return settle(item.entry.path, wanted.error());
        const bool is_file = item.entry.type == objects::EntryType::kFile;
        if (!*wanted) {
            counts_.with([](RestoreOutcome& out) { ++out.kept_files; });
            progress_.bytes_done.fetch_add(item.entry.size);
        } else {
            const Status status = is_file ? fetch(ctx, item) : target_->make_symlink(item.entry, item.path);
            COFRE_TRY(settle(item.entry.path, status));
            if (status) {
                counts_.with([&](RestoreOutcome& out) {
                    ++(is_file ? out.files : out.links);
                    if (is_file) out.bytes += item.entry.size;
                });
            }
        }
        if (is_file) progress_.files_done.fetch_add(1);
        return {};
    }

    Status fetch(const CallContext& ctx, const RestoreItem& item) {
        COFRE_ASSIGN(auto file, target_->create_file(item.path));
        COFRE_TRY(download_file(ctx, store_, item.entry, file,
                                [&](std::uint64_t bytes) { progress_.bytes_done.fetch_add(bytes); }));
        return file.commit(item.entry, plan_.suid);
    }

    /// Turns a failure into a problem, unless it would meet every file.
    Status settle(const std::string& path, const Status& status) {
        if (status) return {};
        const auto code = status.error().code();
        if (code == ErrorCode::kCancelled || code == ErrorCode::kDeadlineExceeded ||
            code == ErrorCode::kResourceExhausted || code == ErrorCode::kUnauthenticated) {
            return Error(status.error()).context("restore " + escape_for_display(path));
        }
        progress_.problems.fetch_add(1);
        log_warning("restore", escape_for_display(path) + ": " + status.error().message());
        counts_.with([&](RestoreOutcome& out) {
            ++out.problem_count;
            if (out.problems.size() < BackupOutcome::kMaxProblems) {
                out.problems.push_back({path, status.error().message()});
            }
        });
        return {};
    }

    /// Last, because writing into a folder changes its time, and a folder
    /// without write permission could not be filled. One that its owner may not
    /// search waits for those below it.
    Status finish_folders(const CallContext& ctx) {
        COFRE_TRY(reader_.rewind());
        std::vector<RestoreItem> closed;
        for (;;) {
            if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "restore");
            COFRE_ASSIGN(auto entry, reader_.next());
            if (!entry) break;
            if (entry->type != objects::EntryType::kDirectory) continue;
            auto path = destination(*entry);
            if (!path) continue;
            if ((entry->mode & 0500U) != 0500U) {
                closed.push_back({*std::move(entry), *std::move(path)});
                continue;
            }
            COFRE_TRY(finish_folder(*entry, *path));
        }
        for (auto it = closed.rbegin(); it != closed.rend(); ++it) {
            COFRE_TRY(finish_folder(it->entry, it->path));
        }
        return {};
    }

    Status finish_folder(const objects::ManifestEntry& entry, const std::string& path) {
        counts_.with([](RestoreOutcome& out) { ++out.folders; });
        return settle(entry.path, target_->set_folder_metadata(entry, path));
    }

    RestoreOutcome finish() {
        return counts_.with([&](RestoreOutcome& out) {
            out.snapshot = reader_.header();
            return std::move(out);
        });
    }

    const RestorePlan& plan_;
    store::ObjectStore& store_;
    Progress& progress_;
    objects::ManifestReader& reader_;
    std::vector<source::PathPattern> include_;
    std::vector<source::PathPattern> exclude_;
    const TargetFolder* target_ = nullptr;
    std::string last_parent_;
    Guarded<RestoreOutcome> counts_;
};

Result<std::vector<source::PathPattern>> parse_patterns(const std::vector<std::string>& texts) {
    std::vector<source::PathPattern> patterns;
    for (const auto& text : texts) {
        COFRE_ASSIGN(auto pattern, source::PathPattern::parse(text));
        patterns.push_back(std::move(pattern));
    }
    return patterns;
}

}  // namespace

Result<RestoreOutcome> run_restore(const CallContext& ctx, const RestorePlan& plan, store::ObjectStore& store,
                                   Clock& clock, Progress& progress) {
    const auto began = clock.now();
    COFRE_ASSIGN(auto include, parse_patterns(plan.include));
    COFRE_ASSIGN(auto exclude, parse_patterns(plan.exclude));
    COFRE_ASSIGN(const auto snapshot, objects::find_snapshot(store, ctx, plan.prefix, plan.snapshot, plan.job));
    COFRE_ASSIGN(auto reader, objects::ManifestReader::open(store, ctx, snapshot.key, plan.temp_folder));
    RestoreRun run(plan, store, progress, reader, std::move(include), std::move(exclude));
    COFRE_ASSIGN(auto outcome, run.run(ctx));
    outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began);
    return outcome;
}

}  // namespace cofre::backup
