#include "repo/repo_check.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/log.h"
#include "base/parallel.h"
#include "base/units.h"
#include "repo/check_ledger.h"
#include "repo/pack_check.h"
#include "repo/snapshot_list.h"
#include "repo/used_blobs.h"

namespace cofre::repo {
namespace {

constexpr std::uint64_t kLedgerEvery = 1ULL << 30U;  // Bytes read: what a killed check may have to read again.

bool is_content_damage(const Error& error) {
    return error.code() == ErrorCode::kCorruption || error.code() == ErrorCode::kNotFound ||
           error.code() == ErrorCode::kResourceExhausted;
}

/// What the check knows of a pack before it reads it.
struct PackSize {
    std::uint64_t stored = 0;
    bool is_stored = false;
};

class RepoCheck {
public:
    RepoCheck(Repository& repository, const CheckOptions& options) : repository_(repository), options_(options) {}

    Result<CheckReport> run(const CallContext& ctx) {
        COFRE_TRY(read_snapshots(ctx));  // Before the index: what they need is then in it.
        COFRE_TRY(read_index(ctx));
        COFRE_TRY(compare_packs(ctx));
        COFRE_TRY(check_trees(ctx));
        COFRE_TRY(read_packs(ctx));
        std::sort(report_.broken_packs.begin(), report_.broken_packs.end());
        return report_;
    }

private:
    void find(FindingKind kind, const Id& id, std::string message) {
        found_.with([&](int&) {
            if (kind != FindingKind::kNote) ++report_.errors;
            if (options_.on_finding) options_.on_finding({kind, id, std::move(message)});
        });
    }
    void step(const StepProgress& progress) const {
        if (options_.on_step) options_.on_step(progress);
    }

    Status read_snapshots(const CallContext& ctx) {
        COFRE_ASSIGN(const auto list, load_snapshots(ctx, repository_));
        report_.snapshots = list.snapshots.size() + list.unreadable.size();
        for (const auto& [id, error] : list.unreadable)
            find(FindingKind::kSnapshot, id, error.message());
        for (const auto& listed : list.snapshots) {
            if (listed.snapshot.tree) {
                roots_.push_back(*listed.snapshot.tree);
            } else {
                find(FindingKind::kSnapshot, *Id::parse(listed.id), "snapshot " + listed.id + " has no tree");
            }
        }
        return {};
    }

    Status read_index(const CallContext& ctx) {
        COFRE_ASSIGN(const auto files, repository_.list(ctx, FileKind::kIndex));
        report_.index_files = files.size();
        Guarded<BlobIndex> index;
        Guarded<std::uint64_t> done;
        const int threads = repository_.options().connections;
        COFRE_TRY(parallel_for(ctx, files.size(), threads, [&](const CallContext& inner, std::size_t i) -> Status {
            const Id& file = files[i].id;
            auto read = repository_.read_index_file(inner, file, [&](PackContent&& pack) -> Status {
                index.with([&](BlobIndex& all) { all.insert(pack); });
                return {};
            });
            if (!read && !is_content_damage(read.error())) return read;
            if (!read) {
                find(FindingKind::kIndex, file, read.error().message());
                found_.with([&](int&) { report_.suggest_repair_index = true; });
            }
            step({.step = "load index", .done = done.with([](auto& n) { return ++n; }), .total = files.size()});
            return {};
        }));
        index.with([&](BlobIndex& all) {
            report_.blobs = all.size();
            repository_.replace_index(std::move(all));
        });
        return {};
    }

    Status compare_packs(const CallContext& ctx) {
        COFRE_ASSIGN(packs_, repository_.list(ctx, FileKind::kPack));
        report_.packs = packs_.size();
        repository_.with_index([&](const BlobIndex& index) {
            std::vector<PackSize> sizes(index.pack_count());
            for (const auto& pack : packs_) {
                report_.pack_bytes += pack.size;
                if (const auto number = index.find_pack(pack.id)) {
                    sizes[*number] = {pack.size, true};
                } else {
                    ++report_.unreferenced_packs;
                }
            }
            index.for_each_pack([&](PackNumber number, std::span<const PackedBlob> blobs) {
                compare_pack(index.pack_id(number), sizes[number], blobs);
            });
        });
        if (report_.unreferenced_packs != 0) {
            report_.suggest_prune = true;
            find(FindingKind::kNote, {},
                 std::to_string(report_.unreferenced_packs) +
                     " packs are in no index: left by something interrupted, or by a backup that is at work");
        }
        return {};
    }

    void compare_pack(const Id& pack, const PackSize& size, std::span<const PackedBlob> blobs) {
        if (!size.is_stored) {
            report_.suggest_repair_index = true;
            return break_pack(pack, "pack " + pack.hex() + ": the index has it, but it is not there");
        }
        if (const auto expected = packed_size(blobs); expected != size.stored) {
            report_.suggest_repair_index = true;
            return break_pack(pack, "pack " + pack.hex() + ": it has " + std::to_string(size.stored) +
                                        " bytes; by the index, it should have " + std::to_string(expected));
        }
        const bool is_mixed = !blobs.empty() && std::any_of(blobs.begin(), blobs.end(), [&](const PackedBlob& blob) {
            return blob.type != blobs[0].type;
        });
        if (!is_mixed) return;
        report_.suggest_prune = true;
        find(FindingKind::kNote, pack, "pack " + pack.hex() + ": holds trees and data; prune separates them");
    }

    void break_pack(const Id& pack, std::string message) {
        found_.with([&](int&) {
            auto& broken = report_.broken_packs;
            if (std::find(broken.begin(), broken.end(), pack) == broken.end()) broken.push_back(pack);
        });
        find(FindingKind::kPack, pack, std::move(message));
    }

    Status check_trees(const CallContext& ctx) {
        BlobMarks used(repository_.with_index([](const BlobIndex& index) { return index.size(); }));
        MarkOptions marking;
        marking.on_step = options_.on_step;
        marking.on_problem = [&](const MarkProblem& problem) -> Status {
            const bool is_tree = problem.type == BlobType::kTree;
            // What is missing may lie in a pack that no index names.
            if (report_.unreferenced_packs != 0) report_.suggest_repair_index = true;
            find(is_tree ? FindingKind::kTree : FindingKind::kBlob, problem.id, problem.error.message());
            return {};
        };
        COFRE_TRY(mark_used_blobs(ctx, repository_, roots_, used, marking));
        // What an unreadable snapshot or tree needs seems unused, too.
        if (report_.errors == 0) count_unused(used);
        return {};
    }

    void count_unused(const BlobMarks& used) {
        repository_.with_index([&](const BlobIndex& index) {
            for (std::uint32_t i = 0; i < index.size(); ++i) {
                const auto place = index.at(i);
                if (used.test(*index.ordinal(place.blob.type, place.blob.id))) continue;
                ++report_.unused_blobs;
                report_.unused_bytes += place.blob.length;
                if (!options_.list_unused) continue;
                find(FindingKind::kNote, place.blob.id,
                     "unused " + std::string(to_string(place.blob.type)) + " blob " + place.blob.id.hex());
            }
        });
    }

    std::vector<FileInfo> choose_packs(const CheckLedger& ledger) const;
    Status read_packs(const CallContext& ctx);
    Status read_pack(const CallContext& ctx, const FileInfo& pack, const PackOrder& order,
                     Guarded<CheckLedger>& ledger);
    void save_ledger(const CallContext& ctx, Guarded<CheckLedger>& ledger);
    void count_coverage(const CheckLedger& ledger);

    Repository& repository_;
    const CheckOptions& options_;
    std::vector<Id> roots_;
    std::vector<FileInfo> packs_;
    Guarded<int> found_;  // Also for report_, once there are threads.
    CheckReport report_;
    bool has_all_in_index_ = false;  // What no index names is left over, not lost.
    bool has_warned_ = false;        // Guarded by the ledger.
};

/// As many as fit beside what was `spent`, and at least one in all: a budget
/// below one pack must not stand still.
std::vector<FileInfo> take_bytes(std::vector<FileInfo> packs, std::uint64_t bytes, std::uint64_t spent = 0) {
    std::size_t count = 0;
    while (count < packs.size() && (spent == 0 || spent + packs[count].size <= bytes))
        spent += packs[count++].size;
    packs.resize(count);
    return packs;
}

std::vector<FileInfo> RepoCheck::choose_packs(const CheckLedger& ledger) const {
    const auto& read = options_.read;
    if (read.all) return packs_;
    if (read.part) {
        std::vector<FileInfo> out;
        std::copy_if(packs_.begin(), packs_.end(), std::back_inserter(out), [&](const FileInfo& pack) {
            return std::to_integer<std::uint32_t>(pack.id.bytes()[0]) % read.parts == *read.part - 1;
        });
        return out;
    }
    auto ordered = order_for_reading(packs_, ledger);
    if (read.percent) {
        return take_bytes(std::move(ordered),
                          static_cast<std::uint64_t>(static_cast<double>(report_.pack_bytes) * *read.percent / 100));
    }
    if (read.bytes) return take_bytes(std::move(ordered), *read.bytes);
    const auto today = std::chrono::floor<std::chrono::days>(repository_.clock().wall_now());
    std::uint64_t spent = 0;
    std::erase_if(ordered, [&](const FileInfo& pack) {
        const auto last = ledger.last_read(pack.id);
        const bool is_of_today = last && *last >= today;
        if (is_of_today) spent += pack.size;
        return is_of_today;
    });
    return take_bytes(std::move(ordered), *read.bytes_a_day, spent);
}

Status RepoCheck::read_packs(const CallContext& ctx) {
    COFRE_ASSIGN(auto loaded, CheckLedger::load(ctx, repository_));
    std::unordered_set<Id, IdHash> live;
    for (const auto& pack : packs_)
        live.insert(pack.id);
    loaded.retain(live);
    if (!options_.read.reads_something()) {
        count_coverage(loaded);
        return {};
    }
    has_all_in_index_ = report_.errors == 0;
    const auto chosen = choose_packs(loaded);
    std::uint64_t bytes_total = 0;
    for (const auto& pack : chosen)
        bytes_total += pack.size;
    const auto order = repository_.with_index([](const BlobIndex& index) { return PackOrder(index); });
    Guarded<CheckLedger> ledger(std::move(loaded));
    std::uint64_t unsaved = 0;  // Guarded by found_.
    const int threads = repository_.options().connections;
    auto read = parallel_for(ctx, chosen.size(), threads, [&](const CallContext& inner, std::size_t i) -> Status {
        COFRE_TRY(read_pack(inner, chosen[i], order, ledger));
        const bool is_due = found_.with([&](int&) {
            ++report_.packs_read;
            report_.bytes_read += chosen[i].size;
            unsaved += chosen[i].size;
            if (options_.on_step) {
                options_.on_step({.step = "read packs",
                                  .done = report_.packs_read,
                                  .total = chosen.size(),
                                  .bytes_done = report_.bytes_read,
                                  .bytes_total = bytes_total});
            }
            return unsaved >= kLedgerEvery && std::exchange(unsaved, 0) != 0;
        });
        if (is_due) save_ledger(inner, ledger);
        return {};
    });
    // What was read stays read, also when the rest was not.
    if (report_.packs_read != 0) save_ledger(CallContext{{}, ctx.deadline}, ledger);
    ledger.with([&](const CheckLedger& all) { count_coverage(all); });
    return read;
}

Status RepoCheck::read_pack(const CallContext& ctx, const FileInfo& pack, const PackOrder& order,
                            Guarded<CheckLedger>& ledger) {
    const auto indexed = repository_.with_index([&](const BlobIndex& index) {
        const auto number = index.find_pack(pack.id);
        return number ? order.blobs(index, *number) : std::vector<PackedBlob>();
    });
    auto verdict = check_pack(ctx, repository_, pack.id, pack.size, indexed);
    if (!verdict) return std::move(verdict).error();
    const bool is_needed = !indexed.empty() || !has_all_in_index_;
    for (const auto& problem : verdict->problems) {
        if (is_needed) {
            break_pack(pack.id, "pack " + pack.id.hex() + ": " + problem);
        } else {
            find(FindingKind::kNote, pack.id,
                 "pack " + pack.id.hex() + " is in no index, and nobody needs it; prune removes it: " + problem);
        }
    }
    const auto now = repository_.clock().wall_now();
    ledger.with([&](CheckLedger& all) {
        if (verdict->problems.empty()) {
            all.note_read(pack.id, now);
        } else {
            all.forget(pack.id);
        }
    });
    return {};
}

void RepoCheck::save_ledger(const CallContext& ctx, Guarded<CheckLedger>& ledger) {
    ledger.with([&](const CheckLedger& all) {
        auto saved = all.save(ctx, repository_);
        if (!saved && !std::exchange(has_warned_, true)) {
            log_warning("repo", "what was read is not remembered: " + saved.error().message());
        }
    });
}

void RepoCheck::count_coverage(const CheckLedger& ledger) {
    bool has_unread = false;
    for (const auto& pack : packs_) {
        const auto last = ledger.last_read(pack.id);
        if (!last) {
            has_unread = true;
            continue;
        }
        ++report_.packs_ever_read;
        report_.bytes_ever_read += pack.size;
        if (!report_.oldest_read || *last < *report_.oldest_read) report_.oldest_read = last;
    }
    if (has_unread) report_.oldest_read.reset();
}

}  // namespace

Result<CheckReport> check_repository(const CallContext& ctx, Repository& repository, const CheckOptions& options) {
    return RepoCheck(repository, options).run(ctx);
}

}  // namespace cofre::repo
