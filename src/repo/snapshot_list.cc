#include "repo/snapshot_list.h"

#include <algorithm>
#include <optional>
#include <tuple>

#include "base/parallel.h"

namespace cofre::repo {
namespace {

bool is_snapshot_damage(const Error& error) {
    return error.code() == ErrorCode::kCorruption || error.code() == ErrorCode::kResourceExhausted;
}

}  // namespace

Result<SnapshotList> load_snapshots(const CallContext& ctx, Repository& repository) {
    COFRE_ASSIGN(const auto files, repository.list(ctx, FileKind::kSnapshot));
    // One slot for each: threads write to their own only.
    std::vector<std::optional<Result<Snapshot>>> loaded(files.size());
    const int threads = repository.options().connections;
    COFRE_TRY(parallel_for(ctx, files.size(), threads, [&](const CallContext& inner, std::size_t i) -> Status {
        auto json = repository.load_unpacked(inner, FileKind::kSnapshot, files[i].id, kMaxSnapshotBytes);
        if (!json) {
            if (json.error().code() == ErrorCode::kNotFound) return {};  // Forgotten meanwhile.
            if (!is_snapshot_damage(json.error())) return std::move(json).error();
            loaded[i].emplace(std::move(json).error());
            return {};
        }
        auto snapshot = decode_snapshot(json->text());
        if (!snapshot) snapshot = std::move(snapshot).error().context("snapshot " + files[i].id.short_hex());
        loaded[i].emplace(std::move(snapshot));
        return {};
    }));
    SnapshotList out;
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (!loaded[i]) continue;
        if (*loaded[i]) {
            out.snapshots.push_back({files[i].id.hex(), **std::move(loaded[i])});
        } else {
            out.unreadable.emplace_back(files[i].id, loaded[i]->error());
        }
    }
    std::stable_sort(out.snapshots.begin(), out.snapshots.end(),
                     [](const auto& a, const auto& b) { return is_before(a.snapshot.time, b.snapshot.time); });
    return out;
}

Result<std::vector<ListedSnapshot>> load_all_snapshots(const CallContext& ctx, Repository& repository) {
    COFRE_ASSIGN(auto list, load_snapshots(ctx, repository));
    if (list.unreadable.empty()) return std::move(list.snapshots);
    std::string names;
    for (const auto& [id, error] : list.unreadable)
        names += (names.empty() ? "" : "; ") + error.message();
    return Error(ErrorCode::kCorruption, "not every snapshot can be read, so nothing is removed: " + names)
        .with_hint("run `cofre check`; bring the file back from a copy, or remove it with `cofre forget <id>`");
}

}  // namespace cofre::repo
