#include "store/local_listing.h"

#include <algorithm>
#include <cerrno>
#include <tuple>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/utf8.h"
#include "store/call_check.h"
#include "store/folder_entries.h"
#include "store/local_folders.h"
#include "store/local_names.h"

namespace cofre::store {
namespace {

struct Listed {
    std::string part;  // Of the key.
    std::string name;  // On disk.
    NameKind kind;
};

// The entries that lead to keys, in the order of these keys. Links, devices and
// names that no key has are not ours to show.
std::vector<Listed> in_key_order(std::vector<FolderEntry> entries, bool is_root) {
    std::vector<Listed> listed;
    listed.reserve(entries.size());
    for (FolderEntry& entry : entries) {
        if (entry.kind == EntryKind::kOther || (is_root && entry.name == kTemporaryFolder)) continue;
        const NameKind kind = entry.kind == EntryKind::kFolder ? NameKind::kFolder : NameKind::kFile;
        auto part = to_key_part(entry.name, kind);
        if (part) listed.push_back({*std::move(part), std::move(entry.name), kind});
    }
    std::sort(listed.begin(), listed.end(),
              [](const Listed& a, const Listed& b) { return std::tie(a.part, a.kind) < std::tie(b.part, b.kind); });
    return listed;
}

bool has_vanished(int error) {
    return error == ENOENT || error == ENOTDIR || error == ELOOP;
}

}  // namespace

Status LocalListing::walk(const std::string& folder, const std::string& key_prefix) {
    COFRE_TRY(check_call(ctx_, "list"));
    const UniqueFd fd = open_beneath(root_, folder, O_RDONLY | O_DIRECTORY);
    if (!fd && has_vanished(errno)) return {};  // Removed, or replaced, since its parent was read.
    // mkfs makes it for fsck, for root alone: no object of ours can be inside.
    if (!fd && errno == EACCES && folder == "lost+found") return {};
    if (!fd) return Error::from_errno(errno, "list " + escape_for_display(key_prefix));
    COFRE_ASSIGN(auto entries, read_folder(fd.get(), escape_for_display(key_prefix)));

    for (const Listed& entry : in_key_order(std::move(entries), folder.empty())) {
        const std::string key = key_prefix + entry.part;
        if (key.size() > ObjectKey::kMaxBytes || !fold_.may_list(key)) continue;
        COFRE_TRY(entry.kind == NameKind::kFolder ? walk(join_path(folder, entry.name), key)
                                                  : show_file(fd.get(), entry.name, key));
    }
    return {};
}

Status LocalListing::show_file(int folder, const std::string& name, const std::string& key_text) {
    auto key = ObjectKey::parse(key_text);
    if (!key) return {};  // Not UTF-8: nobody stored it under a key.
    return fold_.show(key_text, [&]() -> Status {
        COFRE_TRY(check_call(ctx_, "list"));
        struct stat info {};
        if (::fstatat(folder, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
            if (has_vanished(errno)) return {};
            return Error::from_errno(errno, "list " + escape_for_display(key_text));
        }
        if (!S_ISREG(info.st_mode)) return {};
        return visit_(
            {*std::move(key), static_cast<std::uint64_t>(info.st_size), etag_of(info), wall_time(info.st_mtim)});
    });
}

}  // namespace cofre::store
