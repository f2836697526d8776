#pragma once

/// @file
/// The sources of one backup as a single sorted stream of entries.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "source/file_tree.h"

namespace cofre::backup {

/// One source and where its entries appear in the backup.
struct MountedTree {
    source::FileTree tree;
    std::string mount;  ///< "" or "srv/data": put before the entry's path with a '/'.

    std::string path_in_backup(std::string_view path) const;
};

/// Opens every source before anything is read. Immutable, thread-safe.
class SourceSet {
public:
    /// kNotFound: a source is missing; nothing is backed up then, because a
    /// backup without it would look complete. kInvalidArgument: none is given,
    /// or one lies inside another.
    static Result<SourceSet> open(const std::vector<std::filesystem::path>& sources);

    using EntryVisitor = std::function<Status(const MountedTree& tree, const source::TreeEntry& entry)>;
    using ErrorVisitor = std::function<void(const std::string& path_in_backup, const Error& error)>;

    /// Walks all, in ascending byte order of paths in the backup.
    Status walk(const CallContext& ctx, const source::WalkOptions& options, const EntryVisitor& on_entry,
                const ErrorVisitor& on_error) const;

    const std::vector<std::unique_ptr<MountedTree>>& trees() const { return trees_; }

    /// The tree that holds `path_in_backup`, and the path inside that tree.
    struct Located {
        const MountedTree* tree;
        std::string path;
    };
    std::optional<Located> locate(std::string_view path_in_backup) const;

private:
    std::vector<std::unique_ptr<MountedTree>> trees_;
};

}  // namespace cofre::backup
