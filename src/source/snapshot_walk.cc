#include "source/snapshot_walk.h"

#include <algorithm>
#include <cerrno>
#include <functional>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "source/beneath.h"
#include "source/file_status.h"
#include "source/folder_names.h"
#include "source/owner_names.h"
#include "source/snapshot_targets.h"

namespace cofre::source {
namespace {

Status check_walk_context(const CallContext& ctx) {
    if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "walk source: stopped");
    constexpr auto kNever = std::chrono::steady_clock::time_point::max();
    if (ctx.deadline != kNever && system_clock().now() >= ctx.deadline) {
        return Error(ErrorCode::kDeadlineExceeded, "walk source: out of time");
    }
    return {};
}

Result<UniqueFd> open_absolute(const std::string& path, int flags) {
    const std::string absolute = '/' + path;
    UniqueFd fd(::open(absolute.c_str(), flags | O_CLOEXEC));
    if (!fd) return path_error(errno, "open", absolute);
    return fd;
}

// Whether the file begins with `header`.
bool has_header(int folder, const FolderTag& tag) {
    if (tag.header.empty()) return true;
    const auto file = open_for_reading(folder, tag.name, 0);
    if (!file) return false;
    std::string begin(tag.header.size(), '\0');
    std::size_t used = 0;
    while (used < begin.size()) {
        const ssize_t n = ::read(file->get(), begin.data() + used, begin.size() - used);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        used += static_cast<std::size_t>(n);
    }
    return begin == tag.header;
}

}  // namespace

// Only the current folder is open, however deep the tree: an ancestor is opened
// again, and recognized, when the walk comes back to it.
class SnapshotWalk {
    using Part = SnapshotTargets::Part;

public:
    SnapshotWalk(const CallContext& ctx, const SnapshotWalkOptions& options, const SnapshotWalkEvents& events)
        : ctx_(ctx), options_(options), events_(events) {}

    Status run(const Part& root) {
        COFRE_ASSIGN(folder_, open_absolute("", O_RDONLY | O_DIRECTORY));
        struct stat status {};
        if (::fstat(folder_.get(), &status) != 0) return path_error(errno, "open", "/");
        Level level{.part = &root, .identity = status};
        if (root.is_target) begin_target(level, folder_.get(), status);
        fill(level);
        levels_.push_back(std::move(level));
        while (!levels_.empty()) {
            COFRE_TRY(check_walk_context(ctx_));
            COFRE_TRY(step());
        }
        return {};
    }

private:
    // Where a folder lies.
    enum class Region : std::uint8_t {
        kAbove,   // On the way to targets, through links if they lead there.
        kInside,  // Below a target.
        kBridge,  // Below a target, left out, but holding another target.
    };

    struct Level {
        WalkedFile folder;
        const Part* part = nullptr;  ///< Targets that lie below; null: none.
        Region region = Region::kAbove;
        struct stat identity {};
        dev_t device = 0;  ///< Of the target around it.
        std::vector<std::string> names;
        bool is_whole = true;
    };

    Status step() {
        Level& level = levels_.back();
        if (!level.names.empty()) {
            std::string name = std::move(level.names.back());
            level.names.pop_back();
            return return_to(level) ? visit(level, std::move(name)) : Status();
        }
        Level done = std::move(levels_.back());
        levels_.pop_back();
        folder_ = UniqueFd();
        if (levels_.empty()) return {};  // The root is not told.
        return events_.leave_folder ? events_.leave_folder(done.folder, done.is_whole) : Status();
    }

    void report(std::string_view path, const Error& error) const {
        if (events_.on_error) events_.on_error(path, error);
    }

    // Makes `level` the open folder. If it is gone, what remains of it is given
    // up, with one report.
    bool return_to(Level& level) {
        if (folder_) return true;
        auto fd = reopen(level);
        struct stat status {};
        const bool is_open = fd && ::fstat(fd->get(), &status) == 0;
        if (is_open && status.st_ino == level.identity.st_ino && status.st_dev == level.identity.st_dev) {
            folder_ = *std::move(fd);
            return true;
        }
        report(level.folder.path, fd ? path_error(ELOOP, "go back to", level.folder.path) : fd.error());
        level.names.clear();
        level.is_whole = false;
        return false;
    }

    Result<UniqueFd> reopen(const Level& level) const {
        const std::string& path = level.folder.path;
        if (level.region == Region::kAbove) return open_absolute(path, O_PATH | O_DIRECTORY);
        if (path.size() == target_path_.size()) {
            return UniqueFd(::openat(target_.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
        }
        const std::size_t skipped = target_path_.empty() ? 0 : target_path_.size() + 1;
        return open_beneath(target_.get(), std::string_view(path).substr(skipped), O_PATH | O_DIRECTORY);
    }

    // From here on folders are reached from the one that is named, not through
    // links.
    void begin_target(Level& level, int fd, const struct stat& status) {
        if (level.region == Region::kAbove) {
            target_ = UniqueFd(::openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
            target_path_ = level.folder.path;
        }
        level.region = Region::kInside;
        level.device = status.st_dev;
    }

    // The names to visit in the open folder.
    void fill(Level& level) {
        if (level.region != Region::kInside) {
            for (const auto& [name, part] : level.part->below)
                level.names.push_back(name);
            return;
        }
        auto content = read_plain_folder(folder_.get());
        if (!content.status) {
            report(level.folder.path, content.status.error());
            level.is_whole = false;
        }
        level.names = std::move(content.names);
        keep_tags_only(level);
    }

    void keep_tags_only(Level& level) const {
        std::vector<std::string> tags;
        for (const FolderTag& tag : options_.exclude_if_present) {
            const bool is_there =
                std::binary_search(level.names.begin(), level.names.end(), tag.name, std::greater<>());
            if (is_there && has_header(folder_.get(), tag)) tags.push_back(tag.name);
        }
        if (tags.empty()) return;
        std::sort(tags.begin(), tags.end(), std::greater<>());
        tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
        level.names = std::move(tags);
    }

    static const Part* part_of(const Level& level, const std::string& name) {
        if (level.part == nullptr) return nullptr;
        const auto found = level.part->below.find(name);
        return found == level.part->below.end() ? nullptr : found->second.get();
    }

    Status visit(Level& level, std::string name) {
        const Part* const part = part_of(level, name);
        const bool is_target = part != nullptr && part->is_target;
        WalkedFile file;
        file.path = level.folder.path.empty() ? name : level.folder.path + '/' + name;
        file.name = std::move(name);
        struct stat status {};
        const bool follows = level.region == Region::kAbove && !is_target;
        const int flags = AT_NO_AUTOMOUNT | (follows ? 0 : AT_SYMLINK_NOFOLLOW);
        if (::fstatat(folder_.get(), file.name.c_str(), &status, flags) != 0) {
            report(file.path, path_error(errno, "read status of", file.path));
            level.is_whole = false;
            return {};
        }
        file.metadata = to_metadata(status);
        if (file.metadata.kind == FileKind::kDirectory) return visit_folder(level, std::move(file), part, status);
        if (level.region != Region::kInside && !is_target) {  // A target lies "below" it.
            report(file.path, path_error(ENOTDIR, "enter", file.path));
            return {};
        }
        if (is_target && file.metadata.kind == FileKind::kSymlink) warn_of_link(file.path);
        return visit_other(level, std::move(file), is_target);
    }

    void warn_of_link(const std::string& path) const {
        report(path, Error(ErrorCode::kInvalidArgument, "back up /" + path + ": it is a symbolic link")
                         .with_hint("only the link is in the backup; name the folder it leads to for what is there"));
    }

    Status visit_other(const Level& level, WalkedFile file, bool is_target) {
        const bool is_other_device = options_.one_file_system && !is_target && file.metadata.device != level.device;
        const bool is_excluded =
            options_.filter != nullptr && !options_.filter->accepts_file(file.path, file.metadata.size);
        if (is_other_device || is_excluded) return {};
        const auto status = complete(file, folder_.get(), file.name);
        if (!status) {
            report(file.path, status.error());
            return {};
        }
        return events_.visit_file ? events_.visit_file(file, folder_.get()) : Status();
    }

    Status complete(WalkedFile& file, int folder, const std::string& name) {
        std::vector<Error> warnings;
        auto status = complete_metadata(folder, name, file.path, owners_, file.metadata, warnings);
        for (const Error& warning : warnings)
            report(file.path, warning);
        return status;
    }

    // How to go into a folder, or nullopt: it is left out.
    std::optional<Region> region_of(const Level& level, const WalkedFile& file, const Part* part) const {
        const bool is_target = part != nullptr && part->is_target;
        const bool is_wanted = options_.filter == nullptr || options_.filter->enters_folder(file.path);
        if (is_target) return is_wanted ? std::optional(Region::kInside) : std::nullopt;
        if (level.region == Region::kAbove) return Region::kAbove;
        const bool is_same_device = !options_.one_file_system || file.metadata.device == level.device;
        if (level.region == Region::kInside && is_wanted && is_same_device) return Region::kInside;
        if (part != nullptr) return Region::kBridge;
        return std::nullopt;
    }

    bool is_empty_mount_point(const Level& level, const WalkedFile& file) const {
        return options_.one_file_system && level.region == Region::kInside && file.metadata.device != level.device &&
               (options_.filter == nullptr || options_.filter->enters_folder(file.path));
    }

    Status visit_folder(const Level& level, WalkedFile file, const Part* part, const struct stat& status) {
        const auto region = region_of(level, file, part);
        if (!region && !is_empty_mount_point(level, file)) return {};
        file.is_above_target = region && *region != Region::kInside;
        auto fd = level.region == Region::kAbove && file.is_above_target
                      ? open_absolute(file.path, O_RDONLY | O_DIRECTORY | O_NONBLOCK)
                      : open_for_reading(folder_.get(), file.name, O_DIRECTORY);
        struct stat opened = status;
        if (fd && ::fstat(fd->get(), &opened) != 0) fd = path_error(errno, "open", file.path);
        if (fd) file.metadata = to_metadata(opened);
        const auto completed = fd ? complete(file, fd->get(), ".") : complete(file, folder_.get(), file.name);
        if (!completed) report(file.path, completed.error());
        if (events_.enter_folder) COFRE_TRY(events_.enter_folder(file));

        Level next{.folder = std::move(file), .part = part, .identity = opened, .device = level.device};
        next.region = level.region == Region::kAbove ? Region::kAbove : region.value_or(Region::kInside);
        if (!fd) {
            report(next.folder.path, fd.error());
            next.is_whole = false;
            levels_.push_back(std::move(next));
            return {};
        }
        const bool is_target = part != nullptr && part->is_target;
        if (is_target) begin_target(next, fd->get(), opened);
        folder_ = *std::move(fd);
        if (region) fill(next);
        levels_.push_back(std::move(next));
        return {};
    }

    const CallContext& ctx_;
    const SnapshotWalkOptions& options_;
    const SnapshotWalkEvents& events_;
    OwnerNames owners_;
    std::vector<Level> levels_;
    UniqueFd folder_;          ///< That of levels_.back(), or none if the walk has just come back to it.
    UniqueFd target_;          ///< The target around the current folder, if any.
    std::string target_path_;  ///< Its path.
};

Status SnapshotTargets::walk(const CallContext& ctx, const SnapshotWalkOptions& options,
                             const SnapshotWalkEvents& events) const {
    return SnapshotWalk(ctx, options, events).run(*root_);
}

Result<UniqueFd> open_walked_file(int folder, const WalkedFile& file) {
    COFRE_ASSIGN(auto fd, open_for_reading(folder, file.name, 0));
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return path_error(errno, "read status of", file.path);
    const bool is_same =
        S_ISREG(status.st_mode) && status.st_ino == file.metadata.inode && status.st_dev == file.metadata.device;
    if (!is_same) return path_error(ELOOP, "open", file.path);
    return fd;
}

}  // namespace cofre::source
