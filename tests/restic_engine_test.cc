// Repositories between cofre's engine and restic, which we did not write and
// which judges every byte: what one wrote the other must read.

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/file.h"
#include "repo/blob_writer.h"
#include "repo/repo_lock.h"
#include "repo/repository.h"
#include "store/local_store.h"
#include "testing/child_process.h"

namespace cofre::repo {
namespace {

namespace fs = std::filesystem;
using cofre::testing::ChildCommand;
using cofre::testing::ChildProcess;
using cofre::testing::ChildResult;
using Json = nlohmann::json;

constexpr std::chrono::minutes kResticLimit{2};

std::string engine_noise(std::size_t size, unsigned seed) {
    std::mt19937_64 random(seed);
    std::string out(size, '\0');
    for (std::size_t i = 0; i + 8 <= size; i += 8) {
        const std::uint64_t word = random();
        std::copy_n(reinterpret_cast<const char*>(&word), 8, out.begin() + static_cast<std::ptrdiff_t>(i));
    }
    return out;
}

std::string engine_prose(std::size_t size, unsigned seed) {
    std::string out;
    for (unsigned i = seed; out.size() < size; ++i)
        out += "{\"line\":" + std::to_string(i * 2654435761U) + ",\"text\":\"what a log says again and again\"}\n";
    out.resize(size);
    return out;
}

class ResticEngine : public ::testing::Test {
protected:
    void SetUp() override {
        folder_.emplace(*TempDir::create("restic-engine"));
        fs::create_directory(path("repo"));
        fs::create_directory(path("data"));
        write("password", "first password");
    }

    fs::path path(const std::string& name) const { return folder_->path() / name; }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path(name), std::ios::binary) << text;
    }

    ChildResult restic(std::vector<std::string> args, const std::string& password_file = "password") const {
        args.insert(args.begin(), {"restic", "--no-cache", "--password-file", path(password_file).string(), "-r",
                                   path("repo").string()});
        ChildCommand command{.argv = std::move(args)};
        command.environment = {{"PATH", "/usr/bin:/bin"}, {"HOME", folder_->path().string()}, {"TZ", "UTC"}};
        auto child = ChildProcess::start(command);
        EXPECT_TRUE(child);
        auto result = child->wait(kResticLimit);
        EXPECT_TRUE(result) << (result ? "" : result.error().message());
        return result ? *std::move(result) : ChildResult{};
    }
    void restic_ok(std::vector<std::string> args) const {
        const auto result = restic(std::move(args));
        ASSERT_EQ(result.exit_code, 0) << result.describe();
    }

    Result<std::unique_ptr<Repository>> open(const std::string& password = "first password",
                                             const RepositoryOptions& options = {}) {
        if (!store_) store_ = *store::LocalStore::open(path("repo"), store::LocalStore::Missing::kFail);
        return Repository::open(ctx_, *store_, system_clock(), Secret(password), options);
    }
    std::unique_ptr<Repository> init(const RepositoryOptions& options = {}, std::uint32_t version = 2) {
        store_ = *store::LocalStore::open(path("repo"), store::LocalStore::Missing::kFail);
        auto made = Repository::init(ctx_, *store_, system_clock(), Secret("first password"), options, version);
        EXPECT_TRUE(made) << (made ? "" : made.error().message());
        return *std::move(made);
    }

    /// Saves `files` as one folder and its snapshot; returns the snapshot's id.
    Id save_snapshot(Repository& repo, const std::vector<std::string>& files) {
        BlobWriter writer(ctx_, repo, {});
        Json nodes = Json::array();
        for (std::size_t i = 0; i < files.size(); ++i) {
            Json content = Json::array();
            for (std::size_t at = 0; at < files[i].size();) {
                const auto rest = as_bytes(files[i]).subspan(at);
                const auto chunk = rest.first(first_chunk(repo.chunk_tables(), rest));
                const auto saved = writer.save(BlobType::kData, chunk);
                EXPECT_TRUE(saved) << (saved ? "" : saved.error().message());
                content.push_back(saved->id.hex());
                at += chunk.size();
            }
            nodes.push_back({{"name", "file" + std::to_string(100 + i)},
                             {"type", "file"},
                             {"mode", 0644},
                             {"mtime", "2026-11-22T01:02:03Z"},
                             {"atime", "2026-11-22T01:02:03Z"},
                             {"ctime", "2026-11-22T01:02:03Z"},
                             {"uid", 0},
                             {"gid", 0},
                             {"size", files[i].size()},
                             {"content", content}});
        }
        const std::string tree = Json{{"nodes", nodes}}.dump() + "\n";
        const auto root = writer.save(BlobType::kTree, as_bytes(tree));
        EXPECT_TRUE(root);
        const auto flushed = writer.flush();
        EXPECT_TRUE(flushed) << (flushed ? "" : flushed.error().message());
        const Json snapshot = {{"time", "2026-11-22T01:02:03Z"},
                               {"tree", root->id.hex()},
                               {"paths", {"/made"}},
                               {"hostname", "here"},
                               {"username", "me"}};
        const auto id = repo.save_unpacked(ctx_, FileKind::kSnapshot, snapshot.dump());
        EXPECT_TRUE(id);
        return *id;
    }

    CallContext ctx_;
    std::optional<TempDir> folder_;
    std::unique_ptr<store::LocalStore> store_;
};

std::vector<std::string> engine_files() {
    std::vector<std::string> files{engine_noise(20 << 20, 1), engine_prose(12 << 20, 2), "x", engine_noise(70'000, 3),
                                   std::string(3 << 20, '\0')};
    for (unsigned i = 0; i < 200; ++i)
        files.push_back(engine_prose(1000 + i * 17, i * 1000));
    files.push_back(files[0]);  // Known when it comes again.
    return files;
}

TEST_F(ResticEngine, AcceptsWhatWeWroteAndGivesItBack) {
    const auto files = engine_files();
    {
        const auto repo = init();
        save_snapshot(*repo, files);
    }
    restic_ok({"check", "--read-data"});
    restic_ok({"restore", "latest", "--target", path("out").string()});
    for (std::size_t i = 0; i < files.size(); ++i) {
        std::ifstream in(path("out") / ("file" + std::to_string(100 + i)), std::ios::binary);
        const std::string back((std::istreambuf_iterator<char>(in)), {});
        ASSERT_TRUE(back == files[i]) << i;
    }
    // And restic goes on in it.
    write("data/more", engine_noise(3 << 20, 9));
    restic_ok({"backup", path("data").string()});
    restic_ok({"forget", "--keep-last", "1", "--group-by", "", "--prune"});
    restic_ok({"check", "--read-data"});
}

TEST_F(ResticEngine, AcceptsOurRepositoriesWithoutCompressionAndOfVersion1) {
    const std::vector<std::string> files{engine_prose(6 << 20, 4), engine_noise(500, 2), "abc"};
    RepositoryOptions options;
    options.compression = Compression::kOff;
    save_snapshot(*init(options), files);
    restic_ok({"check", "--read-data"});
    fs::remove_all(path("repo"));
    fs::create_directory(path("repo"));
    const auto old = init(options, 1);
    save_snapshot(*old, files);
    EXPECT_EQ(old->config().version, 1U);
    restic_ok({"check", "--read-data"});
    restic_ok({"migrate", "upgrade_repo_v2"});
    EXPECT_EQ((*open())->config().version, 2U);
}

TEST_F(ResticEngine, DeduplicatesAndCompresses) {
    const auto repo = init();
    const std::string noise = engine_noise(8 << 20, 1);
    save_snapshot(*repo, {noise, noise, engine_prose(8 << 20, 1)});
    std::uint64_t stored = 0;
    for (const auto& entry : fs::recursive_directory_iterator(path("repo") / "data"))
        stored += entry.is_regular_file() ? entry.file_size() : 0;
    EXPECT_LT(stored, (9U << 20U) + (1U << 19U));
    save_snapshot(*repo, {noise});
    EXPECT_EQ(repo->list(ctx_, FileKind::kSnapshot)->size(), 2U);
}

TEST_F(ResticEngine, OpensWhatResticMadeWithEveryKeyAndReadsEveryBlob) {
    write("data/big", engine_noise(24 << 20, 5));
    write("data/log", engine_prose(5 << 20, 6));
    write("data/small", "small");
    write("second", "second password");
    restic_ok({"init"});
    restic_ok({"backup", path("data").string()});
    restic_ok({"key", "add", "--new-password-file", path("second").string()});

    EXPECT_EQ(open("third password").error().code(), ErrorCode::kWrongPassword);
    EXPECT_EQ(open("").error().code(), ErrorCode::kWrongPassword);
    EXPECT_TRUE(open("second password"));
    const auto repo = *open();
    EXPECT_EQ(repo->list_keys(ctx_)->size(), 2U);
    EXPECT_EQ(repo->config().version, 2U);
    ASSERT_TRUE(repo->load_index(ctx_));

    std::vector<std::pair<Id, std::vector<PackedBlob>>> packs;
    repo->with_index([&](const BlobIndex& index) {
        index.for_each_pack([&](PackNumber pack, std::span<const PackedBlob> blobs) {
            packs.emplace_back(index.pack_id(pack), std::vector<PackedBlob>(blobs.begin(), blobs.end()));
        });
    });
    ASSERT_GE(packs.size(), 2U);
    std::uint64_t bytes = 0;
    for (const auto& [pack, blobs] : packs) {
        const auto done = repo->load_blobs(ctx_, pack, blobs, [&](const PackedBlob& blob, auto plain) -> Status {
            EXPECT_TRUE(plain && Id::of(*plain) == blob.id && plain->size() == blob.plain_length());
            bytes += plain->size();
            return {};
        });
        ASSERT_TRUE(done) << done.error().message();
        const auto name = pack.hex();
        const auto size = fs::file_size(path("repo") / "data" / name.substr(0, 2) / name);
        EXPECT_EQ(*repo->read_pack_header(ctx_, pack, size), blobs);
    }
    EXPECT_GT(bytes, 29U << 20U);
}

TEST_F(ResticEngine, CutsWhereResticCuts) {
    const std::string big = engine_noise(24 << 20, 7) + std::string(4 << 20, '\0') + engine_prose(5 << 20, 1);
    write("data/big", big);
    restic_ok({"init"});
    restic_ok({"backup", path("data").string()});
    const auto repo = *open();
    ASSERT_TRUE(repo->load_index(ctx_));
    const auto ids = *repo->list(ctx_, FileKind::kSnapshot);
    ASSERT_EQ(ids.size(), 1U);
    const auto snapshot = Json::parse(repo->load_unpacked(ctx_, FileKind::kSnapshot, ids[0].id)->text());

    // Down the only path to the file.
    std::string tree = snapshot.at("tree");
    Json node;
    do {
        const auto blob = repo->load_blob(ctx_, BlobType::kTree, *Id::parse(tree));
        ASSERT_TRUE(blob);
        node = Json::parse(blob->text()).at("nodes").at(0);
        if (node.at("type") == "dir") tree = node.at("subtree");
    } while (node.at("type") == "dir");
    ASSERT_EQ(node.at("name"), "big");

    std::vector<std::string> ours;
    for (std::size_t at = 0; at < big.size();) {
        const auto rest = as_bytes(big).subspan(at);
        const auto chunk = rest.first(first_chunk(repo->chunk_tables(), rest));
        ours.push_back(Id::of(chunk).hex());
        at += chunk.size();
    }
    EXPECT_EQ(node.at("content").get<std::vector<std::string>>(), ours);
}

TEST_F(ResticEngine, RespectsOurLocksAsWeRespectIts) {
    const auto repo = init();
    auto shared = RepoLock::acquire(ctx_, *repo, {});
    ASSERT_TRUE(shared);
    const auto refused = restic({"prune"});
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_NE(refused.err.find("already locked"), std::string::npos) << refused.describe();
    write("data/file", "text");
    restic_ok({"backup", path("data").string()});
    ASSERT_TRUE((*shared)->release(ctx_));
    restic_ok({"prune"});
    const auto exclusive = RepoLock::acquire(ctx_, *repo, {.kind = LockKind::kExclusive});
    ASSERT_TRUE(exclusive);
    EXPECT_NE(restic({"backup", path("data").string()}).exit_code, 0);
}

// Restic's own `unlock` knows our process.
TEST_F(ResticEngine, LeavesOurLiveLockWhenAskedToUnlock) {
    const auto repo = init();
    const auto shared = RepoLock::acquire(ctx_, *repo, {});
    ASSERT_TRUE(shared);
    restic_ok({"unlock"});
    EXPECT_EQ(repo->list(ctx_, FileKind::kLock)->size(), 1U);
}

}  // namespace
}  // namespace cofre::repo
