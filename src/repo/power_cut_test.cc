// The power goes at every write of a backup, a forget and a prune. What was
// reported as done is there afterwards, and nothing needs a person.

#include <functional>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "repo/forget.h"
#include "repo/prune.h"
#include "repo/repo_check.h"
#include "repo/repo_lock.h"
#include "repo/testing/maintained_repository.h"
#include "repo/testing/power_cut_store.h"
#include "repo/tree.h"

namespace cofre::repo {
namespace {

using testing::DyingStore;
using testing::PowerCutStore;
using testing::random_text;

class PowerCut : public testing::MaintainedRepository {
protected:
    /// What `cofre backup` does, in its order.
    Status back_up(Repository& repo, const std::string& text, Kept& kept) {
        COFRE_ASSIGN(const auto lock,
                     RepoLock::acquire(ctx_, repo, {.kind = LockKind::kShared, .retry_for = {}, .refresh = false}));
        COFRE_TRY(repo.load_index(ctx_));
        BlobWriter writer(ctx_, repo, {.workers = 1, .uploads = 1, .may_write = [&] { return lock->check(); }});
        Node file;
        file.name = "f";
        file.mode = 0644;
        file.size = text.size();
        COFRE_ASSIGN(const auto data, writer.save(BlobType::kData, as_bytes(text)));
        file.content = {data.id};
        TreeEncoder folder;
        COFRE_TRY(folder.add(file));
        Node entry;
        entry.name = "d";
        entry.type = NodeType::kDirectory;
        entry.mode = 0x80000000U | 0755U;
        COFRE_ASSIGN(const auto tree, writer.save(BlobType::kTree, as_bytes(folder.finish())));
        entry.subtree = tree.id;
        TreeEncoder root;
        COFRE_TRY(root.add(entry));
        COFRE_ASSIGN(const auto top, writer.save(BlobType::kTree, as_bytes(root.finish())));
        COFRE_TRY(writer.flush());
        Snapshot snapshot;
        snapshot.tree = top.id;
        snapshot.time = ZonedTime{.seconds = 1'790'009'999};
        snapshot.paths = {"/d"};
        COFRE_ASSIGN(const Id id, repo.save_unpacked(ctx_, FileKind::kSnapshot, encode_snapshot(snapshot)));
        COFRE_TRY(repo.store().sync(ctx_));
        kept = {id, {{"f", text}}};
        return lock->release(ctx_);
    }

    Status prune_all(Repository& repo) {
        PruneOptions options;
        options.refresh_locks = false;
        options.max_clock_skew = std::chrono::minutes(0);
        options.rules.max_unused = *parse_unused_limit("0");
        auto done = prune(ctx_, repo, options);
        if (!done) return std::move(done).error();
        return {};
    }

    Status forget_one(Repository& repo, const Id& id) {
        COFRE_ASSIGN(const auto lock,
                     RepoLock::acquire(ctx_, repo, {.kind = LockKind::kExclusive, .retry_for = {}, .refresh = false}));
        COFRE_TRY(remove_snapshots(ctx_, repo, {id}, {}));
        return lock->release(ctx_);
    }

    std::string whole(const std::vector<Kept>& kept) {
        auto repo = open();
        if (!repo) return repo.error().message();
        std::string lines;
        const auto report =
            check_repository(ctx_, **repo, {.read = {.all = true}, .on_finding = [&](const CheckFinding& found) {
                                                if (found.kind != FindingKind::kNote) lines += found.message + "\n";
                                            }});
        if (!report) return report.error().message();
        if (report->errors != 0) return lines;
        if (auto loaded = (*repo)->load_index(ctx_); !loaded) return loaded.error().message();
        for (const auto& snapshot : kept)
            lines += judge(**repo, snapshot);
        return lines;
    }

    using Work = std::function<Status(Repository&)>;
    /// Cuts the power at each write of `work` and judges what is left. `kept` must survive it.
    void cut_everywhere(const std::function<std::vector<Kept>()>& prepare, const Work& work, const Work& next) {
        std::size_t torn = 0;
        for (std::uint64_t n = 1;; ++n) {
            bool is_over = false;
            for (std::uint64_t seed = 1; seed <= 6; ++seed) {
                SCOPED_TRACE("write " + std::to_string(n) + ", seed " + std::to_string(seed));
                clear_store();
                const auto kept = prepare();
                PowerCutStore power(store_);
                DyingStore dying(power, n, seed % 2 == 0);
                {
                    auto doomed = Repository::open(ctx_, dying, clock_, Secret("password"), cheap_options());
                    ASSERT_TRUE(doomed);
                    const bool is_done = work(**doomed).has_value();
                    ASSERT_EQ(is_done, !dying.is_dead());
                }
                power.cut_power(seed);
                torn += power.torn_objects();
                is_over = !dying.is_dead();
                ASSERT_EQ(whole(kept), "");
                outlive_locks();
                const auto again = next(**open());
                ASSERT_TRUE(again) << again.error().message();
                ASSERT_EQ(whole(kept), "");
            }
            if (!is_over) continue;
            EXPECT_GT(n, 4U);
            std::printf("%llu writes, %zu torn objects\n", static_cast<unsigned long long>(n), torn);
            return;
        }
    }

    std::vector<Kept> two_snapshots() {
        const auto repo = init();
        std::vector<Kept> kept;
        const std::string shared = random_text(3000, 1);
        kept.push_back(save_snapshot(*repo, {{"shared", shared}, {"a", random_text(5000, 2)}}, 0));
        gone_ = save_snapshot(*repo, {{"shared", shared}, {"b", random_text(9000, 3)}}, 1).id;
        kept.push_back(save_snapshot(*repo, {{"c", random_text(2000, 4)}}, 2));
        return kept;
    }

    Id gone_;
};

TEST_F(PowerCut, F45_ABackupIsThereOrDidNoHarm) {
    Kept written;
    Kept next_written;  // The very last one.
    cut_everywhere([&] { return two_snapshots(); },
                   [&](Repository& repo) { return back_up(repo, random_text(7000, 9), written); },
                   [&](Repository& repo) { return back_up(repo, random_text(7000, 9), next_written); });
    EXPECT_EQ(whole({next_written}), "");
}

TEST_F(PowerCut, F45_ABackupThatWasReportedAsDoneIsThere) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        clear_store();
        auto kept = two_snapshots();
        PowerCutStore power(store_);
        auto repo = Repository::open(ctx_, power, clock_, Secret("password"), cheap_options());
        kept.emplace_back();
        ASSERT_TRUE(back_up(**repo, random_text(7000, 9), kept.back()));
        power.cut_power(seed);
        ASSERT_EQ(whole(kept), "") << seed;
        outlive_locks();
    }
}

TEST_F(PowerCut, F45_AForgetCostsNoOtherSnapshot) {
    const Work forget = [&](Repository& repo) { return forget_one(repo, gone_); };
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        for (std::uint64_t n = 1; n <= 4; ++n) {
            clear_store();
            const auto kept = two_snapshots();
            PowerCutStore power(store_);
            DyingStore dying(power, n, seed % 2 == 0);
            auto doomed = Repository::open(ctx_, dying, clock_, Secret("password"), cheap_options());
            const bool is_done = forget(**doomed).has_value();
            power.cut_power(seed);
            ASSERT_EQ(whole(kept), "");
            outlive_locks();
            // Afterwards a prune takes its data, or leaves it, but for nobody else.
            ASSERT_TRUE(prune_all(**open()));
            ASSERT_EQ(whole(kept), "");
            if (is_done) {
                EXPECT_EQ(keys_below("snapshots/").size(), 2U);
            }
        }
    }
}

TEST_F(PowerCut, F45_APruneLosesNothing) {
    const auto prepare = [&] {
        auto kept = two_snapshots();
        EXPECT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse("snapshots/" + gone_.hex())));
        return kept;
    };
    const Work work = [&](Repository& repo) { return prune_all(repo); };
    cut_everywhere(prepare, work, work);
}

TEST_F(PowerCut, F45_AnInitIsWholeOrCanBeMadeAgain) {
    for (std::uint64_t n = 1; n <= 3; ++n) {
        for (std::uint64_t seed = 1; seed <= 10; ++seed) {
            SCOPED_TRACE("write " + std::to_string(n) + ", seed " + std::to_string(seed));
            clear_store();
            PowerCutStore power(store_);
            DyingStore dying(power, n, seed % 2 == 0);
            (void)Repository::init(ctx_, dying, clock_, Secret("password"), cheap_options());
            power.cut_power(seed);
            const auto opened = open();
            if (opened) continue;
            EXPECT_EQ(opened.error().code(), ErrorCode::kNoRepository) << opened.error().message();
        }
    }
}

}  // namespace
}  // namespace cofre::repo
