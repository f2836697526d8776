#include "repo/tree_walk.h"

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "base/guarded.h"
#include "repo/blob_writer.h"
#include "repo/testing/memory_repository.h"

namespace cofre::repo {
namespace {

class TreeWalkTest : public testing::MemoryRepository {
protected:
    void SetUp() override { repo_ = init(); }

    Node folder(const std::string& name, const Id& tree) {
        Node node;
        node.name = name;
        node.type = NodeType::kDirectory;
        node.subtree = tree;
        return node;
    }
    Node file(const std::string& name) {
        Node node;
        node.name = name;
        node.content.emplace();
        return node;
    }
    Id save(const std::vector<Node>& nodes) {
        TreeEncoder encoder;
        for (const Node& node : nodes)
            EXPECT_TRUE(encoder.add(node));
        BlobWriter writer(ctx_, *repo_, {.workers = 1, .uploads = 1});
        const auto saved = writer.save(BlobType::kTree, as_bytes(encoder.finish()));
        EXPECT_TRUE(writer.flush());
        return saved->id;
    }
    /// /a/deep/x, /a/f, /b/f, /c; `a` and `b` differ.
    Id sample() {
        const Id deep = save({file("x")});
        const Id a = save({folder("deep", deep), file("f")});
        const Id b = save({file("f"), file("g")});
        return save({folder("a", a), folder("b", b), file("c")});
    }
    /// What a walk tells, in one line: "+" enters, "-" leaves.
    std::string told(const Id& root, const std::string& skipped = "none") {
        std::string out;
        TreeWalkEvents events;
        events.visit = [&](const std::string& path, Node&) -> Result<bool> {
            out += path + " ";
            return path != skipped;
        };
        events.leave = [&](const std::string& path, Node& node) -> Status {
            out += "-" + path + ":" + node.name + " ";
            return {};
        };
        events.on_error = [&](const std::string& path, const Error&) -> Status {
            out += "!" + path + " ";
            return {};
        };
        const auto status = walk_tree(ctx_, *repo_, root, {.threads = 3}, events);
        EXPECT_TRUE(status) << (status ? "" : status.error().message());
        return out;
    }

    std::unique_ptr<Repository> repo_;
};

TEST_F(TreeWalkTest, TellsEveryEntryInOrderAndFoldersAroundWhatTheyHold) {
    EXPECT_EQ(told(sample()), "/a /a/deep /a/deep/x -/a/deep:deep /a/f -/a:a /b /b/f /b/g -/b:b /c ");
}

TEST_F(TreeWalkTest, LeavesOutWhatASkippedFolderHolds) {
    EXPECT_EQ(told(sample(), "/a"), "/a /b /b/f /b/g -/b:b /c ");
    EXPECT_EQ(told(sample(), "/a/deep"), "/a /a/deep /a/f -/a:a /b /b/f /b/g -/b:b /c ");
}

TEST_F(TreeWalkTest, GoesOnAfterATreeThatIsNotThere) {
    const Id lost = Id::of(as_bytes("no such tree"));
    EXPECT_EQ(told(save({folder("a", lost), file("b")})), "/a !/a /b ");
}

TEST_F(TreeWalkTest, EndsAtATreeThatIsNotThereIfNobodyTakesTheError) {
    const Id root = save({folder("a", Id::of(as_bytes("no such tree")))});
    TreeWalkEvents events;
    events.visit = [](const std::string&, Node&) -> Result<bool> { return true; };
    const auto status = walk_tree(ctx_, *repo_, root, {}, events);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kNotFound);
    EXPECT_NE(status.error().message().find("/a"), std::string::npos);
}

TEST_F(TreeWalkTest, WalksMoreFoldersThanItLooksAhead) {
    std::vector<Node> nodes;
    for (int i = 0; i < 300; ++i) {
        const std::string name = std::to_string(1000 + i);
        nodes.push_back(folder(name, save({file("of " + name)})));
    }
    const Id wide = save(nodes);
    const Id root = save({folder("deep", save({folder("deeper", wide), folder("other", wide)})), folder("wide", wide)});
    std::vector<std::string> files;
    TreeWalkEvents events;
    events.visit = [&](const std::string& path, Node& node) -> Result<bool> {
        if (node.type == NodeType::kFile) files.push_back(path);
        return true;
    };
    ASSERT_TRUE(walk_tree(ctx_, *repo_, root, {.threads = 4}, events));
    ASSERT_EQ(files.size(), 900U);
    EXPECT_EQ(files[0], "/deep/deeper/1000/of 1000");
    EXPECT_EQ(files[899], "/wide/1299/of 1299");
}

TEST_F(TreeWalkTest, VisitsATreeThatManyFoldersShareOnce) {
    const Id shared = save({file("x")});
    const Id root = save({folder("a", shared), folder("b", shared), folder("lost", Id::of(as_bytes("lost")))});
    Guarded<std::map<Id, bool>> visited;
    std::atomic<int> visits = 0;
    const std::vector<Id> roots = {root, root};
    ASSERT_TRUE(visit_trees(ctx_, *repo_, roots, {}, [&](const Id& tree, Result<std::span<Node>> nodes) -> Status {
        ++visits;
        visited.with([&](auto& map) { map[tree] = nodes.has_value(); });
        return {};
    }));
    EXPECT_EQ(visits, 3);
    const std::map<Id, bool> expected = {{root, true}, {shared, true}, {Id::of(as_bytes("lost")), false}};
    EXPECT_EQ(visited.with([](auto& map) { return map; }), expected);
}

TEST_F(TreeWalkTest, FindsWhatLiesAtAPath) {
    const Id root = sample();
    EXPECT_EQ(find_node(ctx_, *repo_, root, "/a/./deep//x")->name, "x");
    EXPECT_EQ(*find_folder(ctx_, *repo_, root, "/"), root);
    EXPECT_EQ(*find_folder(ctx_, *repo_, root, "a/deep"), save({file("x")}));
    EXPECT_EQ(find_node(ctx_, *repo_, root, "/a/none").error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(find_node(ctx_, *repo_, root, "/c/x").error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(find_folder(ctx_, *repo_, root, "/c").error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(TreeWalkTest, AStopEndsTheWalk) {
    std::stop_source stop;
    TreeWalkEvents events;
    events.visit = [&](const std::string&, Node&) -> Result<bool> {
        stop.request_stop();
        return true;
    };
    const auto status = walk_tree({stop.get_token()}, *repo_, sample(), {}, events);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace cofre::repo
