// Four processes at a time on one repository, in a store that fails at random:
// backups of two hosts, forget and prune, check. Now and then one of them is
// killed (SIGKILL). At the end cofre and restic find nothing wrong, every
// snapshot that was reported as done and that nobody asked to forget is there,
// and each one restores to what was backed up.
//
// COFRE_CHAOS_SECONDS (20; 3600 in `make soak`), COFRE_SOAK_SEED.

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/guarded.h"
#include "base/task_group.h"
#include "base/units.h"
#include "random_faults.h"
#include "scripted_s3.h"
#include "testing/repository_fixture.h"
#include "testing/test_size.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using std::chrono::steady_clock;

constexpr std::chrono::minutes kLongestCommand{10};
constexpr std::size_t kNewestKept = 3;  // Of each host; older ones are forgotten.

/// What the processes were told and what they said.
struct Ledger {
    std::map<std::string, Manifest> by_tag;       ///< Of each backup that began.
    std::map<std::string, std::string> promised;  ///< Ids by tag, of backups that exited 0.
    std::set<std::string> finished_tags;          ///< Whose process is no more.
    std::set<std::string> asked_to_forget;        ///< Ids.
    std::map<std::string, int> outcomes;          ///< "backup: exit 0", with messages for failures.
    std::vector<std::string> alarms;
};

/// A message without what differs each time.
std::string shape_of(const std::string& text) {
    std::string line = text.substr(0, text.find('\n'));
    line = std::regex_replace(line, std::regex("[0-9a-f]{8,64}"), "ID");
    line = std::regex_replace(line, std::regex("data/[0-9a-f]{2}/"), "data/XX/");
    line = std::regex_replace(line, std::regex("[0-9]+"), "N");
    return line.substr(0, 160);
}

/// Words of which none may occur: the store loses answers, never bytes.
bool speaks_of_damage(const std::string& text) {
    static const std::regex damage(
        "damaged|corrupt|does not hash|MAC|is missing|not there|in no pack|no such blob|"
        "cannot be read",
        std::regex::icase);
    return std::regex_search(text, damage);
}

/// One of the four: commands of a host of its own, one after the other.
class Player {
public:
    Player(Guarded<Ledger>& ledger, std::uint64_t seed) : random_(seed), ledger_(ledger) {}

    CliRunner& runner() { return runner_; }
    std::uint64_t dice(std::uint64_t sides) { return random_() % sides; }

    /// Nothing if it was killed, one time in `kill_one_in`.
    std::optional<ChildResult> run(const std::vector<std::string>& args, std::uint64_t kill_one_in) {
        auto child = runner_.start(args);
        if (!child) {
            alarm(args.front(), "cannot be started: " + child.error().message());
            return std::nullopt;
        }
        const bool is_doomed = dice(kill_one_in) == 0;
        const std::chrono::milliseconds patience(is_doomed ? dice(1200) : 0);
        auto ended = child->wait(is_doomed ? patience : std::chrono::milliseconds(kLongestCommand));
        if (!ended) {
            note(args.front(), is_doomed ? "killed" : "hung", "");
            if (!is_doomed) alarm(args.front(), "it hung: " + ended.error().message());
            return std::nullopt;
        }
        judge(args.front(), *ended);
        return *std::move(ended);
    }

    void note(const std::string& verb, const std::string& how, const std::string& message) {
        ledger_.with([&](Ledger& ledger) { ++ledger.outcomes[verb + ": " + how + " " + shape_of(message)]; });
    }
    void alarm(const std::string& verb, const std::string& what) {
        ledger_.with([&](Ledger& ledger) { ledger.alarms.push_back(verb + ": " + what); });
    }

private:
    void judge(const std::string& verb, const ChildResult& ended) {
        if (ended.exit_code == 0) return note(verb, "exit 0", "");
        const auto at = ended.err.find("error: ");
        const std::string message = at == std::string::npos ? ended.err : ended.err.substr(at);
        const bool is_clear = ended.exit_code > 0 && !message.empty();
        const bool is_known = ended.exit_code == 1 || ended.exit_code == 11;
        const bool is_alarm = !is_clear || !is_known || speaks_of_damage(ended.err);
        note(verb, "exit " + std::to_string(ended.exit_code), message);
        if (is_alarm) alarm(verb, ended.describe());
    }

    CliRunner runner_;
    std::mt19937_64 random_;
    Guarded<Ledger>& ledger_;
};

class RepoChaos : public RepositoryTest {
protected:
    void SetUp() override {
        scripted::ScriptedS3::Options options;
        options.remember_requests = false;
        server_ = *scripted::ScriptedS3::start(options);
        ASSERT_TRUE(init_cheaply(repo(), kPassword));
        for (const auto& file : files_below(repo()))
            server_->put_object("r/" + file, content_of(repo() / file));
        fs::remove_all(repo());
    }

    static std::string content_of(const fs::path& file) {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    void configure_player(CliRunner& runner) const {
        configure(runner, "s3://bucket/r");
        runner.set_all({{"AWS_ACCESS_KEY_ID", "AKIDSCRIPTED"},
                        {"AWS_SECRET_ACCESS_KEY", "scripted-secret"},
                        {"AWS_ENDPOINT_URL", server_->endpoint()},
                        {"AWS_REGION", "us-east-1"}});
    }

    bool goes_on() const { return steady_clock::now() < end_; }

    /// Mostly lets those go first who want the repository alone: among three
    /// that share it they would hardly ever find a moment.
    void give_way(Player& player) const {
        if (player.dice(4) == 0) return;
        while (wants_alone_ && goes_on())
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }

    void back_up_again_and_again(Player& player, const std::string& host);
    void forget_and_prune(Player& player);
    void check_again_and_again(Player& player);
    std::vector<std::string> choose_to_forget(const Json& listed);
    void export_objects() const;
    void report(std::uint64_t seed, const scripted::RandomFaults& faults);

    std::unique_ptr<scripted::ScriptedS3> server_;
    Guarded<Ledger> ledger_;
    steady_clock::time_point end_;
    std::atomic<bool> wants_alone_{false};
};

void RepoChaos::back_up_again_and_again(Player& player, const std::string& host) {
    const fs::path tree = player.runner().home() / "source";
    for (int round = 0; goes_on(); ++round) {
        // Few seeds: blobs that were forgotten come back, also while a prune is about to remove them.
        for (int i = 0; i < (round == 0 ? 12 : 4); ++i) {
            const auto file = tree / ("folder" + std::to_string(player.dice(3))) / std::to_string(player.dice(8));
            if (!write_file(file, random_bytes(player.dice(40), 1000 + player.dice(4) * 90'000))) return;
        }
        const std::string tag = host + "-" + std::to_string(round);
        give_way(player);
        ledger_.with([&](Ledger& ledger) { ledger.by_tag[tag] = manifest_of(tree); });
        const auto done =
            player.run({"backup", "--json", "--host", host, "--tag", tag, "--retry-lock", "3m", tree.native()}, 8);
        ledger_.with([&](Ledger& ledger) {
            ledger.finished_tags.insert(tag);
            if (!done || done->exit_code != 0) return;
            const auto last = done->out.rfind("{\"message_type\":\"summary\"");
            const auto summary = Json::parse(done->out.substr(std::min(last, done->out.size())), nullptr, false);
            if (summary.is_object()) ledger.promised[tag] = summary.at("snapshot_id");
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(player.dice(800)));
    }
}

/// All but the newest few of each host, and what killed backups left; asked for from now on.
std::vector<std::string> RepoChaos::choose_to_forget(const Json& listed) {
    std::map<std::string, std::size_t> seen;  // Of each host, from the newest on.
    std::vector<std::string> ids;
    ledger_.with([&](Ledger& ledger) {
        for (auto at = listed.rbegin(); at != listed.rend(); ++at) {
            const std::string tag = at->at("tags").at(0);
            const std::string id = at->at("id");
            const auto promise = ledger.promised.find(tag);
            const bool is_promised = promise != ledger.promised.end() && id.starts_with(promise->second);
            if (!is_promised && !ledger.finished_tags.contains(tag)) continue;
            if (is_promised && ++seen[at->at("hostname").get<std::string>()] <= kNewestKept) continue;
            ids.push_back(id);
            ledger.asked_to_forget.insert(id);
        }
    });
    return ids;
}

void RepoChaos::forget_and_prune(Player& player) {
    while (goes_on()) {
        wants_alone_ = player.dice(3) != 0;
        const auto listed = player.run({"snapshots", "--json"}, 20);
        if (listed && listed->exit_code == 0) {
            auto ids = choose_to_forget(Json::parse(listed->out, nullptr, false));
            if (!ids.empty()) {
                ids.insert(ids.begin(), "forget");
                if (player.dice(2) == 0) ids.insert(ids.end(), {"--retry-lock", "20s"});
                player.run(ids, 8);
            }
        }
        if (player.dice(4) == 0) {
            player.run({"prune", "--max-unused", "0", "--retry-lock", "20s"}, 4);
        } else {
            player.run({"prune", "--max-unused", "0"}, 6);
        }
    }
    wants_alone_ = false;
}

void RepoChaos::check_again_and_again(Player& player) {
    while (goes_on()) {
        std::vector<std::string> args = {"check", "--json", "--retry-lock", "1m"};
        if (player.dice(3) == 0) args.emplace_back("--read-data");
        give_way(player);
        const auto done = player.run(args, 10);
        if (!done || done->exit_code != 0) continue;
        const auto last = done->out.rfind("{\"message_type\":\"summary\"");
        const auto summary = Json::parse(done->out.substr(std::min(last, done->out.size())), nullptr, false);
        if (!summary.is_object() || summary.at("num_errors") != 0) player.alarm("check", done->out);
    }
}

void RepoChaos::export_objects() const {
    for (const auto& key : server_->keys()) {
        if (!key.starts_with("r/")) continue;
        ASSERT_TRUE(write_file(repo() / key.substr(2), server_->object(key)->body));
    }
    for (const char* folder : {"locks", "snapshots", "index", "keys", "data"})
        fs::create_directories(repo() / folder);
}

void RepoChaos::report(std::uint64_t seed, const scripted::RandomFaults& faults) {
    ledger_.with([&](const Ledger& ledger) {
        std::printf("seed %llu; %zu backups done, %zu asked to be forgotten; faults:",
                    static_cast<unsigned long long>(seed), ledger.promised.size(), ledger.asked_to_forget.size());
        for (const auto& [name, count] : faults.counts())
            std::printf(" %s %llu", name.c_str(), static_cast<unsigned long long>(count));
        std::printf("\n");
        for (const auto& [outcome, count] : ledger.outcomes)
            std::printf("%6d  %s\n", count, outcome.c_str());
        for (const auto& alarm : ledger.alarms)
            ADD_FAILURE() << alarm;
    });
}

TEST_F(RepoChaos, F48_BackupBackupForgetPruneAndCheckInAStoreThatFails) {
    const std::uint64_t seed = number_from("COFRE_SOAK_SEED", 1);
    SCOPED_TRACE("COFRE_SOAK_SEED=" + std::to_string(seed));
    const auto faults = std::make_shared<scripted::RandomFaults>(seed);  // The hook owns it, too.
    server_->set_hook([faults](const scripted::Recorded& request, int) { return faults->next(request); });
    end_ = steady_clock::now() + std::chrono::seconds(number_from("COFRE_CHAOS_SECONDS", 20));
    std::vector<std::unique_ptr<Player>> players;
    for (std::uint64_t i = 0; i < 4; ++i) {
        players.push_back(std::make_unique<Player>(ledger_, seed * 4 + i));
        configure_player(players.back()->runner());
    }
    {
        TaskGroup group{std::stop_token()};
        const auto play = [&](auto part) {
            group.spawn([part](const std::stop_token&) -> Status {
                part();
                return {};
            });
        };
        play([&] { back_up_again_and_again(*players[0], "alpha"); });
        play([&] { back_up_again_and_again(*players[1], "beta"); });
        play([&] { forget_and_prune(*players[2]); });
        play([&] { check_again_and_again(*players[3]); });
        EXPECT_TRUE(group.wait());
    }
    server_->set_hook({});
    report(seed, *faults);

    configure_player(cofre_);
    expect_clean();
    export_objects();
    restic_ok({"--no-lock", "check", "--read-data"});
    const auto listed = json_of(expect(0, {"snapshots", "--json"}));
    const Ledger ledger = ledger_.with([](const Ledger& l) { return l; });
    std::set<std::string> present;
    for (const auto& snapshot : listed) {
        const std::string id = snapshot.at("id");
        const fs::path tree(snapshot.at("paths").at(0).get<std::string>());
        present.insert(id);
        fs::remove_all(restored());
        restic_ok({"--no-lock", "restore", id, "--target", restored()});
        EXPECT_EQ(describe_differences(ledger.by_tag.at(snapshot.at("tags").at(0)),
                                       manifest_of(restored() / tree.relative_path())),
                  "")
            << id;
    }
    std::size_t kept = 0;
    for (const auto& [tag, id] : ledger.promised) {
        if (ledger.asked_to_forget.contains(id)) continue;
        EXPECT_TRUE(present.contains(id)) << tag << " was reported as done, and nobody asked to forget it";
        ++kept;
    }
    std::printf("%zu snapshots there, %zu of them promised; %s in %zu objects\n", present.size(), kept,
                format_bytes([&] {
                    std::uint64_t sum = 0;
                    for (const auto& key : server_->keys())
                        sum += server_->object(key)->body.size();
                    return sum;
                }())
                    .c_str(),
                server_->object_count());
    EXPECT_GT(ledger.promised.size(), 1U);
    expect(0, {"prune", "--max-unused", "0"});
    expect_clean();
}

}  // namespace
}  // namespace cofre::testing
