#include "cli/repository_session.h"

#include <algorithm>
#include <utility>

#include "base/guarded.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/password_prompt.h"
#include "cli/step_display.h"
#include "config/load.h"
#include "daemon/repository_password.h"

namespace cofre::cli {
namespace {

constexpr int kPasswordAttempts = 3;
constexpr std::uint64_t kMinPack = 4_MiB;
constexpr std::uint64_t kMaxPack = 128_MiB;

Error nothing_there(const OpenPlace& place) {
    return Error(ErrorCode::kNoRepository, "there is no repository at " + place.open.description)
        .with_hint("create it with `cofre init`, or check the bucket, the prefix and the endpoint");
}

/// Asks again while a person mistypes. `password` gets the last one that was tried.
Result<std::unique_ptr<repo::Repository>> open_repository(const App& app, const OpenPlace& place,
                                                          const RepoAccessOptions& options, Secret& password) {
    COFRE_ASSIGN(const auto repo_options, repository_options(options, place));
    const daemon::PasswordChoice given{.file = options.password_file, .command = options.password_command};
    COFRE_ASSIGN(const auto known, daemon::find_password(app.ctx, given, place.target, config::process_environment()));
    if (known) {
        password = *known;
        return repo::Repository::open(app.ctx, *place.open.store, app.clock, password, repo_options);
    }
    for (int attempt = 1;; ++attempt) {
        COFRE_ASSIGN(password, ask_password(app.ctx, "password of " + place.open.description));
        auto opened = repo::Repository::open(app.ctx, *place.open.store, app.clock, password, repo_options);
        const bool is_wrong = !opened && opened.error().code() == ErrorCode::kWrongPassword;
        if (!is_wrong || attempt == kPasswordAttempts) return opened;
        app.console.warning("wrong password");
    }
}

Result<std::unique_ptr<repo::RepoLock>> take_lock(const App& app, repo::Repository& repository,
                                                  const RepoAccessOptions& options, const SessionOptions& session) {
    if (options.no_lock && session.will_write) {
        return Error(ErrorCode::kInvalidArgument, "--no-lock is for reading: what writes must lock the repository");
    }
    if (session.lock == LockNeed::kNone || options.no_lock) return std::unique_ptr<repo::RepoLock>();
    repo::LockOptions lock;
    lock.kind = session.lock == LockNeed::kExclusive ? repo::LockKind::kExclusive : repo::LockKind::kShared;
    if (!options.retry_lock.empty()) {
        COFRE_ASSIGN(lock.retry_for, parse_duration(options.retry_lock));
    }
    auto taken = repo::RepoLock::acquire(app.ctx, repository, lock);
    const bool is_read_only = !taken && (taken.error().code() == ErrorCode::kPermissionDenied);
    if (is_read_only && !session.will_write) {
        app.console.warning("the repository is not locked: " + taken.error().message());
        return std::unique_ptr<repo::RepoLock>();
    }
    return taken;
}

/// Sorts as people read: oldest first.
void sort_by_time(std::vector<repo::ListedSnapshot>& list) {
    std::sort(list.begin(), list.end(), [](const repo::ListedSnapshot& a, const repo::ListedSnapshot& b) {
        if (repo::is_before(a.snapshot.time, b.snapshot.time)) return true;
        return !repo::is_before(b.snapshot.time, a.snapshot.time) && a.id < b.id;
    });
}

Result<repo::Snapshot> read_snapshot(const CallContext& ctx, repo::Repository& repository, const repo::Id& id) {
    COFRE_ASSIGN(const auto json, repository.load_unpacked(ctx, repo::FileKind::kSnapshot, id));
    return repo::decode_snapshot(json.text());
}

/// Rather than of the way to it, which would be as bad for all others.
bool is_fault_of_file(const Error& error) {
    return error.code() == ErrorCode::kCorruption || error.code() == ErrorCode::kResourceExhausted;
}

}  // namespace

Status SnapshotList::require_all() const {
    if (unreadable.empty()) return {};
    return Error(ErrorCode::kCorruption,
                 unreadable.front().message() + (unreadable.size() > 1
                                                     ? " (and " + std::to_string(unreadable.size() - 1) + " more)"
                                                     : std::string()))
        .with_hint("nothing is removed while a snapshot cannot be read; see `cofre check`");
}

Result<OpenPlace> open_place(const App& app, const TargetOptions& options, std::string_view job,
                             daemon::Absent absent) {
    COFRE_ASSIGN(auto resolved, resolve_place(app, options, job));
    return open_resolved(app, std::move(resolved), absent);
}

Result<OpenPlace> open_resolved(const App& app, ResolvedPlace resolved, daemon::Absent absent) {
    OpenPlace place{.target = std::move(resolved.target), .state_folder = std::move(resolved.state_folder), .open = {}};
    auto open = daemon::open_store(place.target, absent, place.state_folder);
    if (!open && open.error().code() == ErrorCode::kNotFound) {
        const bool is_objects = place.target.layout == config::Layout::kObjects;
        return Error(is_objects ? ErrorCode::kNotFound : ErrorCode::kNoRepository, open.error().message())
            .with_hint("create it with `cofre init`, or check the path");
    }
    if (!open) return std::move(open).error();
    place.open = *std::move(open);
    COFRE_ASSIGN(place.layout, daemon::find_layout(app.ctx, place.open, place.target.layout));
    return place;
}

Result<repo::RepositoryOptions> repository_options(const RepoAccessOptions& options, const OpenPlace& place) {
    repo::RepositoryOptions out;
    out.prefix = place.open.prefix;
    const std::string& mode = options.compression.empty() ? place.target.repository_compression : options.compression;
    COFRE_ASSIGN(out.compression, repo::parse_compression(mode));
    if (!options.no_cache) out.cache_root = options.cache_dir ? options.cache_dir : repo::RepoCache::default_root();
    return out;
}

Result<std::uint64_t> pack_bytes(const RepoAccessOptions& options, const config::TargetConfig& target) {
    std::uint64_t bytes = target.pack_size;
    if (!options.pack_size.empty()) {
        const bool is_number = options.pack_size.find_first_not_of("0123456789") == std::string::npos;
        COFRE_ASSIGN(bytes, parse_size(options.pack_size + (is_number ? "M" : "")));
    }
    if (bytes < kMinPack || bytes > kMaxPack) {
        return Error(ErrorCode::kInvalidArgument, "pack size: 4 to 128 MiB expected");
    }
    return bytes;
}

Result<Secret> new_password(const App& app, const std::optional<std::filesystem::path>& file) {
    if (file) return daemon::read_password_file(*file);
    return ask_new_password(app.ctx, "new password");
}

Result<std::unique_ptr<RepositorySession>> RepositorySession::open(const App& app, const RepoAccessOptions& options,
                                                                   const SessionOptions& session) {
    COFRE_ASSIGN(auto place, open_place(app, options.place, ""));
    return open_at(app, std::move(place), options, session);
}

Result<std::unique_ptr<RepositorySession>> RepositorySession::open_at(const App& app, OpenPlace place,
                                                                      const RepoAccessOptions& options,
                                                                      const SessionOptions& session) {
    if (place.is_objects()) {
        return Error(ErrorCode::kUnsupported,
                     place.open.description + " holds plain objects; this command works on repositories only");
    }
    if (place.layout == config::Layout::kAuto) return nothing_there(place);
    std::unique_ptr<RepositorySession> made(new RepositorySession(app, std::move(place)));
    COFRE_ASSIGN(made->repository_, open_repository(app, made->place_, options, made->password_));
    COFRE_ASSIGN(made->lock_, take_lock(app, *made->repository_, options, session));
    return made;
}

std::function<Status()> RepositorySession::may_write() {
    return [lock = lock_.get()]() -> Status {
        if (lock == nullptr) return Error(ErrorCode::kInternal, "written to without a lock");
        return lock->check();
    };
}

Result<SnapshotList> RepositorySession::load_snapshots() {
    COFRE_ASSIGN(const auto files, repository_->list(app_.ctx, repo::FileKind::kSnapshot));
    if (auto* cache = repository_->cache()) {
        std::unordered_set<repo::Id, repo::IdHash> live;
        for (const auto& file : files)
            live.insert(file.id);
        cache->retain(repo::FileKind::kSnapshot, live);
    }
    StepDisplay display(app_.console, app_.clock, "reading snapshots", "snapshots");
    display.set_total(files.size());
    Guarded<SnapshotList> list;
    COFRE_TRY(parallel_for(app_.ctx, files.size(), repository_->options().connections,
                           [&](const CallContext& ctx, std::size_t i) -> Status {
                               const auto& id = files[i].id;
                               auto snapshot = read_snapshot(ctx, *repository_, id);
                               display.step();
                               // Forgotten by somebody since it was listed.
                               if (!snapshot && snapshot.error().code() == ErrorCode::kNotFound) return {};
                               if (!snapshot && !is_fault_of_file(snapshot.error())) return snapshot.error();
                               list.with([&](SnapshotList& all) {
                                   if (snapshot) {
                                       all.snapshots.push_back({id.hex(), *std::move(snapshot)});
                                   } else {
                                       all.unreadable.push_back(
                                           Error(snapshot.error()).context("snapshot " + id.short_hex()));
                                   }
                               });
                               return {};
                           }));
    return list.with([](SnapshotList& all) {
        sort_by_time(all.snapshots);
        return std::move(all);
    });
}

Status RepositorySession::load_index() {
    StepDisplay display(app_.console, app_.clock, "loading the index", "files");
    return repository_->load_index(app_.ctx, [&display](const repo::IndexProgress& progress) {
        display.set_total(progress.files_total);
        display.set_done(progress.files_done);
    });
}

Status RepositorySession::close() {
    if (!lock_) return {};
    Status released = lock_->release(app_.ctx);
    lock_.reset();
    return released;
}

repo::SnapshotFilter to_filter(const SnapshotFilterOptions& options) {
    repo::SnapshotFilter filter;
    filter.hosts = options.hosts;
    for (const auto& text : options.tags)
        filter.tags.push_back(repo::parse_tag_list(text));
    filter.paths = options.paths;
    return filter;
}

repo::ZonedTime zoned_now(const App& app) {
    return repo::Zone::local().at(app.clock.wall_now());
}

Result<std::vector<std::size_t>> choose_snapshots(const App& app, std::span<const repo::ListedSnapshot> list,
                                                  const std::vector<std::string>& ids,
                                                  const repo::SnapshotFilter& filter) {
    std::vector<std::size_t> chosen;
    for (const auto& text : ids) {
        COFRE_ASSIGN(const auto name, repo::parse_snapshot_name(text));
        if (!name.path.empty()) {
            return Error(ErrorCode::kInvalidArgument, "\"" + escape_for_display(text) + "\": a path is not meant here");
        }
        COFRE_ASSIGN(const auto place, repo::find_snapshot(list, name, filter, zoned_now(app)));
        if (std::find(chosen.begin(), chosen.end(), place) == chosen.end()) chosen.push_back(place);
    }
    if (!ids.empty()) return chosen;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (filter.matches(list[i].snapshot)) chosen.push_back(i);
    }
    return chosen;
}

}  // namespace cofre::cli
