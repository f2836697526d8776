#include "backup/snapshot_roots.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/utf8.h"

namespace cofre::backup {
namespace {

namespace fs = std::filesystem;

/// The folder that the first name of a target, other than "..", is in.
Result<std::string> base_of(const fs::path& target) {
    if (target.is_absolute()) return std::string();
    std::error_code error;
    fs::path base = fs::current_path(error);
    if (error) return Error::from_errno(error.value(), "current folder");
    for (const auto& part : target.lexically_normal()) {
        if (part != "..") break;
        base = fs::canonical(base / "..", error);
        if (error) return Error::from_errno(error.value(), "back up " + escape_for_display(target.native()));
    }
    return base.relative_path().native();
}

}  // namespace

bool SnapshotRoot::is_outside(std::string_view path) const {
    return base == path || (base.size() > path.size() && base.starts_with(path) && base[path.size()] == '/');
}

Result<std::vector<SnapshotRoot>> find_snapshot_roots(const std::vector<fs::path>& targets) {
    if (targets.empty()) return Error(ErrorCode::kInvalidArgument, "back up: no file or folder is named");
    std::vector<std::pair<std::string, std::vector<fs::path>>> groups;
    for (const auto& target : targets) {
        COFRE_ASSIGN(auto base, base_of(target));
        auto* found = static_cast<std::vector<fs::path>*>(nullptr);
        for (auto& [known, members] : groups) {
            if (known == base) found = &members;
        }
        if (found == nullptr) found = &groups.emplace_back(std::move(base), std::vector<fs::path>()).second;
        found->push_back(target);
    }
    std::vector<SnapshotRoot> roots;
    for (auto& [base, members] : groups) {
        COFRE_ASSIGN(auto together, source::SnapshotTargets::create(members));
        roots.push_back({std::move(base), std::move(together)});
    }
    return roots;
}

}  // namespace cofre::backup
