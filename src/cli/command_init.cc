// `init`, `unlock` and `cache`: before and beside a repository's work.
#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "cli/kit_writer.h"
#include "cli/repository_session.h"
#include "config/load.h"
#include "daemon/repository_password.h"

namespace cofre::cli {
namespace {

namespace fs = std::filesystem;
using UpkeepJson = nlohmann::ordered_json;

/// The repository is there already when this fails: the message must say so.
Status write_first_kit(const App& app, const KitOptions& options, const OpenPlace& place, repo::Repository& repository,
                       const Secret& password) {
    auto kit = make_kit(app, place, repository, options.with_password ? &password : nullptr);
    Status written = kit ? write_kit(app, *kit, options) : Status(std::move(kit).error());
    if (written) return {};
    return Error(written.error()).context("the repository is made, but not its recovery kit");
}

Status init_repository(const App& app, const InitOptions& options) {
    COFRE_TRY(check_kit_options(app, options.kit));
    COFRE_ASSIGN(const auto place, open_place(app, options.repo.place, "", daemon::Absent::kCreate));
    if (place.is_objects()) {
        return Error(ErrorCode::kConflict, place.open.description + " holds plain objects already, or is meant to")
            .with_hint("choose another prefix; if it shall hold a repository too, add --layout repository");
    }
    COFRE_ASSIGN(const auto repo_options, repository_options(options.repo, place));
    const daemon::PasswordChoice given{.file = options.repo.password_file, .command = options.repo.password_command};
    COFRE_ASSIGN(auto password, daemon::find_password(app.ctx, given, place.target, config::process_environment()));
    if (!password) {
        COFRE_ASSIGN(password, new_password(app, std::nullopt));
    }
    COFRE_TRY(check_kit_of(app, place, options.kit, options.kit.with_password ? &*password : nullptr));
    const std::uint32_t version = options.version == "1" ? 1 : 2;
    COFRE_ASSIGN(const auto made,
                 repo::Repository::init(app.ctx, *place.open.store, app.clock, *password, repo_options, version));
    const std::string id = made->config().id.hex();
    app.console.note(fmt::format("created repository {} at {}", id.substr(0, 10), place.open.description));
    app.console.note("keep the password: without it nothing in the repository can ever be read");
    app.console.print_json(
        UpkeepJson({{"message_type", "initialized"}, {"id", id}, {"repository", place.open.description}}).dump());
    if (!options.kit.file.empty()) return write_first_kit(app, options.kit, place, *made, *password);
    app.console.note("print what a restore needs, for the drawer: `cofre recovery-kit kit.pdf`");
    return {};
}

Status unlock_repository(const App& app, const UnlockOptions& options) {
    COFRE_ASSIGN(const auto session, RepositorySession::open(app, options.repo, {.lock = LockNeed::kNone}));
    const auto which = options.remove_all ? repo::LocksToRemove::kAll : repo::LocksToRemove::kStale;
    COFRE_ASSIGN(const auto removed, repo::remove_locks(app.ctx, session->repository(), which));
    app.console.note(removed == 0 ? std::string("there was no stale lock")
                                  : fmt::format("removed {} lock{}", removed, removed == 1 ? "" : "s"));
    app.console.print_json(UpkeepJson({{"message_type", "unlocked"}, {"removed", removed}}).dump());
    return {};
}

struct CacheFolder {
    fs::path path;
    fs::file_time_type last_used;
    std::uint64_t bytes = 0;
};

bool is_repository_id(const std::string& name) {
    return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

CacheFolder measure_cache(const fs::path& path) {
    CacheFolder folder{.path = path, .last_used = fs::file_time_type::min()};
    std::error_code error;
    const auto note_time = [&folder](const fs::path& at) {
        std::error_code failed;
        const auto time = fs::last_write_time(at, failed);
        if (!failed) folder.last_used = std::max(folder.last_used, time);
    };
    note_time(path);
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
        std::error_code failed;
        note_time(it->path());
        if (it->is_regular_file(failed)) folder.bytes += it->file_size(failed);
    }
    return folder;
}

Result<std::vector<CacheFolder>> list_caches(const fs::path& root) {
    std::vector<CacheFolder> folders;
    std::error_code error;
    for (fs::directory_iterator it(root, error), end; !error && it != end; it.increment(error)) {
        if (is_repository_id(it->path().filename().string())) folders.push_back(measure_cache(it->path()));
    }
    if (error && error != std::errc::no_such_file_or_directory) {
        return Error::from_errno(error.value(), "list " + root.native());
    }
    std::sort(folders.begin(), folders.end(),
              [](const CacheFolder& a, const CacheFolder& b) { return a.last_used < b.last_used; });
    return folders;
}

Status show_caches(const App& app, const CacheOptions& options) {
    const auto root = options.cache_dir ? options.cache_dir : repo::RepoCache::default_root();
    if (!root) return Error(ErrorCode::kNotFound, "neither HOME nor XDG_CACHE_HOME is set").with_hint("--cache-dir");
    COFRE_ASSIGN(const auto folders, list_caches(*root));
    UpkeepJson all = UpkeepJson::array();
    std::size_t removed = 0;
    for (const auto& folder : folders) {
        const auto age = fs::file_time_type::clock::now() - folder.last_used;
        const auto days = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::hours>(age).count() / 24);
        const bool is_old = days >= options.max_age_days;
        const bool is_removed = options.cleanup && is_old;
        if (is_removed) {
            std::error_code error;
            fs::remove_all(folder.path, error);
            if (error) return Error::from_errno(error.value(), "remove " + folder.path.native());
            ++removed;
        }
        const std::string id = folder.path.filename().string();
        all.push_back({{"id", id}, {"days_unused", days}, {"bytes", folder.bytes}, {"removed", is_removed}});
        app.console.print(fmt::format("{:<12} {:>6} days unused  {:>10}{}", id.substr(0, 10), days,
                                      format_bytes(folder.bytes),
                                      is_removed ? "  removed"
                                      : is_old   ? "  old"
                                                 : ""));
    }
    app.console.print_json(all.dump());
    app.console.note(fmt::format("{} cache{} in {}", folders.size() - removed, folders.size() - removed == 1 ? "" : "s",
                                 root->native()));
    return {};
}

int status_of(const App& app, const Status& status) {
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace

int run_command(const App& app, const InitOptions& options) {
    return status_of(app, init_repository(app, options));
}

int run_command(const App& app, const UnlockOptions& options) {
    return status_of(app, unlock_repository(app, options));
}

int run_command(const App& app, const CacheOptions& options) {
    return status_of(app, show_caches(app, options));
}

}  // namespace cofre::cli
