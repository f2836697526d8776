#include "backup/restore_planner.h"

#include <optional>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "source/node_metadata.h"

namespace cofre::backup {
namespace {

// What the plan of a file takes besides its name and blobs: the struct, its
// state, and its share of the lists of uses.
constexpr std::size_t kFileCost = 640;
constexpr std::size_t kBlobCost = sizeof(repo::Id) + 32;
constexpr std::size_t kFolderCost = 512;

bool is_newer(const struct stat& status, const source::FileTime& time) {
    return std::tuple(status.st_mtim.tv_sec, status.st_mtim.tv_nsec) >=
           std::tuple(static_cast<time_t>(time.seconds), static_cast<long>(time.nanoseconds));
}

bool has_time(const struct stat& status, const source::FileTime& time) {
    return status.st_mtim.tv_sec == time.seconds && status.st_mtim.tv_nsec == static_cast<long>(time.nanoseconds);
}

bool is_same_link(int folder, const std::string& name, const std::string& target) {
    std::string found(target.size() + 1, '\0');
    const ssize_t n = ::readlinkat(folder, name.c_str(), found.data(), found.size());
    return n >= 0 && found.substr(0, static_cast<std::size_t>(n)) == target;
}

}  // namespace

Status RestorePlanner::run(const CallContext& ctx) {
    stop_ = ctx.stop;
    levels_.push_back({});
    levels_.back().is_made = true;
    levels_.back().window = ~0U;
    repo::TreeWalkEvents events;
    events.visit = [this](const std::string& path, repo::Node& node) { return visit(path, node); };
    events.leave = [this](const std::string&, repo::Node&) { return leave(); };
    events.on_error = [this](const std::string& path, const Error& error) { return lost_tree(path, error); };
    COFRE_TRY(repo::walk_tree(ctx, work_.repo, work_.plan.tree, {}, events));
    COFRE_TRY(hand_over());
    work_.tally.progress().found_all = true;
    out_.close();
    return {};
}

std::string RestorePlanner::path_of(const std::string& name) const {
    return levels_.back().path.empty() ? name : levels_.back().path + '/' + name;
}

Result<bool> RestorePlanner::visit(const std::string& path, repo::Node& node) {
    const bool is_at_root = levels_.size() == 1;
    if (is_at_root && !work_.plan.only.empty() && node.name != work_.plan.only) return false;
    const bool is_folder = node.type == repo::NodeType::kDirectory;
    const auto safe = repo::check_restorable_name(node.name);
    if (!safe) {
        work_.tally.add_problem(path, safe.error().message());
        return false;
    }
    const auto choice = filter_.choose(path, is_folder);
    if (!is_folder) {
        if (choice.wanted) {
            const auto planned = plan_node(node.name, node);
            if (!planned) work_.tally.progress().files_done.fetch_add(1);
            COFRE_TRY(work_.tally.settle(path, planned));
        }
        COFRE_TRY(hand_over_if_full());
        return false;
    }
    if (!choice.wanted && !choice.below) return false;
    COFRE_ASSIGN(auto metadata, source::to_metadata(node));
    Level level;
    level.path = path_of(node.name);
    level.metadata = std::move(metadata);
    level.window = ~0U;
    levels_.push_back(std::move(level));
    if (choice.wanted) COFRE_TRY(work_.tally.settle(path, make_folders()));
    // A folder that cannot be made is walked all the same, so that each file
    // that is not restored is named.
    return true;
}

Status RestorePlanner::leave() {
    Level& level = levels_.back();
    if (level.is_made && !level.is_failed && !level.keeps_metadata) {
        window_.bytes += kFolderCost + level.path.size();
        window_.finished.push_back({std::move(level.path), std::move(level.metadata)});
    }
    levels_.pop_back();
    return hand_over_if_full();
}

Status RestorePlanner::lost_tree(const std::string& path, const Error& error) {
    const bool is_root = path.empty();
    if (ends_restore(error) && error.code() != ErrorCode::kResourceExhausted) return error;
    if (error.code() == ErrorCode::kUnavailable || is_root) return error;
    work_.tally.add_problem(path, "what this folder holds cannot be read: " + error.message());
    return leave();
}

Status RestorePlanner::plan_node(const std::string& name, repo::Node& node) {
    auto& progress = work_.tally.progress();
    progress.files_found.fetch_add(1);
    COFRE_ASSIGN(auto metadata, source::to_metadata(node));
    const bool is_file = metadata.kind == source::FileKind::kRegular;
    std::optional<std::string> first;
    if (is_file) {
        first = links_.meet(metadata.device, metadata.inode, metadata.links, path_of(name));
        if (!first) progress.bytes_found.fetch_add(node.size);
    }
    COFRE_TRY(make_folders());
    if (first) return plan_link(name, *first, node.size);
    auto folder = current_folder();
    if (!folder && !(work_.plan.dry_run && folder.error().code() == ErrorCode::kNotFound)) {
        return std::move(folder).error();
    }
    const int fd = folder ? *folder : -1;
    if (is_file) return plan_file(fd, name, std::move(metadata), node);
    COFRE_TRY(plan_other(fd, name, metadata));
    progress.files_done.fetch_add(1);
    return {};
}

/// Whether what stands there is left as it is.
Result<bool> RestorePlanner::keeps(const struct stat& status, const source::FileMetadata& metadata) {
    const auto overwrite = work_.plan.overwrite;
    const bool is_kept =
        overwrite == Overwrite::kNever || (overwrite == Overwrite::kIfNewer && is_newer(status, metadata.mtime));
    if (!is_kept) return false;
    work_.tally.count([&](TreeRestoreOutcome& out) {
        ++out.kept;
        out.skipped_bytes += metadata.kind == source::FileKind::kRegular ? metadata.size : 0;
    });
    return true;
}

Result<PlannedFile> RestorePlanner::look_at(int folder, const std::string& name, source::FileMetadata metadata,
                                            repo::Node& node) {
    PlannedFile file;
    file.name = name;
    file.tree_size = node.size;
    if (node.content) file.content = std::move(*node.content);
    file.metadata = std::move(metadata);
    if (folder < 0) return file;
    COFRE_ASSIGN(const auto status, status_of(folder, name, path_of(name)));
    if (status) {
        const bool is_own = S_ISREG(status->st_mode) && (status->st_nlink == 1 || file.metadata.links > 1);
        file.standing = is_own ? Standing::kCompare : Standing::kOther;
        file.standing_size = static_cast<std::uint64_t>(status->st_size);
        const bool looks_same =
            is_own && file.standing_size == file.tree_size && has_time(*status, file.metadata.mtime);
        if (looks_same && work_.plan.overwrite == Overwrite::kIfChanged) file.standing = Standing::kSame;
    }
    // A file of one blob is fetched whole or not at all.
    if (file.content.size() > 1) {
        const auto partial = partial_name_of(name, file.content);
        file.has_partial = ::faccessat(folder, partial.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    }
    return file;
}

Status RestorePlanner::plan_file(int folder, const std::string& name, source::FileMetadata metadata, repo::Node& node) {
    auto& progress = work_.tally.progress();
    if (folder >= 0) {
        COFRE_ASSIGN(const auto status, status_of(folder, name, path_of(name)));
        if (status) {
            COFRE_ASSIGN(const bool is_kept, keeps(*status, metadata));
            if (is_kept) {
                progress.files_done.fetch_add(1);
                progress.bytes_done.fetch_add(node.size);
                return {};
            }
        }
    }
    COFRE_ASSIGN(auto file, look_at(folder, name, std::move(metadata), node));
    file.folder = folder_number();
    window_.bytes += kFileCost + name.size() + file.content.size() * kBlobCost;
    window_.files.push_back(std::move(file));
    return {};
}

Status RestorePlanner::plan_link(const std::string& name, const std::string& first, std::uint64_t size) {
    PlannedLink link{.folder = folder_number(), .name = name, .first_path = first, .size = size};
    window_.bytes += kFolderCost + name.size() + first.size();
    window_.links.push_back(std::move(link));
    return {};
}

Status RestorePlanner::plan_other(int folder, const std::string& name, const source::FileMetadata& metadata) {
    const auto path = path_of(name);
    std::optional<struct stat> status;
    if (folder >= 0) {
        COFRE_ASSIGN(status, status_of(folder, name, path));
    }
    bool is_there = false;
    if (status) {
        COFRE_ASSIGN(const bool is_kept, keeps(*status, metadata));
        if (is_kept) return {};
        is_there = metadata.kind == source::FileKind::kSymlink && S_ISLNK(status->st_mode) &&
                   is_same_link(folder, name, metadata.link_target);
    }
    if (!work_.plan.dry_run) {
        if (!is_there) {
            if (status && S_ISDIR(status->st_mode)) ::unlinkat(folder, name.c_str(), AT_REMOVEDIR);
            COFRE_TRY(source::create_special_file(folder, name, path, metadata));
        }
        COFRE_TRY(apply_to(work_, folder, name, path, metadata));
    }
    work_.tally.count([](TreeRestoreOutcome& out) { ++out.others; });
    const auto action = !status    ? RestoreAction::kRestored
                        : is_there ? RestoreAction::kUnchanged
                                   : RestoreAction::kUpdated;
    work_.tally.observe(action, '/' + path, 0);
    return {};
}

Status RestorePlanner::make_folders() {
    for (std::size_t i = 1; i < levels_.size(); ++i) {
        if (levels_[i].is_failed) {
            return Error(ErrorCode::kNotFound,
                         "its folder " + escape_for_display('/' + levels_[i].path) + " could not be made");
        }
        if (levels_[i].is_made) continue;
        auto status = make_folder(i);
        if (status) continue;
        levels_[i].is_failed = true;
        return status;
    }
    return {};
}

Status RestorePlanner::make_folder(std::size_t i) {
    Level& level = levels_[i];
    bool is_new = true;
    if (!work_.plan.dry_run) {
        const auto& above = levels_[i - 1].path;
        COFRE_ASSIGN(const auto folder, work_.place.open_folder(above));
        const auto name = level.path.substr(above.empty() ? 0 : above.size() + 1);
        const bool may_replace = work_.plan.overwrite != Overwrite::kNever;
        COFRE_ASSIGN(is_new, make_folder_in(folder.get(), name, level.path, may_replace));
    }
    level.is_made = true;
    level.keeps_metadata = !is_new && work_.plan.overwrite == Overwrite::kNever;
    if (is_new) work_.tally.observe(RestoreAction::kRestored, '/' + level.path, 0);
    return {};
}

Result<int> RestorePlanner::current_folder() {
    const auto& path = levels_.back().path;
    if (!open_ || open_path_ != path) {
        open_path_ = "\n";
        COFRE_ASSIGN(open_, work_.place.open_folder(path));
        open_path_ = path;
    }
    return open_.get();
}

std::uint32_t RestorePlanner::folder_number() {
    Level& level = levels_.back();
    if (level.window != window_number_) {
        level.window = window_number_;
        level.number = static_cast<std::uint32_t>(window_.folders.size());
        window_.folders.push_back(level.path);
        window_.bytes += level.path.size() + sizeof(std::string);
    }
    return level.number;
}

Status RestorePlanner::hand_over_if_full() {
    return window_.bytes < work_.plan.window_bytes ? Status() : hand_over();
}

Status RestorePlanner::hand_over() {
    COFRE_TRY(out_.push(std::exchange(window_, {}), stop_));
    ++window_number_;
    return {};
}

}  // namespace cofre::backup
