// The main job again and again, killed at random moments. After each kill the
// next run must succeed, the older snapshots must verify, and the source must
// come back. COFRE_SOAK_SECONDS (default 8) and COFRE_SOAK_SEED choose the run;
// a failure prints the seed.

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/job_fixture.h"
#include "testing/test_size.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;

class Soak : public JobTest {
protected:
    /// Adds, changes and removes some files.
    void change_source(std::mt19937_64& random) {
        const auto files = files_below(source());
        for (int i = 0; i < 12; ++i) {
            const std::string name = "folder" + std::to_string(random() % 4) + "/file" + std::to_string(random() % 60);
            ASSERT_TRUE(write_file(source() / name, random_bytes(random(), random() % 300'000)));
        }
        if (!files.empty()) fs::remove(source() / files[random() % files.size()]);
    }

    /// Starts a backup and kills it after a random while, if it still runs.
    void run_and_kill(const std::string& to, std::mt19937_64& random) {
        auto run = cofre_.start(backup_command(to, {"--multipart-threshold", "5MiB", "--part-size", "5MiB"}));
        ASSERT_TRUE(run) << run.error().message();
        const std::chrono::milliseconds patience(random() % 120);
        // A run that is still going when the time is up is killed by wait().
        [[maybe_unused]] const auto ended = run->wait(patience);
    }
};

TEST_F(Soak, SurvivesKillsAtAnyMoment) {
    const std::uint64_t seed = number_from("COFRE_SOAK_SEED", 1);
    const std::chrono::seconds time(number_from("COFRE_SOAK_SECONDS", 8));
    SCOPED_TRACE("COFRE_SOAK_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto end = std::chrono::steady_clock::now() + time;
    int rounds = 0;
    for (; std::chrono::steady_clock::now() < end && !HasFatalFailure(); ++rounds) {
        SCOPED_TRACE("round " + std::to_string(rounds));
        const std::string to = target(random() % 2 == 0 ? Place::kFolder : Place::kS3);
        change_source(random);
        run_and_kill(to, random);
        ASSERT_STATUS(0, backup(to));
        ASSERT_STATUS(0, verify(to));
        ASSERT_STATUS(0, restore(to));
        ASSERT_EQ(describe_differences(source(), restored()), "");
        fs::remove_all(restored());
    }
    std::printf("%d rounds with seed %llu\n", rounds, static_cast<unsigned long long>(seed));
    EXPECT_GT(rounds, 0);
}

}  // namespace
}  // namespace cofre::testing
