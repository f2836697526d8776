#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/beneath.h"
#include "source/file_status.h"
#include "source/file_tree.h"
#include "source/folder_names.h"
#include "source/owner_names.h"

namespace cofre::source {
namespace {

Status check_context(const CallContext& ctx) {
    if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "walk source: stopped");
    constexpr auto kNever = std::chrono::steady_clock::time_point::max();
    if (ctx.deadline != kNever && system_clock().now() >= ctx.deadline) {
        return Error(ErrorCode::kDeadlineExceeded, "walk source: out of time");
    }
    return {};
}

// One folder of those from the root to the current one.
struct Level {
    std::string path;  ///< Empty for the root.
    dev_t device = 0;
    ino_t inode = 0;
    FolderNames content;
    std::vector<std::string> accepted;  ///< Folders given out and not yet entered.
};

// Only the current folder is open, however deep the tree: an ancestor is
// opened again, and recognized, when the walk comes back to it.
class Walk {
public:
    Walk(int root, const CallContext& ctx, const WalkOptions& options, const WalkCallbacks& callbacks)
        : root_(root), ctx_(ctx), options_(options), callbacks_(callbacks) {}

    Status run() {
        enter("", "");
        while (!levels_.empty()) {
            COFRE_TRY(check_context(ctx_));
            Level& level = levels_.back();
            if (level.content.names.empty()) {
                levels_.pop_back();
                folder_ = UniqueFd();
                continue;
            }
            std::string name = std::move(level.content.names.back());
            level.content.names.pop_back();
            if (name.back() == '/') {
                name.pop_back();
                if (std::erase(level.accepted, name) != 0) enter(join(level, name), name);
            } else if (return_to(level)) {
                COFRE_TRY(visit(level, name));
            }
        }
        return {};
    }

    Status run_single(const std::string& name) {
        folder_ = UniqueFd(::openat(root_, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (!folder_) return path_error(errno, "open", ".");
        Level level;
        return visit(level, name);
    }

private:
    static std::string join(const Level& level, const std::string& name) {
        return level.path.empty() ? name : level.path + '/' + name;
    }

    void report(const std::string& path, const Error& error) const {
        if (callbacks_.on_error) callbacks_.on_error(path.empty() ? "." : path, error);
    }

    Result<UniqueFd> open_folder(int from, const std::string& path, struct stat& status) const {
        Result<UniqueFd> fd = path.empty() ? UniqueFd(::openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC))
                                           : open_for_reading(from, path, O_DIRECTORY);
        if (!fd) return fd;
        if (!*fd || ::fstat(fd->get(), &status) != 0) return path_error(errno, "open", path.empty() ? "." : path);
        return fd;
    }

    // `name` is the last part of `path`; from the folder that holds it the way
    // is shorter.
    void enter(const std::string& path, const std::string& name) {
        struct stat status {};
        auto fd = folder_ ? open_folder(folder_.get(), name, status) : open_folder(root_, path, status);
        if (!fd) return report(path, fd.error());
        if (path.empty()) device_ = status.st_dev;
        if (options_.one_file_system && status.st_dev != device_) return;  // Mounted since its entry was given out.
        folder_ = *std::move(fd);
        levels_.push_back({.path = path, .device = status.st_dev, .inode = status.st_ino});
        Level& level = levels_.back();
        level.content = read_folder(folder_.get());
        if (!level.content.status) report(path, level.content.status.error());
    }

    // Makes `level` the open folder. If it is gone, what remains of it is
    // given up, with one report.
    bool return_to(Level& level) {
        if (folder_) return true;
        struct stat status {};
        auto fd = open_folder(root_, level.path, status);
        if (fd && status.st_dev == level.device && status.st_ino == level.inode) {
            folder_ = *std::move(fd);
            return true;
        }
        report(level.path, fd ? path_error(ELOOP, "return to", level.path) : fd.error());
        level.content.names.clear();
        level.accepted.clear();
        return false;
    }

    Status visit(Level& level, const std::string& name) {
        const std::string path = join(level, name);
        const auto status = stat_at(folder_.get(), name, path);
        if (!status) {
            report(path, status.error());
            return {};
        }
        TreeEntry entry{.path = path, .type = to_file_type(*status), .identity = to_identity(*status)};
        if (!is_wanted(entry)) return {};
        if (entry.type == FileType::kDirectory && !level.content.will_enter(name)) {
            report(path, path_error(ELOOP, "enter", path));
            return {};
        }
        if (entry.type == FileType::kSymlink) {
            auto target = read_link_at(folder_.get(), name, path);
            if (!target) {
                report(path, target.error());
                return {};
            }
            entry.link_target = *std::move(target);
        }
        complete(entry, *status);
        if (entry.type == FileType::kDirectory && (!options_.one_file_system || status->st_dev == device_)) {
            level.accepted.push_back(name);
        }
        return callbacks_.on_entry(entry);
    }

    bool is_wanted(const TreeEntry& entry) const {
        if (options_.filter == nullptr) return true;
        if (entry.type == FileType::kDirectory) return options_.filter->enters_folder(entry.path);
        return options_.filter->accepts_file(entry.path, entry.type == FileType::kRegular ? entry.identity.size : 0);
    }

    void complete(TreeEntry& entry, const struct stat& status) {
        entry.mode = status.st_mode & 07777U;
        entry.uid = status.st_uid;
        entry.gid = status.st_gid;
        entry.user = owners_.user(status.st_uid);
        entry.group = owners_.group(status.st_gid);
        entry.special_kind = special_kind(status);
    }

    const int root_;
    const CallContext& ctx_;
    const WalkOptions& options_;
    const WalkCallbacks& callbacks_;
    OwnerNames owners_;
    dev_t device_ = 0;
    std::vector<Level> levels_;
    UniqueFd folder_;  ///< That of levels_.back(), or none if the walk has just come back to it.
};

}  // namespace

Status FileTree::walk(const CallContext& ctx, const WalkOptions& options, const WalkCallbacks& callbacks) const {
    COFRE_TRY(check_context(ctx));
    Walk walk(fd_.get(), ctx, options, callbacks);
    return is_single_file() ? walk.run_single(single_name_) : walk.run();
}

}  // namespace cofre::source
