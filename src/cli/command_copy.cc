// `copy`: snapshots from one repository into another.
#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/repository_session.h"
#include "cli/step_reporter.h"
#include "repo/snapshot_copy.h"

namespace cofre::cli {
namespace {

using CopyJson = nlohmann::ordered_json;

std::string environment_or(const char* name, std::string given) {
    if (!given.empty()) return given;
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing sets it.
    return value == nullptr ? "" : value;
}

/// restic's names of what tells the source.
Result<RepoAccessOptions> source_access(const CopyOptions& options) {
    RepoAccessOptions from = options.from;
    from.place.target = environment_or("RESTIC_FROM_REPOSITORY", from.place.target);
    from.no_cache = options.repo.no_cache;
    from.cache_dir = options.repo.cache_dir;
    from.no_lock = options.repo.no_lock;
    from.retry_lock = options.repo.retry_lock;
    if (from.place.target.empty()) {
        return Error(ErrorCode::kInvalidArgument, "copy from where?").with_hint("give --from-repo");
    }
    if (!from.password_file && from.password_command.empty()) {
        const auto file = environment_or("RESTIC_FROM_PASSWORD_FILE", "");
        if (!file.empty()) from.password_file = file;
        from.password_command = environment_or("RESTIC_FROM_PASSWORD_COMMAND", "");
    }
    return from;
}

struct CopyCounts {
    std::size_t copied = 0;
    std::size_t skipped = 0;
    std::size_t failed = 0;
};

bool is_there(const repo::ListedSnapshot& source, std::span<const repo::ListedSnapshot> target) {
    return std::any_of(target.begin(), target.end(),
                       [&](const repo::ListedSnapshot& there) { return repo::is_copy_of(source, there); });
}

Status copy_chosen(const App& app, RepositorySession& source, RepositorySession& target, const CopyOptions& options,
                   CopyCounts& counts) {
    COFRE_ASSIGN(const auto list, source.load_snapshots());
    COFRE_ASSIGN(const auto there, target.load_snapshots());
    for (const auto& error : list.unreadable)
        app.console.warning(error.message());
    counts.failed += options.ids.empty() ? list.unreadable.size() : 0;
    COFRE_ASSIGN(const auto chosen, choose_snapshots(app, list.snapshots, options.ids, to_filter(options.filter)));
    COFRE_TRY(source.load_index());
    COFRE_TRY(target.load_index());
    COFRE_ASSIGN(const auto bytes, pack_bytes(options.repo, target.place().target));
    StepReporter steps(app);
    repo::SnapshotCopier copier(app.ctx, source.repository(), target.repository(),
                                {.pack_bytes = bytes, .may_write = target.may_write()}, steps.on_step());
    for (const auto i : chosen) {
        const auto& listed = list.snapshots[i];
        if (is_there(listed, there.snapshots)) {
            ++counts.skipped;
            app.console.note("snapshot " + listed.id.substr(0, 8) + " is there already");
            continue;
        }
        auto copied = copier.copy(app.ctx, listed);
        steps.finish();
        if (!copied && copied.error().code() != ErrorCode::kCorruption &&
            copied.error().code() != ErrorCode::kNotFound) {
            return std::move(copied).error();
        }
        if (!copied) {  // Damage of this one: the others can be saved.
            ++counts.failed;
            app.console.error(copied.error());
            continue;
        }
        ++counts.copied;
        app.console.note("snapshot " + listed.id.substr(0, 8) + " copied, as " + copied->short_hex());
        app.console.print_json(
            CopyJson({{"message_type", "copied"}, {"source_id", listed.id}, {"snapshot_id", copied->hex()}}).dump());
    }
    app.console.note(fmt::format("{} copied, {} there already, {}; {} blobs, {}", counts.copied, counts.skipped,
                                 counts.failed == 0 ? "none failed" : fmt::format("{} failed", counts.failed),
                                 format_count(copier.totals().blobs), format_bytes(copier.totals().bytes)));
    app.console.print_json(CopyJson({{"message_type", "summary"},
                                     {"copied", counts.copied},
                                     {"skipped", counts.skipped},
                                     {"failed", counts.failed},
                                     {"blobs", copier.totals().blobs},
                                     {"bytes", copier.totals().bytes}})
                               .dump());
    return {};
}

Status copy(const App& app, const CopyOptions& options, CopyCounts& counts) {
    COFRE_ASSIGN(const auto from, source_access(options));
    COFRE_ASSIGN(const auto source, RepositorySession::open(app, from, {.lock = LockNeed::kShared}));
    COFRE_ASSIGN(const auto target,
                 RepositorySession::open(app, options.repo, {.lock = LockNeed::kShared, .will_write = true}));
    if (source->repository().config().id == target->repository().config().id) {
        return Error(ErrorCode::kInvalidArgument, "source and target are the same repository, or copies of one");
    }
    COFRE_TRY(copy_chosen(app, *source, *target, options, counts));
    COFRE_TRY(source->close());
    return target->close();
}

}  // namespace

int run_command(const App& app, const CopyOptions& options) {
    CopyCounts counts;
    const Status status = copy(app, options, counts);
    if (!status) return fail(app, status.error());
    return counts.failed == 0 ? kExitDone : kExitPartial;
}

}  // namespace cofre::cli
