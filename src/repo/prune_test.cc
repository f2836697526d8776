#include "repo/prune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/task_group.h"
#include "repo/forget.h"
#include "repo/index_file.h"
#include "repo/index_rewrite.h"
#include "repo/repo_check.h"
#include "repo/repo_lock.h"
#include "repo/snapshot_list.h"
#include "repo/testing/maintained_repository.h"

namespace cofre::repo {
namespace {

using testing::DyingStore;
using ::testing::HasSubstr;
using testing::random_text;

class Prune : public testing::MaintainedRepository {
protected:
    PruneOptions prune_options() const {
        PruneOptions options;
        options.refresh_locks = false;
        options.max_clock_skew = std::chrono::minutes(0);
        options.rules.max_unused = *parse_unused_limit("0");
        return options;
    }
    Result<PruneResult> run_prune(Repository& repo) { return prune(ctx_, repo, prune_options()); }

    std::uint64_t check_errors(Repository& repo) {
        std::string lines;
        const auto report = check_repository(
            ctx_, repo,
            {.read = {.all = true}, .on_finding = [&](const CheckFinding& found) { lines += found.message + "\n"; }});
        EXPECT_TRUE(report) << (report ? "" : report.error().message());
        EXPECT_EQ(report->errors, 0U) << lines;
        return report->errors;
    }

    /// Three snapshots that share one file; the middle one is forgotten, so
    /// that some packs are unused and some partly used.
    std::vector<Kept> fill(Repository& repo) {
        std::vector<Kept> kept;
        const std::string shared = random_text(3000, 1);
        kept.push_back(save_snapshot(repo, {{"shared", shared}, {"a", random_text(5000, 2)}}, 0));
        const auto gone =
            save_snapshot(repo, {{"shared", shared}, {"b", random_text(9000, 3)}, {"c", random_text(2000, 4)}}, 1);
        kept.push_back(save_snapshot(repo, {{"c", random_text(2000, 4)}, {"e", random_text(700, 5)}}, 2));
        EXPECT_TRUE(repo.remove(ctx_, FileKind::kSnapshot, gone.id));
        return kept;
    }
    void expect_whole(Repository& repo, const std::vector<Kept>& kept) {
        ASSERT_TRUE(repo.load_index(ctx_));
        for (const auto& snapshot : kept)
            EXPECT_EQ(judge(repo, snapshot), "");
    }
    std::uint64_t data_bytes() {
        std::uint64_t sum = 0;
        for (const auto& key : keys_below("data/"))
            sum += stored(key).size();
        return sum;
    }
};

TEST_F(Prune, RemovesWhatNoSnapshotNeedsAndKeepsTheRest) {
    const auto repo = init();
    const auto kept = fill(*repo);
    const auto before = data_bytes();
    const auto result = run_prune(*repo);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_FALSE(result->plan.repacks.empty());
    EXPECT_EQ(result->plan.totals.snapshots, 2U);
    EXPECT_LT(data_bytes() + 9000, before);
    EXPECT_TRUE(keys_below("locks/").empty());
    expect_whole(*repo, kept);
    EXPECT_EQ(check_errors(*repo), 0U);
    const auto again = run_prune(*repo);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->plan.changes_something());
    EXPECT_EQ(again->plan.totals.unused.bytes, 0U);
}

TEST_F(Prune, DryRunChangesNothing) {
    const auto repo = init();
    fill(*repo);
    const auto before = keys_below("");
    auto options = prune_options();
    options.dry_run = true;
    const auto result = prune(ctx_, *repo, options);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->plan.changes_something());
    EXPECT_EQ(keys_below(""), before);
}

TEST_F(Prune, ToleratesUnusedDataUpToTheLimitInPacksLargeEnough) {
    const auto repo = init();
    fill(*repo);
    auto options = prune_options();
    options.rules.pack_bytes = 1000;  // Every pack is large enough.
    options.rules.max_unused = *parse_unused_limit("unlimited");
    const auto plan = plan_prune(ctx_, *repo, options.rules);
    ASSERT_TRUE(plan) << plan.error().message();
    for (const auto& pack : plan->repacks)
        EXPECT_EQ(pack.blobs.front().type, BlobType::kTree);  // Trees are always put in order.
}

TEST_F(Prune, RepacksNoMoreThanItMay) {
    const auto repo = init();
    fill(*repo);
    auto options = prune_options();
    options.rules.max_repack_bytes = 0;
    const auto result = prune(ctx_, *repo, options);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_TRUE(result->plan.repacks.empty());
    EXPECT_EQ(result->packs_written, 0U);
    EXPECT_EQ(check_errors(*repo), 0U);
}

TEST_F(Prune, F44_KilledAtAnyWriteItLosesNothingAndTheNextOneFinishes) {
    for (const bool after : {false, true}) {
        for (std::uint64_t n = 1;; ++n) {
            SCOPED_TRACE("write " + std::to_string(n) + (after ? ", done" : ", not done"));
            clear_store();
            const auto kept = fill(*init());
            DyingStore dying(store_, n, after);
            {
                auto doomed = Repository::open(ctx_, dying, clock_, Secret("password"), cheap_options());
                ASSERT_TRUE(doomed);
                const auto result = prune(ctx_, **doomed, prune_options());
                ASSERT_EQ(result.has_value(), !dying.is_dead());
            }
            const auto repo = *open();
            expect_whole(*repo, kept);
            EXPECT_EQ(check_errors(*repo), 0U);
            outlive_locks();
            const auto next = run_prune(*repo);
            ASSERT_TRUE(next) << next.error().message();
            expect_whole(*repo, kept);
            EXPECT_EQ(check_errors(*repo), 0U);
            EXPECT_FALSE(run_prune(*repo)->plan.changes_something());
            if (HasFatalFailure() || HasNonfatalFailure()) return;
            if (!dying.is_dead()) {
                EXPECT_GT(n, 8U);
                break;
            }
        }
    }
}

TEST_F(Prune, F44_AKilledOneDoesNotMakeTheNextWriteTheSameAgain) {
    const auto repo = init();
    const auto kept = fill(*repo);
    // All that comes after the new packs and index fails.
    auto options = prune_options();
    const auto gone = plan_prune(ctx_, *repo, options.rules);
    ASSERT_TRUE(gone);
    ASSERT_FALSE(gone->repacks.empty());
    std::uint64_t dies_at = 1;
    for (;; ++dies_at) {
        DyingStore dying(store_, dies_at, false);
        auto doomed = *Repository::open(ctx_, dying, clock_, Secret("password"), cheap_options());
        std::size_t index_files = keys_below("index/").size();
        const auto result = prune(ctx_, *doomed, options);
        ASSERT_FALSE(result);
        outlive_locks();
        if (keys_below("index/").size() > index_files) break;
    }
    const auto next = run_prune(*repo);
    ASSERT_TRUE(next) << next.error().message();
    EXPECT_TRUE(next->plan.repacks.empty());
    EXPECT_EQ(next->packs_written, 0U);
    expect_whole(*repo, kept);
}

TEST_F(Prune, F18_AListingThatFailsEndsItBeforeAnythingIsRemoved) {
    class BrokenListing final : public store::ForwardingStore {
    public:
        BrokenListing(store::ObjectStore& inner, std::string prefix)
            : ForwardingStore(inner), prefix_(std::move(prefix)) {}
        Status list(const CallContext& ctx, const store::ListOptions& options, const Visitor& visit) override {
            if (options.prefix.starts_with(prefix_)) return Error(ErrorCode::kUnavailable, "a page is lost");
            return ForwardingStore::list(ctx, options, visit);
        }

    private:
        std::string prefix_;
    };
    fill(*init());
    for (const std::string prefix : {"snapshots/", "index/", "data/", "locks/"}) {
        const auto before = keys_below("data/");
        BrokenListing broken(store_, prefix);
        auto repo = *Repository::open(ctx_, broken, clock_, Secret("password"), cheap_options());
        EXPECT_FALSE(prune(ctx_, *repo, prune_options())) << prefix;
        EXPECT_EQ(keys_below("data/"), before) << prefix;
    }
}

TEST_F(Prune, F46_RefusesWhileASnapshotCannotBeRead) {
    const auto repo = init();
    const auto kept = fill(*repo);
    const auto key = "snapshots/" + kept[0].id.hex();
    auto bytes = stored(key);
    bytes[20] = static_cast<char>(bytes[20] ^ 1);
    store_bytes(key, bytes);
    const auto before = keys_below("data/");
    const auto result = run_prune(*repo);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kCorruption);
    EXPECT_THAT(result.error().message(), HasSubstr(kept[0].id.short_hex()));
    EXPECT_EQ(keys_below("data/"), before);
}

TEST_F(Prune, F47_RefusesAndNamesWhatIsMissing) {
    const auto repo = init();
    fill(*repo);
    for (const auto& key : keys_below("index/")) {
        const auto bytes = stored(key);
        ASSERT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse(key)));
        const auto before = keys_below("data/");
        const auto result = run_prune(*repo);
        ASSERT_FALSE(result);
        EXPECT_THAT(result.error().message(), HasSubstr("is not in the index"));
        EXPECT_EQ(keys_below("data/"), before);
        store_bytes(key, bytes);
    }
}

TEST_F(Prune, F47_RefusesWhenANeededPackIsMissingOrShort) {
    const auto repo = init();
    save_snapshot(*repo, {{"a", random_text(5000, 2)}});
    for (const auto& key : keys_below("data/")) {
        const auto bytes = stored(key);
        store_bytes(key, bytes.substr(0, bytes.size() - 1));
        EXPECT_EQ(run_prune(*repo).error().code(), ErrorCode::kCorruption);
        ASSERT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse(key)));
        EXPECT_FALSE(run_prune(*repo));
        store_bytes(key, bytes);
    }
}

TEST_F(Prune, F47_CleansTheIndexOfMissingPacksThatNobodyNeeds) {
    const auto repo = init();
    const auto kept = save_snapshot(*repo, {{"a", random_text(5000, 2)}});
    const auto before = keys_below("data/");
    const auto gone = save_snapshot(*repo, {{"b", random_text(5000, 3)}}, 1);
    ASSERT_TRUE(repo->remove(ctx_, FileKind::kSnapshot, gone.id));
    for (const auto& key : keys_below("data/")) {
        if (std::find(before.begin(), before.end(), key) != before.end()) continue;
        ASSERT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse(key)));
    }
    const auto result = run_prune(*repo);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->plan.missing_packs.size(), 2U);
    EXPECT_EQ(check_errors(*repo), 0U);
    EXPECT_EQ(judge(*repo, kept), "");
}

TEST_F(Prune, F48_ABackupThatUsesOldBlobsMeanwhileIsNotHurt) {
    const auto repo = init();
    auto kept = fill(*repo);
    // While packs are written, a backup that had loaded its index before
    // finishes: its snapshot needs what seemed unused.
    const auto other = *open();
    ASSERT_TRUE(other->load_index(ctx_));
    auto options = prune_options();
    bool is_first = true;
    options.on_plan = [&](const PrunePlan& plan) {
        if (!std::exchange(is_first, false)) return;
        EXPECT_FALSE(plan.unused_packs.empty() && plan.repacks.empty());
        const auto lock = RepoLock::acquire(ctx_, *other, {.kind = LockKind::kShared, .refresh = false});
        ASSERT_TRUE(lock);
        kept.push_back(save_snapshot(*other, {{"b", random_text(9000, 3)}}, 5));
    };
    const auto result = prune(ctx_, *repo, options);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_TRUE(result->was_planned_again);
    expect_whole(*repo, kept);
    EXPECT_EQ(check_errors(*repo), 0U);
}

TEST_F(Prune, F48_RemovesNothingWhileABackupIsStillAtWork) {
    const auto repo = init();
    const auto kept = fill(*repo);
    const auto other = *open();
    const auto lock = RepoLock::acquire(ctx_, *other, {.kind = LockKind::kShared, .refresh = false});
    ASSERT_TRUE(lock);
    const auto before = keys_below("data/");
    const auto result = run_prune(*repo);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::kLocked);
    for (const auto& key : before)
        EXPECT_TRUE(store_.head(ctx_, *store::ObjectKey::parse(key)));
    expect_whole(*repo, kept);
}

TEST_F(Prune, F48_PacksOfABackupUnderWayAreNotTakenForGarbage) {
    const auto repo = init();
    fill(*repo);
    // Stored, but not yet in an index when the plan is made.
    const auto other = *open();
    const auto late = save_snapshot(*other, {{"late", random_text(4000, 77)}}, 6);
    std::map<std::string, std::string> held;
    for (const auto& folder : {"index/", "snapshots/"}) {
        for (const auto& key : keys_below(folder))
            held[key] = stored(key);
    }
    const auto early = *open();
    ASSERT_TRUE(early->load_index(ctx_));
    const std::string snapshot_key = "snapshots/" + late.id.hex();
    const std::string index_key = [&] {
        for (const auto& [key, bytes] : held) {
            bool names_late = false;
            if (!key.starts_with("index/")) continue;
            EXPECT_TRUE(early->read_index_file(ctx_, *Id::parse(key.substr(6)), [&](PackContent&& pack) -> Status {
                for (const auto& blob : pack.blobs)
                    names_late = names_late || blob.id == Id::of(as_bytes(late.files.at("late")));
                return {};
            }));
            if (names_late) return key;
        }
        return std::string();
    }();
    ASSERT_FALSE(index_key.empty());
    ASSERT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse(snapshot_key)));
    ASSERT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse(index_key)));
    auto options = prune_options();
    bool is_first = true;
    options.on_plan = [&](const PrunePlan& plan) {
        if (!std::exchange(is_first, false)) return;
        EXPECT_FALSE(plan.unreferenced_packs.empty());
        store_bytes(index_key, held[index_key]);
        store_bytes(snapshot_key, held[snapshot_key]);
    };
    const auto result = prune(ctx_, *repo, options);
    ASSERT_TRUE(result) << result.error().message();
    expect_whole(*repo, {late});
}

TEST_F(Prune, F48_AnotherPruneThatTookOurCopiesIsNoticed) {
    const auto repo = init();
    const auto kept = fill(*repo);
    const auto before = keys_below("");
    auto options = prune_options();
    // After phase 1, on the way to the exclusive lock: our packs and index vanish.
    class Vanishing final : public store::ForwardingStore {
    public:
        Vanishing(store::MemoryStore& inner, std::vector<std::string> known)
            : ForwardingStore(inner), known_(std::move(known)) {}
        Status remove(const CallContext& ctx, const store::ObjectKey& key) override {
            COFRE_TRY(ForwardingStore::remove(ctx, key));
            if (!key.str().starts_with("locks/") || std::exchange(is_done_, true)) return {};
            std::vector<store::ObjectKey> doomed;
            COFRE_TRY(inner().list(ctx, {}, [&](const store::ObjectInfo& info) -> Status {
                if (std::find(known_.begin(), known_.end(), info.key.str()) == known_.end()) doomed.push_back(info.key);
                return {};
            }));
            for (const auto& gone : doomed)
                COFRE_TRY(inner().remove(ctx, gone));
            return {};
        }

    private:
        std::vector<std::string> known_;
        bool is_done_ = false;
    };
    Vanishing vanishing(store_, before);
    auto ours = *Repository::open(ctx_, vanishing, clock_, Secret("password"), cheap_options());
    const auto result = prune(ctx_, *ours, options);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_TRUE(result->was_planned_again);
    expect_whole(*repo, kept);
}

TEST_F(Prune, F48_BackupsAndPrunesAtOnceLoseNothing) {
    const auto repo = init();
    const auto first = fill(*repo);
    Guarded<std::vector<Kept>> kept(first);
    TaskGroup group{std::stop_token()};
    const auto locked_shared = [&](Repository& mine) {
        for (;;) {
            auto lock = RepoLock::acquire(ctx_, mine, {.kind = LockKind::kShared, .refresh = false});
            if (lock) return *std::move(lock);
        }
    };
    for (int thread = 0; thread < 2; ++thread) {
        group.spawn([&, thread](const std::stop_token&) -> Status {
            for (int i = 0; i < 6; ++i) {
                const auto mine = *open();
                const auto lock = locked_shared(*mine);
                COFRE_TRY(mine->load_index(ctx_));
                const auto seed = static_cast<unsigned>(3 + i);  // Blobs that come and go.
                auto saved = save_snapshot(*mine, {{"b", random_text(9000, seed)}}, 10 * thread + i);
                COFRE_TRY(lock->check());
                kept.with([&](auto& all) { all.push_back(std::move(saved)); });
            }
            return {};
        });
    }
    group.spawn([&](const std::stop_token&) -> Status {
        for (int i = 0; i < 12; ++i) {
            const auto mine = *open();
            const auto done = prune(ctx_, *mine, prune_options());
            if (!done && done.error().code() != ErrorCode::kLocked) return done.error();
        }
        return {};
    });
    const auto done = group.wait();
    ASSERT_TRUE(done) << done.error().message();
    expect_whole(*repo, kept.with([](const auto& all) { return all; }));
    EXPECT_EQ(check_errors(*repo), 0U);
}

TEST_F(Prune, F26_RefusesWhenTheClockDiffersFromTheStores) {
    const auto repo = init();
    fill(*repo);  // MemoryStore has the machine's clock, the repository a fake one.
    auto options = prune_options();
    options.max_clock_skew = std::chrono::minutes(15);
    const auto before = keys_below("data/").size();
    const auto result = prune(ctx_, *repo, options);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message(), HasSubstr("clock"));
    EXPECT_GE(keys_below("data/").size(), before);
}

TEST_F(Prune, PutsManySmallIndexFilesTogether) {
    const auto repo = init();
    std::vector<Kept> kept;
    for (int i = 0; i < 12; ++i)
        kept.push_back(save_snapshot(*repo, {{"f", random_text(100, static_cast<unsigned>(i) + 50)}}, i));
    EXPECT_EQ(keys_below("index/").size(), 12U);
    ASSERT_TRUE(run_prune(*repo));
    EXPECT_LE(keys_below("index/").size(), 2U);
    EXPECT_LE(keys_below("data/").size(), 2U);  // And the small packs.
    expect_whole(*repo, kept);
}

TEST(UnusedLimit, ReadsSharesSizesAndUnlimited) {
    EXPECT_EQ(parse_unused_limit("5%")->of(9500), 500U);
    EXPECT_EQ(parse_unused_limit("0%")->of(9500), 0U);
    EXPECT_EQ(parse_unused_limit("50%")->of(100), 100U);
    EXPECT_EQ(parse_unused_limit("2k")->of(1), 2048U);
    EXPECT_EQ(parse_unused_limit("unlimited")->of(1), std::numeric_limits<std::uint64_t>::max());
    for (const char* bad : {"", "%", "-1%", "100%", "nan%", "five"})
        EXPECT_FALSE(parse_unused_limit(bad)) << bad;
}

}  // namespace
}  // namespace cofre::repo
