// check, forget, copy, rewrite and repair, on a repository in memory.

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "repo/check_ledger.h"
#include "repo/forget.h"
#include "repo/prune.h"
#include "repo/repair.h"
#include "repo/repo_check.h"
#include "repo/snapshot_copy.h"
#include "repo/snapshot_list.h"
#include "repo/snapshot_rewrite.h"
#include "repo/testing/maintained_repository.h"
#include "repo/tree.h"

namespace cofre::repo {
namespace {

using testing::DyingStore;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::random_text;

class Maintain : public testing::MaintainedRepository {
protected:
    CheckReport run_check(const ReadSelection& read = {}) {
        findings_.clear();
        const auto repo = *open();
        auto report = check_repository(
            ctx_, *repo, {.read = read, .on_finding = [&](const CheckFinding& found) { findings_.push_back(found); }});
        EXPECT_TRUE(report) << (report ? "" : report.error().message());
        return report ? *report : CheckReport{};
    }
    std::string found_text() const {
        std::string out;
        for (const auto& found : findings_)
            out += found.message + "\n";
        return out;
    }
    void flip(const std::string& key, std::size_t at) {
        auto bytes = stored(key);
        bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
        store_bytes(key, bytes);
    }
    void drop(const std::string& key) { ASSERT_TRUE(store_.remove(ctx_, *store::ObjectKey::parse(key))); }
    ListedSnapshot listed(Repository& repo, const Id& id) {
        const auto list = load_snapshots(ctx_, repo);
        for (const auto& one : list->snapshots) {
            if (one.id == id.hex()) return one;
        }
        ADD_FAILURE() << "no snapshot " << id.hex();
        return {};
    }

    std::vector<CheckFinding> findings_;
};

constexpr ReadSelection kReadAll{.all = true};

TEST_F(Maintain, CheckFindsNothingInAWholeRepository) {
    const auto repo = init();
    save_snapshot(*repo, {{"a", random_text(3000, 1)}, {"empty", ""}});
    const auto report = run_check(kReadAll);
    EXPECT_EQ(report.errors, 0U) << found_text();
    EXPECT_EQ(report.snapshots, 1U);
    EXPECT_EQ(report.packs, 2U);
    EXPECT_EQ(report.packs_read, 2U);
    EXPECT_EQ(report.packs_ever_read, 2U);
    EXPECT_TRUE(report.oldest_read);
    EXPECT_EQ(report.unused_blobs, 0U);
}

TEST_F(Maintain, F46_CheckNamesEveryFlippedByteOfEveryPackIndexAndSnapshot) {
    const auto repo = init();
    save_snapshot(*repo, {{"a", random_text(300, 1)}});
    for (const std::string folder : {"data/", "index/", "snapshots/"}) {
        for (const auto& key : keys_below(folder)) {
            const auto whole = stored(key);
            for (std::size_t at = 0; at < whole.size(); at += 7) {
                flip(key, at);
                const auto report = run_check(kReadAll);
                const std::string id = key.substr(key.rfind('/') + 1);
                ASSERT_GT(report.errors, 0U) << key << " byte " << at;
                EXPECT_THAT(found_text(), HasSubstr(id.substr(0, 8))) << at;
                store_bytes(key, whole);
            }
        }
    }
    EXPECT_EQ(run_check(kReadAll).errors, 0U);
}

TEST_F(Maintain, F47_CheckNamesWhatIsMissingShortOrSuperfluous) {
    const auto repo = init();
    save_snapshot(*repo, {{"a", random_text(300, 1)}});
    for (const auto& key : keys_below("data/")) {
        const std::string id = key.substr(key.rfind('/') + 1);
        const auto whole = stored(key);
        drop(key);
        EXPECT_GT(run_check().errors, 0U);
        EXPECT_THAT(found_text(), HasSubstr(id));
        store_bytes(key, whole.substr(0, whole.size() - 10));
        const auto cut = run_check();
        EXPECT_THAT(cut.broken_packs, ElementsAre(*Id::parse(id)));
        EXPECT_TRUE(cut.suggest_repair_index);
        store_bytes(key, whole);
    }
    const auto index = keys_below("index/").front();
    const auto index_bytes = stored(index);
    drop(index);
    const auto without = run_check();
    EXPECT_GT(without.errors, 0U);
    EXPECT_EQ(without.unreferenced_packs, 2U);
    store_bytes(index, index_bytes);
    // Garbage is no error.
    save_snapshot(*repo, {{"b", random_text(300, 2)}}, 1);
    for (const auto& key : keys_below("index/")) {
        if (key != index) drop(key);
    }
    for (const auto& key : keys_below("snapshots/")) {
        if (listed(*repo, *Id::parse(key.substr(10))).snapshot.time.seconds > 1'790'000'000) drop(key);
    }
    const auto garbage = run_check();
    EXPECT_EQ(garbage.errors, 0U) << found_text();
    EXPECT_EQ(garbage.unreferenced_packs, 2U);
    EXPECT_TRUE(garbage.suggest_prune);
}

// A power cut may leave half a pack that nothing refers to.
TEST_F(Maintain, F45_ADamagedPackInNoIndexIsGarbageUnlessSomethingIsMissing) {
    const auto repo = init();
    save_snapshot(*repo, {{"a", random_text(300, 1)}});
    const std::string torn(5000, '\0');
    store_bytes("data/ab/ab" + std::string(62, '0'), torn);
    const auto garbage = run_check(kReadAll);
    EXPECT_EQ(garbage.errors, 0U) << found_text();
    EXPECT_TRUE(garbage.suggest_prune);
    EXPECT_THAT(found_text(), HasSubstr("prune removes it"));
    drop(keys_below("index/").front());
    const auto without = run_check(kReadAll);
    EXPECT_THAT(without.broken_packs, ElementsAre(*Id::parse("ab" + std::string(62, '0'))));
}

TEST_F(Maintain, CheckCountsWhatNoSnapshotNeeds) {
    const auto repo = init();
    const auto gone = save_snapshot(*repo, {{"a", random_text(300, 1)}});
    ASSERT_TRUE(repo->remove(ctx_, FileKind::kSnapshot, gone.id));
    const auto report = run_check();
    EXPECT_EQ(report.errors, 0U);
    EXPECT_EQ(report.unused_blobs, 3U);
}

TEST_F(Maintain, ADailyBudgetReadsEverythingInTurn) {
    const auto repo = init();
    for (int i = 0; i < 5; ++i)
        save_snapshot(*repo, {{"f", random_text(4000, static_cast<unsigned>(i))}}, i);
    const ReadSelection budget{.bytes_a_day = 9000};
    std::uint64_t packs = run_check().packs;
    std::uint64_t read = 0;
    int days = 0;
    for (; read < packs && days < 10; ++days) {
        const auto report = run_check(budget);
        EXPECT_LE(report.bytes_read, 9000U);
        EXPECT_GT(report.packs_read, 0U);
        read += report.packs_read;
        EXPECT_EQ(report.packs_ever_read, std::min(read, packs));
        const auto spent = run_check(budget);  // The same day again: only what is left of it.
        EXPECT_LE(report.bytes_read + spent.bytes_read, 9000U);
        read += spent.packs_read;
        clock_.advance(std::chrono::hours(24));
    }
    EXPECT_GE(days, 3);
    const auto report = run_check();
    EXPECT_EQ(report.packs_ever_read, packs);
    EXPECT_TRUE(report.oldest_read);
}

TEST_F(Maintain, APackThatIsDamagedStaysUnread) {
    const auto repo = init();
    save_snapshot(*repo, {{"a", random_text(3000, 1)}});
    EXPECT_EQ(run_check(kReadAll).packs_ever_read, 2U);
    flip(keys_below("data/").front(), 50);
    EXPECT_EQ(run_check(kReadAll).packs_ever_read, 1U);
    EXPECT_FALSE(run_check().oldest_read);
}

TEST_F(Maintain, ADamagedLedgerIsAnEmptyOne) {
    const auto repo = init();
    save_snapshot(*repo, {{"a", random_text(3000, 1)}});
    run_check(kReadAll);
    flip("cofre/check-ledger", 30);
    EXPECT_EQ(run_check().packs_ever_read, 0U);
    EXPECT_EQ(run_check(kReadAll).packs_ever_read, 2U);
}

TEST_F(Maintain, PartsOfTheIdsCoverEveryPackOnce) {
    const auto repo = init();
    for (int i = 0; i < 8; ++i)
        save_snapshot(*repo, {{"f", random_text(400, static_cast<unsigned>(i))}}, i);
    std::uint64_t read = 0;
    for (std::uint32_t part = 1; part <= 3; ++part)
        read += run_check({.part = part, .parts = 3}).packs_read;
    EXPECT_EQ(read, keys_below("data/").size());
}

TEST(ReadSelection, ReadsPartsSharesAndSizes) {
    EXPECT_EQ(*parse_read_selection("2/7")->part, 2U);
    EXPECT_EQ(*parse_read_selection("2.5%")->percent, 2.5);
    EXPECT_EQ(*parse_read_selection("5G")->bytes, 5ULL << 30U);
    for (const char* bad : {"", "0/3", "4/3", "1/300", "0%", "101%", "0", "a/b", "1/", "-1%"})
        EXPECT_FALSE(parse_read_selection(bad)) << bad;
}

// Forget.

ForgetRequest keep_last(int count) {
    ForgetRequest request;
    request.policy.last = count;
    return request;
}

TEST_F(Maintain, ForgetDecidesForEachGroupAndSaysWhy) {
    const auto repo = init();
    for (int i = 0; i < 3; ++i) {
        save_snapshot(*repo, {{"f", "x"}}, i, "one");
        save_snapshot(*repo, {{"f", "x"}}, i, "two");
    }
    const auto plan =
        plan_forget(load_snapshots(ctx_, *repo)->snapshots, keep_last(2), {.seconds = 1'795'000'000}, Zone::utc());
    ASSERT_TRUE(plan) << plan.error().message();
    ASSERT_EQ(plan->groups.size(), 2U);
    EXPECT_EQ(plan->groups[0].key.hostname, "one");
    EXPECT_EQ(plan->groups[0].keep.size(), 2U);
    EXPECT_THAT(plan->groups[0].keep[0].reasons, ElementsAre("last snapshot"));
    EXPECT_EQ(plan->snapshots[plan->groups[0].remove.at(0)].snapshot.hostname, "one");
    EXPECT_EQ(plan->remove.size(), 2U);
    ASSERT_TRUE(remove_snapshots(ctx_, *repo, plan->remove, {}));
    EXPECT_EQ(keys_below("snapshots/").size(), 4U);
}

TEST_F(Maintain, ForgetRefusesToRemoveEverything) {
    const auto repo = init();
    save_snapshot(*repo, {{"f", "x"}});
    const auto list = load_snapshots(ctx_, *repo)->snapshots;
    const ZonedTime now{.seconds = 1'795'000'000};
    EXPECT_FALSE(plan_forget(list, {}, now, Zone::utc()));
    ForgetRequest all;
    all.allow_remove_all = true;
    EXPECT_FALSE(plan_forget(list, all, now, Zone::utc()));
    all.filter.hosts = {"here"};
    EXPECT_EQ(plan_forget(list, all, now, Zone::utc())->remove.size(), 1U);
    ForgetRequest tagged;
    tagged.policy.tags = {{"nobody has this"}};
    const auto refused = plan_forget(list, tagged, now, Zone::utc());
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message(), HasSubstr("leave no snapshot"));
}

TEST_F(Maintain, ForgetTakesIds) {
    const auto repo = init();
    const auto one = save_snapshot(*repo, {{"f", "x"}});
    save_snapshot(*repo, {{"f", "y"}}, 1);
    ForgetRequest request;
    request.ids = {one.id.hex().substr(0, 12), one.id.hex()};
    const auto list = load_snapshots(ctx_, *repo)->snapshots;
    EXPECT_THAT(plan_forget(list, request, {}, Zone::utc())->remove, ElementsAre(one.id));
    request.ids = {"00000000"};
    EXPECT_EQ(plan_forget(list, request, {}, Zone::utc()).error().code(), ErrorCode::kNotFound);
}

TEST_F(Maintain, F44_ForgetKilledAtAnyWriteLeavesWholeSnapshots) {
    for (const bool after : {false, true}) {
        for (std::uint64_t n = 1;; ++n) {
            clear_store();
            std::vector<Kept> kept;
            {
                const auto repo = init();
                for (int i = 0; i < 5; ++i)
                    kept.push_back(save_snapshot(*repo, {{"f", random_text(200, static_cast<unsigned>(i))}}, i));
            }
            DyingStore dying(store_, n, after);
            {
                auto doomed = *Repository::open(ctx_, dying, clock_, Secret("password"), cheap_options());
                std::vector<Id> gone{kept[0].id, kept[1].id, kept[2].id};
                const auto removed = remove_snapshots(ctx_, *doomed, gone, {});
                EXPECT_EQ(removed.has_value(), !dying.is_dead());
            }
            const auto repo = *open();
            ASSERT_TRUE(repo->load_index(ctx_));
            EXPECT_EQ(judge(*repo, kept[3]), "");
            EXPECT_EQ(judge(*repo, kept[4]), "");
            EXPECT_EQ(run_check(kReadAll).errors, 0U);
            if (!dying.is_dead()) break;
        }
    }
}

TEST_F(Maintain, F46_NothingIsForgottenWhileASnapshotCannotBeRead) {
    const auto repo = init();
    save_snapshot(*repo, {{"f", "x"}});
    const auto bad = save_snapshot(*repo, {{"f", "y"}}, 1);
    flip("snapshots/" + bad.id.hex(), 40);
    const auto all = load_all_snapshots(ctx_, *repo);
    ASSERT_FALSE(all);
    EXPECT_EQ(all.error().code(), ErrorCode::kCorruption);
    EXPECT_THAT(all.error().message(), HasSubstr(bad.id.short_hex()));
}

// Copy.

class CopyBetween : public Maintain {
protected:
    std::unique_ptr<Repository> init_target() {
        return *Repository::init(ctx_, target_store_, clock_, Secret("other"), cheap_options());
    }
    store::MemoryStore target_store_;
};

TEST_F(CopyBetween, GivesTheSameFilesUnderAnotherKeyAndSkipsWhatIsThere) {
    const auto source = init();
    const auto one = save_snapshot(*source, {{"a", random_text(3000, 1)}, {"b", "b"}});
    const auto two = save_snapshot(*source, {{"a", random_text(3000, 1)}, {"c", random_text(2000, 2)}}, 1);
    const auto target = init_target();
    ASSERT_TRUE(source->load_index(ctx_));
    SnapshotCopier copier(ctx_, *source, *target, {.workers = 1});
    const auto first = copier.copy(ctx_, listed(*source, one.id));
    ASSERT_TRUE(first) << first.error().message();
    const auto blobs = copier.totals().blobs;
    EXPECT_EQ(blobs, 4U);
    const auto second = copier.copy(ctx_, listed(*source, two.id));
    ASSERT_TRUE(second);
    EXPECT_EQ(copier.totals().blobs, blobs + 3U);  // One file and two trees.
    EXPECT_EQ(judge(*target, {*first, one.files}), "");
    EXPECT_EQ(judge(*target, {*second, two.files}), "");
    EXPECT_EQ(listed(*target, *first).snapshot.original, one.id);
    EXPECT_TRUE(is_copy_of(listed(*source, one.id), listed(*target, *first)));
    EXPECT_FALSE(is_copy_of(listed(*source, two.id), listed(*target, *first)));
    const auto report = check_repository(ctx_, *target, {.read = kReadAll});
    EXPECT_EQ(report->errors, 0U);
    EXPECT_EQ(report->unused_blobs, 0U);
}

TEST_F(CopyBetween, LeavesNoSnapshotBehindWhenTheSourceIsDamaged) {
    const auto source = init();
    const auto one = save_snapshot(*source, {{"a", random_text(3000, 1)}});
    const auto target = init_target();
    for (const auto& key : keys_below("data/")) {
        const auto whole = stored(key);
        flip(key, 60);
        const auto fresh = *open();
        ASSERT_TRUE(fresh->load_index(ctx_));
        SnapshotCopier copier(ctx_, *fresh, *target, {.workers = 1});
        EXPECT_FALSE(copier.copy(ctx_, listed(*fresh, one.id)));
        EXPECT_TRUE(target->list(ctx_, FileKind::kSnapshot)->empty());
        store_bytes(key, whole);
    }
}

// Rewrite.

TreeRules drop_named(const std::string& path) {
    TreeRules rules;
    rules.judge = [path](const std::string& at, Node&) -> Result<NodeVerdict> {
        return at == path ? NodeVerdict::kDrop : NodeVerdict::kKeep;
    };
    return rules;
}

TEST_F(Maintain, RewriteLeavesOutWhatIsExcludedAndKeepsTheOldOne) {
    const auto repo = init();
    const auto old = save_snapshot(*repo, {{"a", "secret"}, {"b", "public"}});
    SnapshotRewriter rewriter(ctx_, *repo, {.rules = drop_named("/d/a"), .tag = "rewrite"});
    const auto outcome = rewriter.rewrite(ctx_, listed(*repo, old.id));
    ASSERT_TRUE(outcome) << outcome.error().message();
    ASSERT_EQ(outcome->kind, RewriteOutcome::Kind::kRewritten);
    EXPECT_EQ(judge(*repo, {*outcome->new_id, {{"b", "public"}}}), "");
    EXPECT_EQ(judge(*repo, old), "");
    const auto fresh = listed(*repo, *outcome->new_id).snapshot;
    EXPECT_EQ(fresh.original, old.id);
    EXPECT_THAT(fresh.tags, ElementsAre("rewrite"));
    EXPECT_EQ(run_check(kReadAll).errors, 0U);
    // Again: nothing to leave out.
    EXPECT_EQ(rewriter.rewrite(ctx_, listed(*repo, *outcome->new_id))->kind, RewriteOutcome::Kind::kUnchanged);
}

TEST_F(Maintain, RewriteForgetsTheOldOneOnlyWhenAsked) {
    const auto repo = init();
    const auto old = save_snapshot(*repo, {{"a", "secret"}, {"b", "public"}});
    SnapshotRewriter dry(ctx_, *repo, {.rules = drop_named("/d/a"), .forget = true, .dry_run = true});
    const auto before = keys_below("");
    EXPECT_TRUE(dry.rewrite(ctx_, listed(*repo, old.id))->is_removed);
    EXPECT_EQ(keys_below(""), before);
    SnapshotRewriter rewriter(ctx_, *repo, {.rules = drop_named("/d/a"), .tag = "rewrite", .forget = true});
    const auto outcome = rewriter.rewrite(ctx_, listed(*repo, old.id));
    ASSERT_TRUE(outcome);
    EXPECT_THAT(keys_below("snapshots/"), ElementsAre("snapshots/" + outcome->new_id->hex()));
    EXPECT_TRUE(listed(*repo, *outcome->new_id).snapshot.tags.empty());
}

TEST_F(Maintain, RewriteRefusesToLeaveNothingOrToLoseFields) {
    const auto repo = init();
    const auto old = save_snapshot(*repo, {{"a", "x"}});
    SnapshotRewriter everything(ctx_, *repo, {.rules = drop_named("/d")});
    EXPECT_EQ(everything.rewrite(ctx_, listed(*repo, old.id)).error().code(), ErrorCode::kInvalidArgument);

    BlobWriter writer(ctx_, *repo, {.workers = 1});
    const std::string strange =
        R"({"nodes":[{"name":"a","type":"file","new_field":1,"mode":420},{"name":"b","type":"file"}],"new":true})"
        "\n";
    Snapshot snapshot = listed(*repo, old.id).snapshot;
    snapshot.tree = writer.save(BlobType::kTree, as_bytes(strange))->id;
    ASSERT_TRUE(writer.flush());
    const auto id = repo->save_unpacked(ctx_, FileKind::kSnapshot, encode_snapshot(snapshot));
    SnapshotRewriter rewriter(ctx_, *repo, {.rules = drop_named("/b"), .forget = true});
    const auto refused = rewriter.rewrite(ctx_, listed(*repo, *id));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kUnsupported) << refused.error().message();
    EXPECT_EQ(keys_below("snapshots/").size(), 2U);
}

// Repair.

TEST_F(Maintain, F47_RepairIndexMakesItFromThePacks) {
    const auto repo = init();
    const auto kept = save_snapshot(*repo, {{"a", random_text(3000, 1)}});
    const auto more = save_snapshot(*repo, {{"b", random_text(3000, 2)}}, 1);
    for (const bool read_all : {false, true}) {
        drop(keys_below("index/").front());
        if (!read_all) flip(keys_below("index/").front(), 33);
        const auto fresh = *open();
        RepairOptions options;
        options.read_all_packs = read_all;
        const auto result = repair_index(ctx_, *fresh, options);
        ASSERT_TRUE(result) << result.error().message();
        EXPECT_EQ(result->packs_read, 4U);
        EXPECT_EQ(judge(*fresh, kept), "");
        EXPECT_EQ(judge(*fresh, more), "");
        EXPECT_EQ(run_check(kReadAll).errors, 0U) << found_text();
    }
}

TEST_F(Maintain, F47_RepairIndexDropsMissingPacksAndReadsThoseOfAnotherSize) {
    const auto repo = init();
    save_snapshot(*repo, {{"a", random_text(3000, 1)}});
    const auto packs = keys_below("data/");
    drop(packs[0]);
    store_bytes(packs[1], stored(packs[1]).substr(1));
    std::vector<std::string> lines;
    RepairOptions options;
    options.on_finding = [&](const std::string& line) { lines.push_back(line); };
    const auto result = repair_index(ctx_, **open(), options);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->packs_missing, 1U);
    EXPECT_EQ(result->packs_unreadable, 1U);
    EXPECT_EQ(lines.size(), 2U);
}

TEST_F(Maintain, RepairPacksSavesWhatCanBeReadAndRepairSnapshotsLeavesOutTheRest) {
    const auto repo = init();
    const auto kept = save_snapshot(*repo, {{"a", random_text(3000, 1)}, {"b", random_text(3000, 2)}});
    std::string data_pack;
    for (const auto& key : keys_below("data/")) {
        if (stored(key).size() > 5000) data_pack = key;
    }
    flip(data_pack, 100);  // In the first blob.
    const Id pack = *Id::parse(data_pack.substr(data_pack.rfind('/') + 1));
    const auto fresh = *open();
    ASSERT_TRUE(fresh->load_index(ctx_));
    const auto result = repair_packs(ctx_, *fresh, std::array{pack}, {});
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(result->blobs_lost, 1U);
    EXPECT_EQ(result->blobs_saved, 1U);
    EXPECT_EQ(run_check(kReadAll).errors, 1U) << found_text();
    EXPECT_TRUE(run_check().broken_packs.empty());

    std::vector<std::string> lines;
    ASSERT_TRUE(fresh->load_index(ctx_));
    SnapshotEdit edit;
    edit.rules = repair_rules(*fresh, [&](const RepairedEntry& entry) { lines.push_back(entry.path); });
    edit.forget = true;
    SnapshotRewriter rewriter(ctx_, *fresh, edit);
    const auto outcome = rewriter.rewrite(ctx_, listed(*fresh, kept.id));
    ASSERT_TRUE(outcome) << outcome.error().message();
    ASSERT_EQ(outcome->kind, RewriteOutcome::Kind::kRewritten);
    ASSERT_EQ(lines.size(), 1U);
    const std::string lost = lines[0] == "/d/a" ? "a" : "b";
    Files left = kept.files;
    left[lost] = "";
    EXPECT_EQ(judge(*fresh, {*outcome->new_id, left}), "");
    EXPECT_EQ(run_check(kReadAll).errors, 0U) << found_text();
}

TEST_F(Maintain, RepairSnapshotsLosesOneWithoutARoot) {
    const auto repo = init();
    const auto good = save_snapshot(*repo, {{"a", "a"}});
    Snapshot snapshot = listed(*repo, good.id).snapshot;
    snapshot.tree = Id::of(as_bytes("nowhere"));
    const auto bad = repo->save_unpacked(ctx_, FileKind::kSnapshot, encode_snapshot(snapshot));
    SnapshotEdit edit;
    edit.rules = repair_rules(*repo, [](const RepairedEntry&) {});
    EXPECT_EQ(SnapshotRewriter(ctx_, *repo, edit).rewrite(ctx_, listed(*repo, *bad))->kind,
              RewriteOutcome::Kind::kLost);
    EXPECT_EQ(keys_below("snapshots/").size(), 2U);
    edit.forget_lost = true;
    EXPECT_TRUE(SnapshotRewriter(ctx_, *repo, edit).rewrite(ctx_, listed(*repo, *bad))->is_removed);
    EXPECT_THAT(keys_below("snapshots/"), ElementsAre("snapshots/" + good.id.hex()));
}

}  // namespace
}  // namespace cofre::repo
