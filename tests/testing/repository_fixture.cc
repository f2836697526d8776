#include "testing/repository_fixture.h"

#include <fstream>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "crypto/digest.h"
#include "repo/repository.h"
#include "store/local_store.h"

namespace cofre::testing {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::minutes kResticLimit{10};
constexpr std::size_t kDifferencesShown = 5;

}  // namespace

Manifest manifest_of(const fs::path& folder) {
    Manifest manifest;
    for (const auto& file : files_below(folder)) {
        std::ifstream in(folder / file, std::ios::binary);
        crypto::Sha256 hash;
        std::vector<char> chunk(1U << 20U);
        while (in.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), in.gcount() > 0)
            hash.update(as_bytes(std::string_view(chunk.data(), static_cast<std::size_t>(in.gcount()))));
        manifest[file] = hash.finish().hex();
    }
    return manifest;
}

std::string describe_differences(const Manifest& expected, const Manifest& actual) {
    std::string out;
    std::size_t count = 0;
    const auto note = [&](const std::string& line) {
        if (++count <= kDifferencesShown) out += line + "\n";
    };
    for (const auto& [file, hash] : expected) {
        const auto found = actual.find(file);
        if (found == actual.end()) {
            note("missing: " + file);
        } else if (found->second != hash) {
            note("other content: " + file);
        }
    }
    for (const auto& [file, hash] : actual) {
        if (!expected.contains(file)) note("too many: " + file);
    }
    return out;
}

Status init_cheaply(const fs::path& place, const std::string& password) {
    COFRE_ASSIGN(const auto store, store::LocalStore::open(place, store::LocalStore::Missing::kCreate));
    repo::RepositoryOptions options;
    options.key_cost = crypto::ScryptCost{.n = 1024, .r = 1, .p = 1};
    auto made = repo::Repository::init({}, *store, system_clock(), Secret(password), options);
    if (!made) return std::move(made).error();
    return {};
}

void copy_folder(const fs::path& from, const fs::path& to) {
    fs::remove_all(to);
    fs::create_directories(to.parent_path());
    fs::copy(from, to, fs::copy_options::recursive);
}

void RepositoryTest::configure(CliRunner& runner, const std::string& place) {
    runner.set("RESTIC_REPOSITORY", place).set("RESTIC_PASSWORD", kPassword);
    runner.set("XDG_CACHE_HOME", (runner.home() / "cache").native());
}

ChildResult RepositoryTest::restic(std::vector<std::string> args, const std::string& place) const {
    args.insert(args.begin(), {"restic", "--no-cache", "-r", place.empty() ? repo().native() : place});
    ChildCommand command{.argv = std::move(args)};
    command.environment = clean_environment(home());
    command.environment["RESTIC_PASSWORD"] = kPassword;
    auto result = run_child(command, kResticLimit);
    EXPECT_TRUE(result) << (result ? "" : result.error().message());
    return result ? *std::move(result) : ChildResult{};
}

void RepositoryTest::restic_ok(std::vector<std::string> args, const std::string& place) const {
    const auto result = restic(std::move(args), place);
    EXPECT_EQ(result.exit_code, 0) << result.describe();
}

ChildResult RepositoryTest::expect(int status, const std::vector<std::string>& args) const {
    auto result = cofre_.run(args);
    EXPECT_EQ(result.exit_code, status) << args.front() << ": " << result.describe();
    return result;
}

std::vector<std::string> RepositoryTest::snapshot_ids() const {
    std::vector<std::string> ids;
    const auto list = json_of(expect(0, {"snapshots", "--json"}));
    for (const auto& snapshot : list)
        ids.push_back(snapshot.at("id"));
    return ids;
}

void RepositoryTest::expect_restores(const std::string& id, const Manifest& expected, bool with_restic,
                                     const std::string& place) {
    fs::remove_all(restored());
    const std::vector<std::string> args = {"restore", id, "--target", restored().native()};
    if (with_restic) {
        auto unlocked = args;
        unlocked.insert(unlocked.begin(), "--no-lock");  // A killed process leaves a lock; restic waits for a person.
        restic_ok(unlocked, place);
    } else {
        expect(0, args);
    }
    EXPECT_EQ(describe_differences(expected, manifest_of(restored() / source().relative_path())), "") << id;
    fs::remove_all(restored());
}

}  // namespace cofre::testing
