// A repository command dies (SIGKILL) at every call that changes a file, and at
// random moments of longer ones. Afterwards the next run works, check is clean,
// and every older snapshot restores; a lock of the dead does not block.
//
// COFRE_KILL_EVERY (13; 1 in `make soak`): each n-th call only.
// COFRE_REPO_KILLS (6; 200), COFRE_REPO_KILL_MIB (48; 1024): the random ones,
// with COFRE_SOAK_SEED.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <map>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "testing/repository_fixture.h"
#include "testing/test_size.h"
#include "testing/traced_process.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr int kSampled = 8;  // After each so many kills restic judges, too.
constexpr std::chrono::minutes kLongest{10};

std::uint64_t bytes_below(const fs::path& folder) {
    std::uint64_t sum = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file()) sum += entry.file_size();
    }
    return sum;
}

class RepoKill : public RepositoryTest {
protected:
    void SetUp() override {
        RepositoryTest::SetUp();
        cofre_.set("ASAN_OPTIONS", "detect_leaks=0");  // LSan cannot work while it is traced.
        ASSERT_TRUE(init_cheaply(repo(), kPassword));
    }

    void back_up(const std::string& tag) {
        const auto lines = json_lines_of(expect(0, {"backup", "--json", "--host", "h", "--tag", tag, source()}));
        ASSERT_FALSE(lines.empty());
        kept_[lines.back().at("snapshot_id")] = manifest_of(source());
    }

    /// Three snapshots that share files; then the state that each kill begins with.
    void prepare() {
        for (unsigned i = 1; i <= 3; ++i) {
            ASSERT_TRUE(write_file(source() / "shared", random_bytes(1, 200'000)));
            ASSERT_TRUE(write_file(source() / "own", random_bytes(10 + i, 150'000)));
            ASSERT_TRUE(write_file(source() / "folder" / std::to_string(i), std::string(3000, 'x')));
            back_up(std::to_string(i));
        }
    }
    void keep_state() {
        copy_folder(repo(), home() / "master");
        if (fs::exists(home() / "cache")) copy_folder(home() / "cache", home() / "master-cache");
    }
    void restore_state() {
        copy_folder(home() / "master", repo());
        fs::remove_all(home() / "cache");
        if (fs::exists(home() / "master-cache")) copy_folder(home() / "master-cache", home() / "cache");
    }

    Result<TracedRun> run_and_kill(const std::vector<std::string>& args, int kill_at) {
        ChildCommand command{
            .argv = {CliRunner::binary()}, .environment = clean_environment(home()), .working_directory = home()};
        command.argv.insert(command.argv.end(), args.begin(), args.end());
        command.environment["RESTIC_REPOSITORY"] = repo();
        command.environment["RESTIC_PASSWORD"] = kPassword;
        command.environment["XDG_CACHE_HOME"] = home() / "cache";
        command.environment["COFRE_STATE_DIR"] = home() / "state";
        command.environment["ASAN_OPTIONS"] = "detect_leaks=0";
        return run_traced(command, home(), kill_at);
    }

    void expect_kept(const std::set<std::string>& expected) {
        const auto ids = snapshot_ids();
        for (const auto& id : expected)
            EXPECT_THAT(ids, ::testing::Contains(id));
    }

    /// `kept`: what must be there at any time.
    void kill_everywhere(const std::vector<std::string>& args, const std::set<std::string>& kept) {
        keep_state();
        const auto every = static_cast<int>(number_from("COFRE_KILL_EVERY", 13));
        std::map<std::string, int> killed_at;
        const auto trial = run_and_kill(args, 0);
        if (!trial && trial.error().code() == ErrorCode::kUnsupported) GTEST_SKIP() << trial.error().message();
        ASSERT_TRUE(trial) << trial.error().message();
        ASSERT_EQ(trial->result.exit_code, 0) << trial->result.describe();
        EXPECT_GT(trial->writes, 10);
        int kills = 0;
        for (int n = 1; !HasFailure(); n += every) {
            SCOPED_TRACE("killed at write " + std::to_string(n));
            restore_state();
            const auto run = run_and_kill(args, n);
            ASSERT_TRUE(run) << run.error().message();
            SCOPED_TRACE(run->last_write);
            if (run->writes < n) {
                ASSERT_EQ(run->result.exit_code, 0) << run->result.describe();
                break;
            }
            ASSERT_EQ(run->result.signal, SIGKILL) << run->result.describe();
            ++kills;
            ++killed_at[run->last_write];
            expect(0, {"check"});
            expect_kept(kept);
            expect(0, args);
            expect_clean();
            expect_kept(kept);
            if (kills % kSampled == 1) judge(kept);
        }
        judge(kept);
        std::string calls;
        for (const auto& [name, count] : killed_at)
            calls += " " + name + " " + std::to_string(count);
        std::printf("%s: %d writes, %d kills:%s\n", args.front().c_str(), trial->writes, kills, calls.c_str());
        EXPECT_GT(kills, trial->writes / every - 3);
    }

    void judge(const std::set<std::string>& kept) {
        restic_ok({"--no-lock", "check", "--read-data"});
        bool with_restic = true;
        for (const auto& id : kept) {
            expect_restores(id, kept_.at(id), with_restic);
            with_restic = !with_restic;
        }
    }

    std::set<std::string> all_kept() const {
        std::set<std::string> ids;
        for (const auto& [id, manifest] : kept_)
            ids.insert(id);
        return ids;
    }

    std::map<std::string, Manifest> kept_;
};

TEST_F(RepoKill, F44_ABackupKilledAtEveryWrite) {
    ASSERT_NO_FATAL_FAILURE(prepare());
    ASSERT_TRUE(write_file(source() / "own", random_bytes(99, 250'000)));
    ASSERT_TRUE(write_file(source() / "text", std::string(90'000, 'y')));
    kill_everywhere({"backup", "--host", "h", source()}, all_kept());
}

TEST_F(RepoKill, F44_AForgetKilledAtEveryWrite) {
    ASSERT_NO_FATAL_FAILURE(prepare());
    const auto newest = json_of(expect(0, {"snapshots", "--json", "--latest", "1"})).at(0).at("id");
    kill_everywhere({"forget", "--keep-last", "1"}, {newest.get<std::string>()});
}

TEST_F(RepoKill, F44_APruneKilledAtEveryWrite) {
    ASSERT_NO_FATAL_FAILURE(prepare());
    const auto oldest = json_of(expect(0, {"snapshots", "--json"})).at(0).at("id").get<std::string>();
    expect(0, {"forget", oldest});
    auto kept = all_kept();
    kept.erase(oldest);
    kill_everywhere({"prune", "--max-unused", "0"}, kept);
}

/// A large source that changes a little each time.
class RepoRandomKill : public RepoKill {
protected:
    static constexpr int kFiles = 16;

    void write_part(std::uint64_t seed) {
        const auto name = "part" + std::to_string(seed % kFiles);
        ASSERT_TRUE(write_file(source() / name, random_bytes(seed, size_ / kFiles)));
    }

    /// True: it was killed.
    bool run_for(const std::vector<std::string>& args, std::chrono::milliseconds time) {
        auto child = cofre_.start(args);
        EXPECT_TRUE(child);
        if (!child) return false;
        const auto ended = child->wait(time);  // Kills what still runs.
        if (ended) {
            EXPECT_EQ(ended->exit_code, 0) << ended->describe();
        }
        return !ended;
    }

    /// As it must be run after a kill; how long it took.
    std::chrono::milliseconds run_whole(const std::vector<std::string>& args, std::string* id = nullptr) {
        const auto began = steady_clock::now();
        auto child = cofre_.start(args);
        EXPECT_TRUE(child);
        const auto result = child->wait(kLongest);
        EXPECT_TRUE(result) << result.error().message();
        if (!result) return {};
        EXPECT_EQ(result->exit_code, 0) << args.front() << result->describe();
        if (id != nullptr && result->exit_code == 0) *id = json_lines_of(*result).back().at("snapshot_id");
        return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began);
    }

    std::uint64_t size_ = 0;
};

TEST_F(RepoRandomKill, F44_KilledAtRandomMomentsNothingIsLost) {
    const std::uint64_t seed = number_from("COFRE_SOAK_SEED", 1);
    const std::uint64_t wanted = number_from("COFRE_REPO_KILLS", 6);
    size_ = number_from("COFRE_REPO_KILL_MIB", 48) * 1_MiB;
    SCOPED_TRACE("COFRE_SOAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (std::uint64_t part = 0; part < kFiles; ++part)
        write_part(part);
    const std::vector<std::string> backup = {"backup", "--json", "--host", "h", source()};
    const std::vector<std::string> forget = {"forget", "--keep-last", "8"};
    const std::vector<std::string> prune = {"prune", "--max-unused", "0"};

    std::chrono::milliseconds backup_time(2000);
    std::chrono::milliseconds prune_time(1000);
    std::uint64_t kills = 0;
    std::uint64_t rounds = 0;
    std::uint64_t stored_twice = 0;
    for (; kills < wanted && !HasFailure(); ++rounds) {
        SCOPED_TRACE("round " + std::to_string(rounds));
        const std::uint64_t before = fs::exists(repo() / "data") ? bytes_below(repo() / "data") : 0;
        std::uint64_t changed = rounds == 0 ? size_ : 0;
        for (int i = 0; i < 3 && rounds > 0; ++i, changed += size_ / kFiles)
            write_part(1000 + 3 * rounds + static_cast<std::uint64_t>(i));
        for (int again = 0; again < 3 && kills < wanted; ++again) {
            const auto patience = random() % static_cast<std::uint64_t>(backup_time.count() + 1);
            kills += run_for(backup, std::chrono::milliseconds(patience)) ? 1U : 0U;
        }
        std::string id;
        backup_time = run_whole(backup, &id);
        if (HasFailure()) break;
        kept_[id] = manifest_of(source());
        const std::uint64_t grown = bytes_below(repo() / "data") - before;
        stored_twice += grown > changed ? grown - changed : 0;
        expect(0, {"check"});

        run_whole(forget);
        const auto left = snapshot_ids();
        std::erase_if(
            kept_, [&](const auto& entry) { return std::find(left.begin(), left.end(), entry.first) == left.end(); });
        EXPECT_TRUE(kept_.contains(id));
        if (kills < wanted) {
            const auto patience = random() % static_cast<std::uint64_t>(prune_time.count() + 1);
            kills += run_for(prune, std::chrono::milliseconds(patience)) ? 1U : 0U;
        }
        expect(0, {"check"});
        if (rounds % 2 == 1) prune_time = run_whole(prune);
        if (rounds % 10 == 9) expect_clean();
    }
    run_whole(prune);
    expect_clean();
    restic_ok({"--no-lock", "check", "--read-data"});
    bool with_restic = true;
    for (const auto& [id, manifest] : kept_) {
        expect_restores(id, manifest, with_restic);
        with_restic = !with_restic;
    }
    std::printf(
        "seed %llu: %llu kills in %llu rounds of %s; stored again after kills: %s; %s in packs, %zu snapshots\n",
        static_cast<unsigned long long>(seed), static_cast<unsigned long long>(kills),
        static_cast<unsigned long long>(rounds), format_bytes(size_).c_str(), format_bytes(stored_twice).c_str(),
        format_bytes(bytes_below(repo() / "data")).c_str(), kept_.size());
}

}  // namespace
}  // namespace cofre::testing
