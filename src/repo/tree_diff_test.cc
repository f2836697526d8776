#include "repo/tree_diff.h"

#include "base/encoding.h"
#include "repo/blob_stream.h"
#include "repo/blob_writer.h"
#include "repo/testing/memory_repository.h"
#include "repo/tree.h"
#include "repo/tree_stats.h"

namespace cofre::repo {
namespace {

class TreeReading : public testing::MemoryRepository {
protected:
    void SetUp() override { repo_ = init(); }

    Id put(BlobType type, const std::string& bytes) {
        BlobWriter writer(ctx_, *repo_, {.workers = 1, .uploads = 1});
        const auto saved = writer.save(type, as_bytes(bytes));
        EXPECT_TRUE(writer.flush());
        return saved->id;
    }
    Id put_tree(const std::vector<Node>& nodes) {
        TreeEncoder encoder;
        for (const Node& node : nodes)
            EXPECT_TRUE(encoder.add(node));
        return put(BlobType::kTree, encoder.finish());
    }
    Node file_of(const std::string& name, const std::string& content) {
        Node node;
        node.name = name;
        node.size = content.size();
        node.content = std::vector<Id>{put(BlobType::kData, content)};
        return node;
    }
    Node folder_of(const std::string& name, const std::vector<Node>& nodes) {
        Node node;
        node.name = name;
        node.type = NodeType::kDirectory;
        node.subtree = put_tree(nodes);
        return node;
    }
    std::string changes(const Id& before, const Id& after, bool with_metadata = false) {
        std::string out;
        const auto diff = diff_trees(ctx_, *repo_, before, after, with_metadata,
                                     [&](const std::string& modifier, const std::string& path) {
                                         out += modifier + path + " ";
                                         return Status();
                                     });
        EXPECT_TRUE(diff);
        if (diff) last_ = *diff;
        return out;
    }

    std::unique_ptr<Repository> repo_;
    TreeDiff last_;
};

TEST_F(TreeReading, DiffTellsWhatCameWentAndChangedInOrder) {
    auto touched = file_of("touched", "t");
    const auto before = put_tree({folder_of("both", {file_of("x", "the old one")}),
                                  folder_of("goes", {file_of("y", "y")}), file_of("kind", "k"), touched});
    touched.mode = 0600;
    const auto after = put_tree(
        {folder_of("both", {file_of("x", "new content")}), file_of("comes", "c"), folder_of("kind", {}), touched});
    EXPECT_EQ(changes(before, after), "M?/both/x +/comes -/goes/ -/goes/y T/kind/ ");
    EXPECT_EQ(last_.changed_files, 1U);
    EXPECT_EQ(last_.added.files, 1U);
    EXPECT_EQ(last_.removed.files, 1U);
    EXPECT_EQ(last_.removed.folders, 1U);
    EXPECT_EQ(last_.added.data_blobs, 2U);
    EXPECT_EQ(changes(after, after), "");
    EXPECT_NE(changes(before, after, /*with_metadata=*/true).find("U/touched"), std::string::npos);
}

TEST_F(TreeReading, DiffDoesNotCountWhatOnlyMoved) {
    const auto moved = file_of("moved", "the same content");
    changes(put_tree({folder_of("a", {moved})}), put_tree({folder_of("b", {moved})}));
    EXPECT_EQ(last_.added.data_blobs, 0U);
    EXPECT_EQ(last_.removed.data_blobs, 0U);
}

TEST_F(TreeReading, StatsCountInFourWays) {
    auto first = file_of("a", "shared");
    first.inode = 5;
    first.links = 2;
    auto second = first;
    second.name = "b";
    const auto root = put_tree({first, second, file_of("c", "shared"), file_of("d", "other one")});
    const Id roots[] = {root};
    const auto count = [&](StatsMode mode) { return *count_trees(ctx_, *repo_, roots, mode); };
    EXPECT_EQ(count(StatsMode::kRestoreSize).files, 4U);
    EXPECT_EQ(count(StatsMode::kRestoreSize).bytes, 6U + 6 + 9);
    EXPECT_EQ(count(StatsMode::kFilesByContents).files, 2U);
    EXPECT_EQ(count(StatsMode::kBlobsPerFile).blobs, 2U);
    EXPECT_EQ(count(StatsMode::kRawData).blobs, 3U);
}

TEST_F(TreeReading, BlobsComeInOrderHoweverManyAreAsked) {
    std::vector<Id> ids;
    std::string expected;
    for (int i = 0; i < 60; ++i) {
        const std::string text = "blob " + std::to_string(i) + ";";
        ids.push_back(put(BlobType::kData, text));
        expected += text;
    }
    BlobStream stream(ctx_, *repo_, 3);
    for (int run = 0; run < 2; ++run) {
        std::string read;
        ASSERT_TRUE(stream.read(ids, [&](std::span<const std::byte> bytes) {
            read += to_text(bytes);
            return Status();
        }));
        EXPECT_EQ(read, expected);
    }
}

TEST_F(TreeReading, ABlobThatIsLostEndsItsStreamOnly) {
    const std::vector<Id> ids = {put(BlobType::kData, "good"), Id::of(as_bytes("lost"))};
    BlobStream stream(ctx_, *repo_, 2);
    const auto take = [](std::span<const std::byte>) { return Status(); };
    const auto status = stream.read(ids, take);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kNotFound);
    EXPECT_TRUE(stream.read(std::span(ids).first(1), take));
}

}  // namespace
}  // namespace cofre::repo
