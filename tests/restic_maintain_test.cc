// Maintaining what restic wrote, with restic as the judge: after each verb
// `restic check --read-data` must be clean and every snapshot that remains must
// restore byte for byte.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "repo/forget.h"
#include "repo/prune.h"
#include "repo/repair.h"
#include "repo/repo_check.h"
#include "repo/snapshot_copy.h"
#include "repo/snapshot_list.h"
#include "repo/snapshot_rewrite.h"
#include "store/forwarding_store.h"
#include "store/local_store.h"
#include "testing/cheap_keys.h"
#include "testing/child_process.h"
#include "testing/tree_builder.h"

namespace cofre::repo {
namespace {

namespace fs = std::filesystem;
using cofre::testing::ChildCommand;
using cofre::testing::ChildProcess;
using cofre::testing::ChildResult;
using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr std::chrono::minutes kMaintainLimit{2};

class ResticMaintain : public ::testing::Test {
protected:
    void SetUp() override {
        folder_.emplace(*TempDir::create("restic-maintain"));
        std::ofstream(path("password")) << "a password";
    }

    fs::path path(const std::string& name) const { return folder_->path() / name; }

    ChildResult restic(std::vector<std::string> args, const std::string& repo = "repo") const {
        const bool is_init = args.front() == "init";
        args.insert(args.begin(),
                    {"restic", "--no-cache", "--password-file", path("password").string(), "-r", path(repo).string()});
        ChildCommand command{.argv = std::move(args)};
        command.environment = {{"PATH", "/usr/bin:/bin"},
                               {"HOME", folder_->path().string()},
                               {"TZ", "UTC"},
                               {"RESTIC_FROM_PASSWORD_FILE", path("password").string()}};
        auto child = ChildProcess::start(command);
        EXPECT_TRUE(child);
        auto result = child->wait(kMaintainLimit);
        EXPECT_TRUE(result) << (result ? "" : result.error().message());
        if (is_init) {
            EXPECT_TRUE(cofre::testing::make_keys_cheap(path(repo), "a password"));
        }
        return result ? *std::move(result) : ChildResult{};
    }
    std::string restic_ok(std::vector<std::string> args, const std::string& repo = "repo") const {
        const auto result = restic(std::move(args), repo);
        EXPECT_EQ(result.exit_code, 0) << result.describe();
        return result.out;
    }

    /// A backup of a hostile tree from `seed`, kept for comparison.
    std::string back_up(unsigned seed, const std::string& repo = "repo", const std::vector<std::string>& more = {}) {
        const auto tree = path("trees") / std::to_string(seed);
        if (!fs::exists(tree)) {
            fs::create_directories(tree.parent_path());
            EXPECT_TRUE(cofre::testing::build_tree(
                tree, {.seed = seed, .files = 25, .max_file_bytes = 200'000, .invalid_utf8 = false}));
            // Something that all share, and something that only this one has.
            EXPECT_TRUE(cofre::testing::write_file(tree / "shared", cofre::testing::random_bytes(1, 700'000)));
            EXPECT_TRUE(cofre::testing::write_file(tree / "own", cofre::testing::random_bytes(seed, 900'000)));
        }
        std::vector<std::string> args{"backup", "--json", "--host", "h", tree.string()};
        args.insert(args.end(), more.begin(), more.end());
        const auto out = restic_ok(args, repo);
        const auto last = out.rfind("{\"message_type\":\"summary\"");
        const std::string id = Json::parse(out.substr(last)).at("snapshot_id");
        trees_[id] = tree;
        return full_id(id, repo);
    }
    std::string full_id(const std::string& prefix, const std::string& repo) {
        for (const auto& entry : fs::directory_iterator(path(repo) / "snapshots")) {
            const auto name = entry.path().filename().string();
            if (!name.starts_with(prefix)) continue;
            trees_[name] = trees_[prefix];
            return name;
        }
        ADD_FAILURE() << prefix;
        return prefix;
    }

    void expect_clean(const std::string& repo = "repo") const { restic_ok({"check", "--read-data"}, repo); }
    void expect_restores(const std::string& id, const fs::path& tree, const std::string& repo = "repo") {
        const auto out = path("out");
        fs::remove_all(out);
        restic_ok({"restore", id, "--target", out.string()}, repo);
        EXPECT_EQ(cofre::testing::describe_differences(tree, out / tree.relative_path()), "") << id;
    }
    void expect_all_restore(const std::vector<std::string>& ids) {
        for (const auto& id : ids)
            expect_restores(id, trees_.at(id));
    }

    store::ObjectStore& local(const std::string& repo = "repo") {
        auto& store = stores_[repo];
        if (!store) store = *store::LocalStore::open(path(repo), store::LocalStore::Missing::kFail);
        return *store;
    }
    std::unique_ptr<Repository> open(store::ObjectStore& store, const RepositoryOptions& options = {}) {
        auto opened = Repository::open(ctx_, store, system_clock(), Secret("a password"), options);
        EXPECT_TRUE(opened) << (opened ? "" : opened.error().message());
        return *std::move(opened);
    }
    std::unique_ptr<Repository> open(const std::string& repo = "repo") { return open(local(repo)); }

    CheckReport check(const ReadSelection& read = {.all = true}, const std::string& repo = "repo") {
        findings_.clear();
        auto report = check_repository(ctx_, *open(repo), {.read = read, .on_finding = [&](const CheckFinding& found) {
                                                               findings_ += found.message + "\n";
                                                           }});
        EXPECT_TRUE(report) << (report ? "" : report.error().message());
        return report ? *report : CheckReport{};
    }

    CallContext ctx_;
    std::optional<TempDir> folder_;
    std::map<std::string, std::unique_ptr<store::LocalStore>> stores_;
    std::map<std::string, fs::path> trees_;
    std::string findings_;
};

/// The number in a line such as "to delete:   2 packs".
std::uint64_t number_after(const std::string& text, const std::string& label, const std::string& unit) {
    std::smatch found;
    const std::regex pattern(label + R"(\s+(\d+) )" + unit);
    return std::regex_search(text, found, pattern) ? std::stoull(found[1]) : 999'999;
}

TEST_F(ResticMaintain, PruneLeavesWhatRemainsWholeAndPlansAsResticDoes) {
    for (const std::string version : {"2", "1"}) {
        fs::remove_all(path("repo"));
        stores_.clear();
        restic_ok({"init", "--repository-version", version});
        std::vector<std::string> ids;
        for (unsigned seed = 1; seed <= 4; ++seed)
            ids.push_back(back_up(seed));
        restic_ok({"forget", ids[1], ids[2]});
        const auto theirs = restic_ok({"prune", "--dry-run", "--max-unused", "0", "-v"});

        PruneOptions options;
        options.rules.max_unused = *parse_unused_limit("0");
        const auto result = prune(ctx_, *open(), options);
        ASSERT_TRUE(result) << result.error().message();
        const auto& plan = result->plan;
        EXPECT_EQ(plan.repacks.size(), number_after(theirs, "to repack:", "packs")) << theirs;
        EXPECT_EQ(plan.unused_packs.size(), number_after(theirs, "to delete:", "packs")) << theirs;
        EXPECT_EQ(plan.totals.used.blobs, number_after(theirs, "used:", "blobs")) << theirs;
        EXPECT_EQ(plan.totals.unused.blobs, number_after(theirs, "unused:", "blobs")) << theirs;
        EXPECT_GT(result->packs_removed, 0U);
        expect_clean();
        expect_all_restore({ids[0], ids[3]});
        EXPECT_THAT(restic_ok({"prune", "--dry-run", "--max-unused", "0"}),
                    HasSubstr("total prune:           0 blobs"));
        EXPECT_EQ(check().errors, 0U) << findings_;
    }
}

TEST_F(ResticMaintain, PruneCompressesAnOldRepository) {
    restic_ok({"init", "--repository-version", "1"});
    const auto id = back_up(1);
    restic_ok({"migrate", "upgrade_repo_v2"});
    PruneOptions options;
    options.rules.repack_uncompressed = true;
    const auto result = prune(ctx_, *open(), options);
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_GT(result->packs_written, 0U);
    expect_clean();
    expect_all_restore({id});
    EXPECT_FALSE(prune(ctx_, *open(), options)->plan.changes_something());
}

/// Fails from the n-th write on, as a killed process would.
class KilledStore final : public store::ForwardingStore {
public:
    KilledStore(store::ObjectStore& inner, int lives) : ForwardingStore(inner), lives_(lives) {}
    Result<store::PutReceipt> put(const CallContext& ctx, const store::ObjectKey& key, const ByteSource& body,
                                  const store::PutOptions& options) override {
        COFRE_TRY(live());
        return ForwardingStore::put(ctx, key, body, options);
    }
    Status remove(const CallContext& ctx, const store::ObjectKey& key) override {
        COFRE_TRY(live());
        return ForwardingStore::remove(ctx, key);
    }
    Result<std::vector<store::RemoveFailure>> remove_many(const CallContext& ctx,
                                                          std::span<const store::ObjectKey> keys) override {
        auto alive = live();
        if (alive) return ForwardingStore::remove_many(ctx, keys);
        EXPECT_TRUE(ForwardingStore::remove_many(ctx, keys.first(keys.size() / 2)));
        return std::move(alive).error();
    }

private:
    Status live() {
        return lives_left_.with([&](int& used) -> Status {
            if (used++ < lives_) return {};
            return Error(ErrorCode::kUnavailable, "killed");
        });
    }
    int lives_;
    Guarded<int> lives_left_;
};

TEST_F(ResticMaintain, F44_PruneKilledAtEachWriteStaysCleanForRestic) {
    restic_ok({"init"});
    std::vector<std::string> ids;
    for (unsigned seed = 1; seed <= 3; ++seed)
        ids.push_back(back_up(seed));
    restic_ok({"forget", ids[1]});
    fs::copy(path("repo"), path("master"), fs::copy_options::recursive);
    PruneOptions options;
    options.rules.max_unused = *parse_unused_limit("0");
    for (int lives = 0;; ++lives) {
        SCOPED_TRACE(lives);
        fs::remove_all(path("repo"));
        fs::copy(path("master"), path("repo"), fs::copy_options::recursive);
        stores_.clear();
        KilledStore killed(local(), lives);
        const bool is_done = prune(ctx_, *open(killed), options).has_value();
        fs::remove_all(path("repo") / "locks");
        fs::create_directory(path("repo") / "locks");
        if (lives % 3 == 0) expect_clean();  // Each takes restic a second or two.
        const auto next = prune(ctx_, *open(), options);
        ASSERT_TRUE(next) << next.error().message();
        expect_clean();
        expect_restores(ids[lives % 2 == 0 ? 0 : 2], trees_.at(ids[lives % 2 == 0 ? 0 : 2]));
        EXPECT_FALSE(prune(ctx_, *open(), options)->plan.changes_something());
        if (HasFailure() || is_done) {
            EXPECT_GT(lives, 5);
            return;
        }
    }
}

TEST_F(ResticMaintain, ForgetDecidesAsRestic) {
    restic_ok({"init"});
    for (unsigned i = 0; i < 12; ++i) {
        const std::string time = "2026-0" + std::to_string(1 + i / 2) + "-1" + std::to_string(i % 5) + " 10:00:00";
        back_up(1 + i % 2, "repo", {"--time", time, "--tag", i % 3 == 0 ? "keep,x" : "y"});
    }
    const std::vector<std::string> policy{"--keep-last",   "2", "--keep-monthly", "3",
                                          "--keep-weekly", "1", "--keep-tag",     "keep,x"};
    std::vector<std::string> args{"forget", "--dry-run", "--json"};
    args.insert(args.end(), policy.begin(), policy.end());
    std::set<std::string> theirs;
    for (const auto& group : Json::parse(restic_ok(args))) {
        for (const auto& gone : group.at("remove").is_null() ? Json::array() : group.at("remove"))
            theirs.insert(gone.at("id").get<std::string>());
    }
    ForgetRequest request;
    request.policy.last = 2;
    request.policy.monthly = 3;
    request.policy.weekly = 1;
    request.policy.tags = {{"keep", "x"}};
    request.policy.keep_oldest = false;  // As restic before 0.16.
    const auto repo = open();
    const auto plan =
        plan_forget(*load_all_snapshots(ctx_, *repo), request, Zone::utc().at(system_clock().wall_now()), Zone::utc());
    ASSERT_TRUE(plan) << plan.error().message();
    std::set<std::string> ours;
    for (const auto& id : plan->remove)
        ours.insert(id.hex());
    EXPECT_EQ(ours, theirs);
    ASSERT_FALSE(ours.empty());
    ASSERT_TRUE(remove_snapshots(ctx_, *repo, plan->remove, {}));
    expect_clean();
    EXPECT_EQ(Json::parse(restic_ok({"snapshots", "--json"})).size(), 12 - ours.size());
}

TEST_F(ResticMaintain, CopyIsWholeInTheOtherRepositoryAndKnownToRestic) {
    restic_ok({"init"});
    restic_ok({"init"}, "other");
    const auto one = back_up(1);
    const auto two = back_up(2);
    const auto source = open();
    const auto target = open("other");
    ASSERT_TRUE(source->load_index(ctx_));
    ASSERT_TRUE(target->load_index(ctx_));
    SnapshotCopier copier(ctx_, *source, *target, {});
    std::map<std::string, std::string> copies;
    const auto list = load_snapshots(ctx_, *source);
    for (const auto& listed : list->snapshots) {
        const auto id = copier.copy(ctx_, listed);
        ASSERT_TRUE(id) << id.error().message();
        copies[listed.id] = id->hex();
    }
    expect_clean("other");
    expect_restores(copies.at(one), trees_.at(one), "other");
    expect_restores(copies.at(two), trees_.at(two), "other");
    const auto again = restic_ok({"copy", "--from-repo", path("repo").string()}, "other");
    EXPECT_THAT(again, HasSubstr("skipping source snapshot"));
    EXPECT_EQ(Json::parse(restic_ok({"snapshots", "--json"}, "other")).size(), 2U);
}

TEST_F(ResticMaintain, RewriteLeavesOutOneFileAndNothingElse) {
    restic_ok({"init"});
    const auto id = back_up(3);
    const auto tree = trees_.at(id);
    const auto repo = open();
    ASSERT_TRUE(repo->load_index(ctx_));
    TreeRules rules;
    rules.judge = [&](const std::string& at, Node&) -> Result<NodeVerdict> {
        return at == (tree / "own").string() ? NodeVerdict::kDrop : NodeVerdict::kKeep;
    };
    const auto list = load_snapshots(ctx_, *repo);
    SnapshotRewriter rewriter(ctx_, *repo, {.rules = rules, .forget = true});
    const auto outcome = rewriter.rewrite(ctx_, list->snapshots.at(0));
    ASSERT_TRUE(outcome) << outcome.error().message();
    expect_clean();
    fs::remove(tree / "own");
    // The folder's own time is what it was when it was backed up.
    fs::remove_all(path("out"));
    restic_ok({"restore", outcome->new_id->hex(), "--target", path("out").string()});
    fs::last_write_time(tree, fs::last_write_time(path("out") / tree.relative_path()));
    EXPECT_EQ(cofre::testing::describe_differences(tree, path("out") / tree.relative_path()), "");
}

TEST_F(ResticMaintain, F47_RepairIndexSatisfiesRestic) {
    restic_ok({"init"});
    const auto one = back_up(1);
    const auto two = back_up(2);
    fs::remove(fs::directory_iterator(path("repo") / "index")->path());
    EXPECT_GT(check({}).errors, 0U);
    EXPECT_NE(restic({"check"}).exit_code, 0);
    const auto result = repair_index(ctx_, *open(), {});
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_GT(result->packs_read, 0U);
    expect_clean();
    expect_all_restore({one, two});
}

TEST_F(ResticMaintain, F47_RepairPacksAndSnapshotsMakeADamagedRepositoryClean) {
    restic_ok({"init"});
    const auto one = back_up(1);
    const auto two = back_up(2);
    // The largest pack: data.
    fs::path largest;
    for (const auto& entry : fs::recursive_directory_iterator(path("repo") / "data")) {
        if (entry.is_regular_file() && (largest.empty() || entry.file_size() > fs::file_size(largest)))
            largest = entry.path();
    }
    fs::permissions(largest, fs::perms::owner_all);
    {
        std::fstream file(largest, std::ios::in | std::ios::out | std::ios::binary);
        file.seekp(1000);
        file.put('x').put('y');
    }
    const auto report = check();
    ASSERT_EQ(report.broken_packs.size(), 1U);
    EXPECT_THAT(findings_, HasSubstr(largest.filename().string()));
    const auto repo = open();
    ASSERT_TRUE(repo->load_index(ctx_));
    const auto repaired = repair_packs(ctx_, *repo, report.broken_packs, {.backup_folder = path("")});
    ASSERT_TRUE(repaired) << repaired.error().message();
    EXPECT_GE(repaired->blobs_lost, 1U);
    EXPECT_TRUE(fs::exists(path("pack-" + largest.filename().string())));
    ASSERT_TRUE(repo->load_index(ctx_));
    SnapshotEdit edit;
    std::size_t left_out = 0;
    edit.rules = repair_rules(*repo, [&](const RepairedEntry&) { ++left_out; });
    edit.forget = true;
    SnapshotRewriter rewriter(ctx_, *repo, edit);
    const auto list = load_snapshots(ctx_, *repo);
    for (const auto& listed : list->snapshots)
        ASSERT_TRUE(rewriter.rewrite(ctx_, listed));
    EXPECT_GE(left_out, 1U);
    expect_clean();
}

TEST_F(ResticMaintain, F46_CheckFindsWhatResticFinds) {
    restic_ok({"init"});
    back_up(1);
    EXPECT_EQ(check().errors, 0U) << findings_;
    for (const std::string folder : {"data", "index", "snapshots"}) {
        for (const auto& entry : fs::recursive_directory_iterator(path("repo") / folder)) {
            if (!entry.is_regular_file()) continue;
            const auto file = entry.path();
            fs::permissions(file, fs::perms::owner_all);
            const auto size = fs::file_size(file);
            for (const std::uint64_t at : {std::uint64_t{0}, size / 2, size - 20, size - 1}) {
                std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
                stream.seekg(static_cast<std::streamoff>(at));
                const int byte = stream.get();
                const auto put = [&](int value) {
                    stream.seekp(static_cast<std::streamoff>(at));
                    stream.put(static_cast<char>(value));
                    stream.flush();
                };
                put(byte ^ 1);
                EXPECT_GT(check().errors, 0U) << file << " " << at;
                EXPECT_THAT(findings_, HasSubstr(file.filename().string().substr(0, 8)));
                put(byte);
            }
        }
    }
    EXPECT_EQ(check().errors, 0U) << findings_;
}

TEST_F(ResticMaintain, ResticPassesOverTheLedger) {
    restic_ok({"init"});
    const auto id = back_up(1);
    EXPECT_GT(check({.bytes_a_day = 1 << 20}).packs_read, 0U);
    EXPECT_TRUE(fs::exists(path("repo") / "cofre" / "check-ledger"));
    expect_clean();
    restic_ok({"prune"});
    expect_all_restore({id});
}

}  // namespace
}  // namespace cofre::repo
