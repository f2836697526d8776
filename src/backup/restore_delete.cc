#include "backup/restore_delete.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repo/tree_walk.h"
#include "source/beneath.h"

namespace cofre::backup {
namespace {

std::string path_below(const std::string& path, const std::string& name) {
    std::string whole = path;
    return whole.append(1, '/').append(name);
}

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

/// All names in a folder but "." and "..".
Result<std::vector<std::string>> names_in(UniqueFd fd, std::string_view path) {
    const int copy = ::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);
    const std::unique_ptr<DIR, CloseFolder> folder(copy < 0 ? nullptr : ::fdopendir(copy));
    if (!folder) return source::path_error(errno, "list", path);
    std::vector<std::string> names;
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(folder.get());  // NOLINT(concurrency-mt-unsafe): a stream of its own.
        if (entry == nullptr) break;
        const std::string name = entry->d_name;
        if (name != "." && name != "..") names.push_back(name);
    }
    if (errno != 0) return source::path_error(errno, "list", path);
    std::sort(names.begin(), names.end());
    return names;
}

class Remover {
public:
    Remover(RestoreWork& work, const RestoreFilter& filter) : work_(work), filter_(filter) {}

    /// `nodes` ascend by name, as in every tree.
    Status clear(const CallContext& ctx, const std::string& path, std::span<const repo::Node> nodes) {
        const auto relative = path.substr(path.starts_with('/') ? 1 : 0);
        auto folder = work_.place.open_folder(relative);
        if (!folder && folder.error().code() == ErrorCode::kNotFound) return {};
        if (!folder) return work_.tally.settle(path, std::move(folder).error());
        struct stat status {};
        if (::fstat(folder->get(), &status) != 0)
            return work_.tally.settle(path, source::path_error(errno, "look at", path));
        device_ = status.st_dev;
        const int fd = folder->get();
        COFRE_ASSIGN(auto keep_open, work_.place.open_folder(relative));
        const auto names = names_in(std::move(keep_open), path);
        if (!names) return work_.tally.settle(path, names.error());
        const mode_t mode = status.st_mode & 07777U;
        bool has_removed = false;
        for (const auto& name : *names) {
            const bool is_known = std::binary_search(
                nodes.begin(), nodes.end(), name, [](const auto& a, const auto& b) { return name_of(a) < name_of(b); });
            const std::string inner = path_below(path, name);
            if (is_known || !filter_.choose(inner, /*is_folder=*/false).wanted) continue;
            if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "delete from the target");
            if (!has_removed && !work_.plan.dry_run && ::geteuid() != 0) ::fchmod(fd, mode | S_IRWXU);
            has_removed = true;
            COFRE_TRY(work_.tally.settle(inner, remove(fd, name, inner)));
        }
        return has_removed && !work_.plan.dry_run ? restore_folder(fd, status) : Status();
    }

private:
    static std::string_view name_of(const repo::Node& node) { return node.name; }
    static std::string_view name_of(const std::string& name) { return name; }

    /// Removing changed the folder's time, and perhaps its mode.
    static Status restore_folder(int fd, const struct stat& before) {
        const timespec times[2] = {before.st_atim, before.st_mtim};
        ::fchmod(fd, before.st_mode & 07777U);
        if (::futimens(fd, times) != 0) return Error::from_errno(errno, "set times of a folder");
        return {};
    }

    Status remove(int folder, const std::string& name, const std::string& path) {
        struct stat status {};
        if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
            return errno == ENOENT ? Status() : Status(source::path_error(errno, "look at", path));
        }
        if (S_ISDIR(status.st_mode)) COFRE_TRY(empty_folder(folder, name, path));
        if (!work_.plan.dry_run && ::unlinkat(folder, name.c_str(), S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0) != 0 &&
            errno != ENOENT) {
            return source::path_error(errno, "delete", path);
        }
        work_.tally.count([](TreeRestoreOutcome& out) { ++out.deleted; });
        work_.tally.observe(RestoreAction::kDeleted, path,
                            S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0);
        return {};
    }

    Status empty_folder(int above, const std::string& name, const std::string& path) {
        UniqueFd fd(::openat(above, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        struct stat status {};
        if (!fd || ::fstat(fd.get(), &status) != 0) return source::path_error(errno, "open", path);
        if (status.st_dev != device_) {
            return Error(ErrorCode::kConflict, "delete: another file system is mounted there");
        }
        const int folder = fd.get();
        UniqueFd listed(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!listed) return source::path_error(errno, "open", path);
        COFRE_ASSIGN(const auto names, names_in(std::move(listed), path));
        for (const auto& below : names)
            COFRE_TRY(remove(folder, below, path_below(path, below)));  // NOLINT(misc-no-recursion)
        return {};
    }

    RestoreWork& work_;
    const RestoreFilter& filter_;
    dev_t device_ = 0;
};

}  // namespace

Status delete_others(const CallContext& ctx, RestoreWork& work, const RestoreFilter& filter) {
    if (!work.place.exists()) return {};
    Remover remover(work, filter);
    repo::TreeWalkEvents events;
    events.visit = [&](const std::string& path, repo::Node& node) -> Result<bool> {
        const bool is_folder = node.type == repo::NodeType::kDirectory;
        return is_folder && repo::check_restorable_name(node.name) && filter.choose(path, is_folder).below;
    };
    events.open = [&](const std::string& path, std::span<const repo::Node> nodes) {
        return remover.clear(ctx, path, nodes);
    };
    return repo::walk_tree(ctx, work.repo, work.plan.tree, {}, events);
}

}  // namespace cofre::backup
