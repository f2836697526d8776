#pragma once

/// @file
/// From the options of a command to an open repository: place, password, store,
/// cache, lock, snapshots, index.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/app.h"
#include "daemon/target_factory.h"
#include "repo/repo_lock.h"
#include "repo/repository.h"
#include "repo/snapshot_filter.h"

namespace cofre::cli {

/// A place, opened, and what it holds.
struct OpenPlace {
    config::TargetConfig target;
    std::filesystem::path state_folder;
    daemon::OpenTarget open;
    /// kAuto: neither a repository nor plain objects are there.
    config::Layout layout = config::Layout::kAuto;

    bool is_objects() const { return layout == config::Layout::kObjects; }
};

/// Resolves (resolve_place), opens and looks what is there. For commands that
/// know both layouts: use `open` for plain objects, else RepositorySession.
Result<OpenPlace> open_place(const App& app, const TargetOptions& options, std::string_view job,
                             daemon::Absent absent = daemon::Absent::kFail);

/// The same where it is resolved already.
Result<OpenPlace> open_resolved(const App& app, ResolvedPlace resolved, daemon::Absent absent = daemon::Absent::kFail);

enum class LockNeed : std::uint8_t {
    kNone,       ///< init, unlock, cat: nothing is read that could vanish, or a lock would be in the way.
    kShared,     ///< Reading, and adding. Without permission to write a reader goes on unlocked.
    kExclusive,  ///< Removing.
};

struct SessionOptions {
    LockNeed lock = LockNeed::kShared;
    bool will_write = false;  ///< --no-lock is refused, and so is a store that cannot be locked.
};

/// Every readable snapshot, oldest first (ids decide between equal times).
struct SnapshotList {
    std::vector<repo::ListedSnapshot> snapshots;
    std::vector<Error> unreadable;  ///< What could not be read or understood, each naming its id.

    /// For what removes things: an unreadable snapshot may need what it seems
    /// that nobody needs. kCorruption: there is one.
    Status require_all() const;
};

/// Releases its lock when it dies. Not thread-safe; the repository is.
class RepositorySession {
public:
    /// kNoRepository (exit 10), kLocked (11), kWrongPassword (12). A person at a
    /// terminal who mistypes is asked again, three times in all.
    static Result<std::unique_ptr<RepositorySession>> open(const App& app, const RepoAccessOptions& options,
                                                           const SessionOptions& session);
    /// The same where the place is open already.
    static Result<std::unique_ptr<RepositorySession>> open_at(const App& app, OpenPlace place,
                                                              const RepoAccessOptions& options,
                                                              const SessionOptions& session);

    repo::Repository& repository() { return *repository_; }
    const OpenPlace& place() const { return place_; }
    /// What opened it: for a recovery kit that is to have it.
    const Secret& password() const { return password_; }
    /// "s3://bucket/prefix at https://host", for people.
    const std::string& description() const { return place_.open.description; }

    /// For BlobWriterOptions::may_write, and before anything is removed: success
    /// while the lock is ours. Copies outlive nothing: the session must live.
    std::function<Status()> may_write();

    /// Lists and reads all snapshots, some at once. Call before load_index():
    /// what they refer to is then in the index. A failed listing is an error.
    Result<SnapshotList> load_snapshots();

    /// With progress on the console.
    Status load_index();

    /// Gives the lock back and reports what failed; the destructor only logs.
    Status close();

private:
    RepositorySession(const App& app, OpenPlace place) : app_(app), place_(std::move(place)) {}

    const App& app_;
    OpenPlace place_;
    Secret password_;
    std::unique_ptr<repo::Repository> repository_;
    std::unique_ptr<repo::RepoLock> lock_;  // After what it uses.
};

/// The options of the target and the command line, for RepositorySession and
/// `init`. kInvalidArgument: a size or mode that is not one.
Result<repo::RepositoryOptions> repository_options(const RepoAccessOptions& options, const OpenPlace& place);

/// Bytes of a pack: --pack-size, else the target's. kInvalidArgument: not 4 to
/// 128 MiB.
Result<std::uint64_t> pack_bytes(const RepoAccessOptions& options, const config::TargetConfig& target);

/// For `init`, `key add` and `key passwd`: a file, else a question asked twice.
Result<Secret> new_password(const App& app, const std::optional<std::filesystem::path>& file);

repo::SnapshotFilter to_filter(const SnapshotFilterOptions& options);

/// The current time in this process's zone.
repo::ZonedTime zoned_now(const App& app);

/// The snapshots that `ids` name ("latest", "latest~1", first digits), or all
/// that `filter` lets through if there are none; places in `list`. An id that
/// fits none is an error.
Result<std::vector<std::size_t>> choose_snapshots(const App& app, std::span<const repo::ListedSnapshot> list,
                                                  const std::vector<std::string>& ids,
                                                  const repo::SnapshotFilter& filter);

}  // namespace cofre::cli
