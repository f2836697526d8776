#include "backup/tree_verify.h"

#include "base/encoding.h"
#include "repo/blob_writer.h"
#include "repo/file_mode.h"
#include "repo/testing/memory_repository.h"
#include "repo/tree.h"

namespace cofre::backup {
namespace {

class TreeVerify : public repo::testing::MemoryRepository {
protected:
    using Nodes = std::vector<repo::Node>;

    void SetUp() override { repo_ = init(); }

    /// Each blob in a pack of its own.
    repo::Id put_blob(repo::BlobType type, const std::string& bytes) {
        repo::BlobWriter writer(ctx_, *repo_, {.workers = 1, .uploads = 1});
        const auto saved = writer.save(type, as_bytes(bytes));
        EXPECT_TRUE(writer.flush());
        return saved->id;
    }
    repo::Id put_tree(const Nodes& nodes) {
        repo::TreeEncoder encoder;
        for (const auto& node : nodes)
            EXPECT_TRUE(encoder.add(node));
        return put_blob(repo::BlobType::kTree, encoder.finish());
    }
    repo::Node file_of(const std::string& name, const std::vector<std::string>& chunks) {
        repo::Node out;
        out.name = name;
        out.mode = repo::to_go_mode(0100640);
        out.content.emplace();
        for (const auto& chunk : chunks) {
            out.content->push_back(put_blob(repo::BlobType::kData, chunk));
            out.size += chunk.size();
        }
        return out;
    }
    repo::Node folder_of(const std::string& name, const Nodes& nodes) {
        repo::Node out;
        out.name = name;
        out.type = repo::NodeType::kDirectory;
        out.subtree = put_tree(nodes);
        return out;
    }
    static repo::ListedSnapshot snapshot_of(const repo::Id& tree) {
        repo::ListedSnapshot listed{.id = std::string(64, 'a'), .snapshot = {}};
        listed.snapshot.time = {.seconds = 1'700'000'000};
        listed.snapshot.tree = tree;
        return listed;
    }

    std::string pack_key_of(repo::BlobType type, const repo::Id& blob) {
        const auto pack = repo_->with_index(
            [&](const repo::BlobIndex& index) { return index.pack_id(index.find(type, blob)->pack); });
        return repo_->layout().key(repo::FileKind::kPack, pack).str();
    }
    void flip(const std::string& key, std::size_t at) {
        auto bytes = stored(key);
        bytes[at] ^= 0x40;
        store_bytes(key, bytes);
    }

    VerifyOutcome verify(const repo::Id& tree, VerifyLevel level) {
        auto verifier = TreeVerifier::create(ctx_, *repo_, clock_, level, 3);
        EXPECT_TRUE(verifier);
        return verify_with(**verifier, tree);
    }
    VerifyOutcome verify_with(TreeVerifier& verifier, const repo::Id& tree) {
        Progress progress;
        auto outcome = verifier.verify(ctx_, snapshot_of(tree), "nightly", progress);
        EXPECT_TRUE(outcome) << (outcome ? "" : outcome.error().message());
        if (!outcome) return {};
        EXPECT_EQ(progress.bytes_done, progress.bytes_found);
        EXPECT_EQ(progress.problems, outcome->problem_count);
        return *std::move(outcome);
    }

    std::unique_ptr<repo::Repository> repo_;
};

TEST_F(TreeVerify, AGoodSnapshotIsGoodAtBothLevels) {
    const auto root =
        put_tree({file_of("a", {"one", "two"}), file_of("empty", {}), folder_of("sub", {file_of("b", {"two"})})});
    for (const auto level : {VerifyLevel::kList, VerifyLevel::kRead}) {
        const auto outcome = verify(root, level);
        EXPECT_TRUE(outcome.is_good());
        EXPECT_EQ(outcome.files, 3U);
        EXPECT_EQ(outcome.bytes, 9U);
        EXPECT_EQ(outcome.snapshot.job, "nightly");
        EXPECT_EQ(outcome.snapshot.id, std::string(64, 'a'));
        EXPECT_EQ(outcome.level, level);
    }
}

TEST_F(TreeVerify, F45_AFlippedByteIsNamedByItsFilesAndOnlyReadingFindsIt) {
    const auto shared = file_of("shared", {"shared blob"});
    auto other = shared;
    other.name = "other";
    const auto root = put_tree({file_of("good", {"good blob"}), other, shared});
    flip(pack_key_of(repo::BlobType::kData, shared.content->front()), 5);
    EXPECT_TRUE(verify(root, VerifyLevel::kList).is_good());
    const auto outcome = verify(root, VerifyLevel::kRead);
    EXPECT_EQ(outcome.files, 1U);
    ASSERT_EQ(outcome.problem_count, 2U);
    EXPECT_EQ(outcome.problems[0].path, "/other");
    EXPECT_EQ(outcome.problems[1].path, "/shared");
}

TEST_F(TreeVerify, AMissingOrShortPackIsFoundWithoutReading) {
    const auto gone = file_of("gone", {"gone blob"});
    const auto cut = file_of("cut", {"a blob that is cut"});
    const auto root = put_tree({cut, file_of("fine", {"fine blob"}), gone});
    ASSERT_TRUE(
        store_.remove(ctx_, *store::ObjectKey::parse(pack_key_of(repo::BlobType::kData, gone.content->front()))));
    const auto key = pack_key_of(repo::BlobType::kData, cut.content->front());
    store_bytes(key, stored(key).substr(0, 20));
    for (const auto level : {VerifyLevel::kList, VerifyLevel::kRead}) {
        const auto outcome = verify(root, level);
        EXPECT_EQ(outcome.files, 1U);
        ASSERT_EQ(outcome.problem_count, 2U) << to_string(level);
        EXPECT_EQ(outcome.problems[0].path, "/cut");
        EXPECT_EQ(outcome.problems[1].path, "/gone");
    }
}

TEST_F(TreeVerify, ABlobThatNoIndexHasIsAProblem) {
    auto lost = file_of("lost", {});
    lost.content->push_back(repo::Id::of(as_bytes("never stored")));
    lost.size = 12;
    const auto outcome = verify(put_tree({lost}), VerifyLevel::kList);
    ASSERT_EQ(outcome.problem_count, 1U);
    EXPECT_NE(outcome.problems[0].message.find("is not in the index"), std::string::npos);
    EXPECT_EQ(outcome.files, 0U);
}

TEST_F(TreeVerify, AWrongSizeInTheTreeIsAProblem) {
    auto file = file_of("longer", {"nine bytes"});
    file.size = 1000;
    EXPECT_EQ(verify(put_tree({file}), VerifyLevel::kList).problem_count, 1U);
}

TEST_F(TreeVerify, ATreeThatCannotBeReadIsAProblemOfItsFolder) {
    const auto sub = folder_of("sub", {file_of("b", {"in it"})});
    const auto root = put_tree({file_of("a", {"beside"}), sub});
    flip(pack_key_of(repo::BlobType::kTree, *sub.subtree), 5);
    const auto outcome = verify(root, VerifyLevel::kList);
    EXPECT_EQ(outcome.files, 1U);
    ASSERT_EQ(outcome.problem_count, 1U);
    EXPECT_EQ(outcome.problems[0].path, "/sub");
}

TEST_F(TreeVerify, WhatIsReadForOneSnapshotIsNotReadForTheNextAndItsDamageIsRemembered) {
    const auto good = file_of("good", {"good blob"});
    const auto bad = file_of("bad", {"bad blob"});
    const auto first = put_tree({bad, good});
    const auto second = put_tree({bad, good, file_of("new", {"new blob"})});
    flip(pack_key_of(repo::BlobType::kData, bad.content->front()), 5);
    auto verifier = TreeVerifier::create(ctx_, *repo_, clock_, VerifyLevel::kRead, 2);
    ASSERT_TRUE(verifier);
    EXPECT_EQ(verify_with(**verifier, first).problem_count, 1U);
    // Only the new blob is there to be read; what was read before may vanish.
    ASSERT_TRUE(
        store_.remove(ctx_, *store::ObjectKey::parse(pack_key_of(repo::BlobType::kData, good.content->front()))));
    const auto outcome = verify_with(**verifier, second);
    EXPECT_EQ(outcome.files, 2U);
    ASSERT_EQ(outcome.problem_count, 1U);
    EXPECT_EQ(outcome.problems[0].path, "/bad");
}

TEST_F(TreeVerify, DamageElsewhereInTheRepositoryIsNotThisSnapshots) {
    const auto other = file_of("other", {"of another snapshot"});
    const auto root = put_tree({file_of("mine", {"mine"})});
    flip(pack_key_of(repo::BlobType::kData, other.content->front()), 5);
    EXPECT_TRUE(verify(root, VerifyLevel::kRead).is_good());
}

}  // namespace
}  // namespace cofre::backup
