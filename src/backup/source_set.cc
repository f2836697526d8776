#include "backup/source_set.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace cofre::backup {
namespace {

/// Where the tree begins in byte order: what lies below a folder starts with
/// its path and a '/', which is not where the bare path would sort.
std::string sort_key(const MountedTree& mounted) {
    const std::string path = mounted.tree.root().native();
    return mounted.tree.is_single_file() ? path : path + "/";
}

bool holds(const MountedTree& outer, const MountedTree& inner) {
    return !outer.tree.is_single_file() && sort_key(inner).starts_with(sort_key(outer));
}

std::string absolute_mount(const source::FileTree& tree) {
    const auto folder = tree.is_single_file() ? tree.root().parent_path() : tree.root();
    return folder.relative_path().native();
}

}  // namespace

std::string MountedTree::path_in_backup(std::string_view path) const {
    if (mount.empty()) return std::string(path);
    return mount + "/" + std::string(path);
}

Result<SourceSet> SourceSet::open(const std::vector<std::filesystem::path>& sources) {
    if (sources.empty()) return Error(ErrorCode::kInvalidArgument, "no source is given");
    SourceSet set;
    for (const auto& source : sources) {
        auto tree = source::FileTree::open(source);
        if (!tree) {
            return std::move(tree)
                .error()
                .context("source " + escape_for_display(source.native()))
                .with_hint("correct the path, or mount what should be there; nothing was backed up");
        }
        auto mounted = std::make_unique<MountedTree>(MountedTree{*std::move(tree), {}});
        if (sources.size() > 1) mounted->mount = absolute_mount(mounted->tree);
        set.trees_.push_back(std::move(mounted));
    }
    std::sort(set.trees_.begin(), set.trees_.end(),
              [](const auto& a, const auto& b) { return sort_key(*a) < sort_key(*b); });
    for (std::size_t i = 1; i < set.trees_.size(); ++i) {
        if (!holds(*set.trees_[i - 1], *set.trees_[i]) && sort_key(*set.trees_[i - 1]) != sort_key(*set.trees_[i])) {
            continue;
        }
        return Error(ErrorCode::kInvalidArgument, "source " + escape_for_display(set.trees_[i]->tree.root().native()) +
                                                      " lies inside source " +
                                                      escape_for_display(set.trees_[i - 1]->tree.root().native()))
            .with_hint("leave the inner one out: the outer one contains it");
    }
    return set;
}

Status SourceSet::walk(const CallContext& ctx, const source::WalkOptions& options, const EntryVisitor& on_entry,
                       const ErrorVisitor& on_error) const {
    for (const auto& mounted : trees_) {
        const source::WalkCallbacks callbacks{
            .on_entry = [&](const source::TreeEntry& entry) { return on_entry(*mounted, entry); },
            .on_error = [&](std::string_view path,
                            const Error& error) { on_error(mounted->path_in_backup(path), error); }};
        COFRE_TRY(mounted->tree.walk(ctx, options, callbacks));
    }
    return {};
}

std::optional<SourceSet::Located> SourceSet::locate(std::string_view path_in_backup) const {
    for (const auto& mounted : trees_) {
        if (mounted->mount.empty()) return Located{mounted.get(), std::string(path_in_backup)};
        const std::string start = mounted->mount + "/";
        if (!path_in_backup.starts_with(start)) continue;
        const auto inside = path_in_backup.substr(start.size());
        if (mounted->tree.is_single_file() && inside != mounted->tree.root().filename().native()) continue;
        return Located{mounted.get(), std::string(inside)};
    }
    return std::nullopt;
}

}  // namespace cofre::backup
