#include "repo/prune_plan.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/number.h"
#include "base/units.h"
#include "repo/pack_check.h"
#include "repo/pack_format.h"
#include "repo/snapshot_list.h"

namespace cofre::repo {
namespace {

// Source of the rules: restic, cmd/restic/cmd_prune.go of 0.14.
constexpr std::size_t kFewSmallPacks = 10;  // Fewer are left alone, or a prune would repack for ever.
constexpr std::size_t kNamesShown = 20;

struct PackUse {
    std::uint64_t used_bytes = crypto::SealedBox::kOverhead + kPackTrailerBytes;  // Its header counts as used.
    std::uint64_t unused_bytes = 0;
    std::uint32_t used_blobs = 0;
    std::uint32_t unused_blobs = 0;
    std::uint64_t stored_bytes = 0;
    bool is_stored = false;
    bool has_data = false;
    bool has_trees = false;
    bool has_uncompressed = false;
    bool has_waste = false;  // A blob that no snapshot needs in any copy.
    bool is_repacked = false;

    bool is_mixed() const { return has_data && has_trees; }
    bool is_data() const { return has_data && !has_trees; }
    std::uint64_t bytes() const { return used_bytes + unused_bytes; }
};

std::uint64_t stored_length(const PackedBlob& blob) {
    return blob.length + (blob.uncompressed_length != 0 ? kCompressedPackEntryBytes : kPackEntryBytes);
}

struct Candidate {
    PackNumber number = 0;
    bool must_compress = false;
};

class PrunePlanner {
public:
    PrunePlanner(Repository& repository, const PruneRules& rules, const OnStep& on_step)
        : repository_(repository), rules_(rules), on_step_(on_step) {}

    Result<PrunePlan> run(const CallContext& ctx) {
        COFRE_TRY(load_roots(ctx));
        COFRE_TRY(load_index_files(ctx));
        BlobMarks needed(index_size());
        MarkOptions marking;
        marking.on_step = on_step_;
        marking.on_problem = [&](const MarkProblem& problem) -> Status {
            ++problem_count_;
            if (problem_names_.size() < kNamesShown) problem_names_.push_back(problem.error);
            return {};
        };
        COFRE_TRY(mark_used_blobs(ctx, repository_, roots_, needed, marking));
        COFRE_TRY(refuse_problems());
        COFRE_ASSIGN(const auto stored, repository_.list(ctx, FileKind::kPack));
        BlobMarks chosen(index_size());
        COFRE_TRY(repository_.with_index([&](const BlobIndex& index) -> Status {
            packs_.resize(index.pack_count());
            note_stored(index, stored);
            choose_copies(index, needed, chosen);
            COFRE_TRY(decide(index));
            list_repacks(index, chosen);
            return {};
        }));
        return std::move(plan_);
    }

private:
    std::size_t index_size() const {
        return repository_.with_index([](const BlobIndex& index) { return index.size(); });
    }

    Status load_roots(const CallContext& ctx);
    Status load_index_files(const CallContext& ctx);
    Status refuse_problems() const;
    void note_stored(const BlobIndex& index, std::span<const FileInfo> stored);
    void choose_copies(const BlobIndex& index, const BlobMarks& needed, BlobMarks& chosen);
    std::uint32_t best_copy(const BlobIndex& index, std::span<const std::uint32_t> copies) const;
    Status decide(const BlobIndex& index);
    Status refuse_damaged_packs(const BlobIndex& index) const;
    void sort_candidates(std::vector<Candidate>& candidates, std::uint64_t large_enough) const;
    void choose_repacks(const std::vector<Candidate>& candidates, std::uint64_t large_enough);
    void list_repacks(const BlobIndex& index, const BlobMarks& chosen);

    Repository& repository_;
    const PruneRules& rules_;
    const OnStep& on_step_;
    PrunePlan plan_;
    std::vector<Id> roots_;
    std::vector<PackUse> packs_;  // By PackNumber.
    std::size_t problem_count_ = 0;
    std::vector<Error> problem_names_;
};

Status PrunePlanner::load_roots(const CallContext& ctx) {
    COFRE_ASSIGN(const auto snapshots, load_all_snapshots(ctx, repository_));
    for (const auto& listed : snapshots) {
        const Id id = *Id::parse(listed.id);
        if (rules_.forgotten.contains(id)) continue;
        if (!listed.snapshot.tree) {
            return Error(ErrorCode::kCorruption, "snapshot " + id.short_hex() + " has no tree")
                .with_hint("remove it with `cofre forget " + id.short_hex() + "`");
        }
        plan_.snapshots.insert(id);
        roots_.push_back(*listed.snapshot.tree);
    }
    plan_.totals.snapshots = roots_.size();
    return {};
}

Status PrunePlanner::load_index_files(const CallContext& ctx) {
    // Listed before it is loaded: a file that comes between is not taken for known.
    COFRE_ASSIGN(const auto files, repository_.list(ctx, FileKind::kIndex));
    for (const auto& file : files)
        plan_.index_files.insert(file.id);
    return repository_.load_index(ctx, [&](const IndexProgress& progress) {
        if (on_step_) on_step_({.step = "load index", .done = progress.files_done, .total = progress.files_total});
    });
}

Status PrunePlanner::refuse_problems() const {
    if (problem_count_ == 0) return {};
    std::string names;
    for (const auto& error : problem_names_)
        names += "\n  " + error.message();
    if (problem_count_ > problem_names_.size())
        names += "\n  and " + std::to_string(problem_count_ - problem_names_.size()) + " more";
    return Error(problem_names_.front().code(),
                 "snapshots need what is missing or damaged, so nothing is removed:" + names)
        .with_hint(
            "run `cofre check`, then `cofre repair index`; what stays missing, `cofre repair snapshots` leaves "
            "out");
}

void PrunePlanner::note_stored(const BlobIndex& index, std::span<const FileInfo> stored) {
    for (const auto& file : stored) {
        if (const auto number = index.find_pack(file.id)) {
            packs_[*number].stored_bytes = file.size;
            packs_[*number].is_stored = true;
        } else {
            plan_.unreferenced_packs.push_back(file.id);
            plan_.totals.unreferenced_bytes += file.size;
        }
    }
}

/// Marks one place of each needed blob in `chosen` and sums up each pack.
void PrunePlanner::choose_copies(const BlobIndex& index, const BlobMarks& needed, BlobMarks& chosen) {
    // By their first ordinal: seen once, seen again.
    BlobMarks seen(index.size());
    BlobMarks repeated(index.size());
    for (std::uint32_t i = 0; i < index.size(); ++i) {
        const auto place = index.at(i);
        auto& pack = packs_[place.pack];
        const auto first = *index.ordinal(place.blob.type, place.blob.id);
        if (needed.test(first)) {
            if (!seen.set(first)) repeated.set(first);
        } else {
            pack.has_waste = true;
        }
        (place.blob.type == BlobType::kTree ? pack.has_trees : pack.has_data) = true;
        pack.has_uncompressed = pack.has_uncompressed || place.blob.uncompressed_length == 0;
    }
    for (std::uint32_t i = 0; i < index.size(); ++i) {
        const auto place = index.at(i);
        const auto first = *index.ordinal(place.blob.type, place.blob.id);
        if (i != first || !needed.test(first)) continue;
        if (repeated.test(first)) {
            chosen.set(best_copy(index, index.ordinals(place.blob.type, place.blob.id)));
        } else {
            chosen.set(i);
        }
    }
    for (std::uint32_t i = 0; i < index.size(); ++i) {
        const auto place = index.at(i);
        auto& pack = packs_[place.pack];
        const auto size = stored_length(place.blob);
        if (chosen.test(i)) {
            ++pack.used_blobs;
            pack.used_bytes += size;
            plan_.totals.used.add(1, size);
            continue;
        }
        ++pack.unused_blobs;
        pack.unused_bytes += size;
        plan_.totals.unused.add(1, size);
        if (needed.test(*index.ordinal(place.blob.type, place.blob.id))) plan_.totals.duplicate.add(1, size);
    }
}

std::uint32_t PrunePlanner::best_copy(const BlobIndex& index, std::span<const std::uint32_t> copies) const {
    const auto score = [&](std::uint32_t ordinal) {
        const auto place = index.at(ordinal);
        const auto& pack = packs_[place.pack];
        // A pack by its id, last: the same choice in every run, and all of its blobs in one pack.
        return std::tuple(pack.is_stored, !pack.has_waste, !pack.is_mixed(), place.blob.uncompressed_length != 0,
                          index.pack_id(place.pack));
    };
    return *std::max_element(copies.begin(), copies.end(),
                             [&](std::uint32_t a, std::uint32_t b) { return score(a) < score(b); });
}

Status PrunePlanner::refuse_damaged_packs(const BlobIndex& index) const {
    std::string names;
    std::size_t count = 0;
    for (PackNumber number = 0; number < packs_.size(); ++number) {
        const auto& pack = packs_[number];
        if (pack.used_blobs == 0 || (pack.is_stored && pack.stored_bytes == pack.bytes())) continue;
        if (++count > kNamesShown) continue;
        names += "\n  pack " + index.pack_id(number).hex();
        names += pack.is_stored
                     ? " has " + std::to_string(pack.stored_bytes) + " bytes instead of " + std::to_string(pack.bytes())
                     : std::string(" is missing");
    }
    if (count == 0) return {};
    if (count > kNamesShown) names += "\n  and " + std::to_string(count - kNamesShown) + " more";
    return Error(ErrorCode::kCorruption, "packs that snapshots need are damaged, so nothing is removed:" + names)
        .with_hint("run `cofre repair index`");
}

Status PrunePlanner::decide(const BlobIndex& index) {
    COFRE_TRY(refuse_damaged_packs(index));
    const std::uint64_t large_enough = rules_.repack_small ? rules_.pack_bytes / 5 * 4 : rules_.pack_bytes;
    auto& totals = plan_.totals;
    std::vector<Candidate> candidates;
    std::vector<Candidate> small;
    for (PackNumber number = 0; number < packs_.size(); ++number) {
        const auto& pack = packs_[number];
        if (pack.used_blobs == 0) {
            (pack.is_stored ? plan_.unused_packs : plan_.missing_packs).push_back(index.pack_id(number));
            totals.remove.add(pack.unused_blobs, pack.unused_bytes);
            ++totals.packs_unused;
            continue;
        }
        ++(pack.unused_blobs == 0 ? totals.packs_used : totals.packs_partly_used);
        const bool must_compress = repository_.config().version >= 2 && pack.has_uncompressed &&
                                   (!pack.has_data || rules_.repack_uncompressed);
        const bool may_repack = !rules_.repack_cacheable_only || !pack.is_data();
        if (may_repack && (pack.unused_blobs != 0 || pack.is_mixed() || must_compress)) {
            candidates.push_back({number, must_compress});
        } else if (may_repack && pack.stored_bytes < large_enough) {
            small.push_back({number, false});
        } else {
            ++totals.packs_kept;
        }
    }
    if (small.size() < kFewSmallPacks) {
        totals.packs_kept += small.size();
    } else {
        candidates.insert(candidates.end(), small.begin(), small.end());
    }
    sort_candidates(candidates, large_enough);
    choose_repacks(candidates, large_enough);
    return {};
}

void PrunePlanner::sort_candidates(std::vector<Candidate>& candidates, std::uint64_t large_enough) const {
    std::stable_sort(candidates.begin(), candidates.end(), [&](const Candidate& a, const Candidate& b) {
        const auto& x = packs_[a.number];
        const auto& y = packs_[b.number];
        if (x.is_data() != y.is_data()) return y.is_data();  // Trees first.
        if (rules_.repack_small) {
            const bool small_x = x.bytes() < large_enough;
            const bool small_y = y.bytes() < large_enough;
            if (small_x != small_y) return small_x;
        }
        // Then the largest share of unused bytes.
        return static_cast<double>(x.unused_bytes) * static_cast<double>(y.used_bytes) >
               static_cast<double>(y.unused_bytes) * static_cast<double>(x.used_bytes);
    });
}

void PrunePlanner::choose_repacks(const std::vector<Candidate>& candidates, std::uint64_t large_enough) {
    auto& totals = plan_.totals;
    const std::uint64_t max_unused = rules_.max_unused.of(totals.used.bytes);
    for (const auto& candidate : candidates) {
        auto& pack = packs_[candidate.number];
        const std::uint64_t unused_after = totals.unused.bytes - totals.remove.bytes - totals.repack_removes.bytes;
        const bool is_too_much =
            rules_.max_repack_bytes && totals.repack.bytes + pack.bytes() >= *rules_.max_repack_bytes;
        const bool must = !pack.is_data() || candidate.must_compress;
        const bool is_enough = unused_after < max_unused && pack.bytes() >= large_enough;
        if (is_too_much || (!must && is_enough)) {
            ++totals.packs_kept;
            continue;
        }
        pack.is_repacked = true;
        totals.repack.add(std::uint64_t{pack.used_blobs} + pack.unused_blobs, pack.bytes());
        totals.repack_removes.add(pack.unused_blobs, pack.unused_bytes);
    }
}

void PrunePlanner::list_repacks(const BlobIndex& index, const BlobMarks& chosen) {
    const PackOrder order(index);
    for (PackNumber number = 0; number < packs_.size(); ++number) {
        if (!packs_[number].is_repacked) continue;
        PackContent content{index.pack_id(number), {}};
        for (const auto ordinal : order.ordinals(number)) {
            if (chosen.test(ordinal)) content.blobs.push_back(index.at(ordinal).blob);
        }
        std::sort(content.blobs.begin(), content.blobs.end(),
                  [](const auto& a, const auto& b) { return a.offset < b.offset; });
        plan_.repacks.push_back(std::move(content));
    }
}

Error bad_unused_limit(std::string_view text) {
    return Error(ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" is no limit of unused data")
        .with_hint("write a share below 100 such as 5%, a size such as 10G, or unlimited");
}

}  // namespace

std::uint64_t UnusedLimit::of(std::uint64_t used_bytes) const {
    if (!percent) return bytes;
    return static_cast<std::uint64_t>(*percent / (100.0 - *percent) * static_cast<double>(used_bytes));
}

Result<UnusedLimit> parse_unused_limit(std::string_view text) {
    UnusedLimit limit;
    limit.percent.reset();
    if (text == "unlimited") return limit;
    if (text.ends_with('%')) {
        limit.percent = parse_number<double>(text.substr(0, text.size() - 1));
        const bool is_share = limit.percent && std::isfinite(*limit.percent) && *limit.percent >= 0;
        if (!is_share || *limit.percent >= 100) return bad_unused_limit(text);
        return limit;
    }
    const auto bytes = parse_size(text);
    if (!bytes) return bad_unused_limit(text);
    limit.bytes = *bytes;
    return limit;
}

Result<PrunePlan> plan_prune(const CallContext& ctx, Repository& repository, const PruneRules& rules,
                             const OnStep& on_step) {
    return PrunePlanner(repository, rules, on_step).run(ctx);
}

}  // namespace cofre::repo
