#include "source/snapshot_targets.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <sys/stat.h>

#include "base/utf8.h"
#include "source/path_parts.h"

namespace cofre::source {
namespace {

namespace fs = std::filesystem;

Error target_error(int errnum, const fs::path& target) {
    return Error::from_errno(errnum, "back up " + escape_for_display(target.native()));
}

bool is_dot_name(const fs::path& name) {
    return name.empty() || name == "." || name == "..";
}

// Absolute and normal. ".." is followed on the disk, where a link may lead
// elsewhere than its name says; the last name is not.
Result<fs::path> resolve_target(const fs::path& target) {
    std::error_code error;
    const fs::path absolute = fs::absolute(target, error);
    if (error) return target_error(error.value(), target);
    const bool goes_up = std::find(absolute.begin(), absolute.end(), "..") != absolute.end();
    fs::path result = absolute.lexically_normal();
    if (goes_up) {
        const bool is_named = !is_dot_name(absolute.filename());
        result = fs::canonical(is_named ? absolute.parent_path() : absolute, error);
        if (error) return target_error(error.value(), target);
        if (is_named) result /= absolute.filename();
    }
    if (result.has_relative_path() && result.filename().empty()) result = result.parent_path();
    return result;
}

}  // namespace

Result<SnapshotTargets> SnapshotTargets::create(const std::vector<fs::path>& targets) {
    if (targets.empty()) return Error(ErrorCode::kInvalidArgument, "back up: no file or folder is named");
    SnapshotTargets result;
    const auto root = std::make_shared<Part>();
    for (const fs::path& target : targets) {
        if (target.empty()) return Error(ErrorCode::kInvalidArgument, "back up: a path is empty");
        COFRE_ASSIGN(const fs::path path, resolve_target(target));
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0) return target_error(errno, target);
        const std::string below = path.relative_path().native();
        Part* part = root.get();
        for (const std::string_view name : split_path(below)) {
            if (name.empty()) continue;
            auto& next = part->below[std::string(name)];
            if (!next) next = std::make_shared<Part>();
            part = next.get();
        }
        part->is_target = true;
        if (std::find(result.paths_.begin(), result.paths_.end(), path.native()) == result.paths_.end()) {
            result.paths_.push_back(path.native());
        }
    }
    result.root_ = root;
    return result;
}

}  // namespace cofre::source
