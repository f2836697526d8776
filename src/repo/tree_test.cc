#include "repo/tree.h"

#include <string>

#include <gtest/gtest.h>

#include "repo/file_mode.h"

namespace cofre::repo {
namespace {

Id id_of(std::string_view text) {
    return Id(crypto::sha256(text));
}

Node file_node(std::string name) {
    Node node;
    node.name = std::move(name);
    node.mode = 0644;
    node.content.emplace();
    return node;
}

std::string tree_of(std::string_view fields) {
    return "{\"nodes\":[{\"name\":\"a\",\"type\":\"file\"" + std::string(fields) + "}]}\n";
}

std::string encoded(const Node& node) {
    std::string out;
    append_node(out, node);
    return out;
}

TEST(Tree, WritesAnEmptyOne) {
    EXPECT_EQ(TreeEncoder().finish(), "{\"nodes\":[]}\n");
    EXPECT_TRUE(decode_tree("{\"nodes\":[]}\n")->empty());
    EXPECT_TRUE(decode_tree("{\"nodes\":null}\n")->empty());
}

TEST(Tree, WritesFieldsInResticsOrder) {
    Node node;
    node.name = "n";
    node.mode = 0644;
    node.mtime = node.atime = node.ctime = {.seconds = 0, .nanoseconds = 500'000'000, .offset_minutes = -180};
    node.uid = 1;
    node.gid = 2;
    node.user = "u";
    node.group = "g";
    node.inode = 3;
    node.device_id = 4;
    node.size = 5;
    node.links = 6;
    node.link_target = "t\xff";
    node.extended_attributes = {{"user.x", "v"}, {"user.empty", ""}, {"user.null", std::nullopt}};
    node.generic_attributes = R"({"windows.x":1})";
    node.device = 7;
    node.content.emplace({id_of("")});
    node.subtree = id_of("");
    node.error = "e";
    node.unknown_fields = {{"new", "[1, 2]"}};
    const std::string empty_id = "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"";
    const std::string time = "\"1969-12-31T21:00:00.5-03:00\"";
    EXPECT_EQ(
        encoded(node),
        R"({"name":"n","type":"file","mode":420,"mtime":)" + time + ",\"atime\":" + time + ",\"ctime\":" + time +
            R"(,"uid":1,"gid":2,"user":"u","group":"g","inode":3,"device_id":4,"size":5,"links":6,)"
            R"("linktarget":"t\ufffd","linktarget_raw":"dP8=","extended_attributes":[)"
            R"({"name":"user.x","value":"dg=="},{"name":"user.empty","value":""},{"name":"user.null","value":null}],)"
            R"("generic_attributes":{"windows.x":1},"device":7,"content":[)" +
            empty_id + "],\"subtree\":" + empty_id + R"(,"error":"e","new":[1, 2]})");
    const auto back = decode_tree("{\"nodes\":[" + encoded(node) + "]}\n");
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->at(0), node);
}

TEST(Tree, LeavesOutWhatIsEmpty) {
    EXPECT_EQ(encoded(Node{.name = "d", .type = NodeType::kDirectory}),
              R"({"name":"d","type":"dir","mtime":"0001-01-01T00:00:00Z","atime":"0001-01-01T00:00:00Z",)"
              R"("ctime":"0001-01-01T00:00:00Z","uid":0,"gid":0,"content":null})");
}

TEST(Tree, WritesNamesOfAnyBytes) {
    TreeEncoder encoder;
    for (const char* name : {"\x01", " a", "A", "a", "a<", "\xc3\xa7", "\xff"})
        ASSERT_TRUE(encoder.add(file_node(name)));
    const std::string text = encoder.finish();
    const auto nodes = decode_tree(text);
    ASSERT_TRUE(nodes) << nodes.error().message();
    ASSERT_EQ(nodes->size(), 7U);
    EXPECT_EQ(nodes->front().name, "\x01");
    EXPECT_EQ(nodes->back().name, "\xff");
    EXPECT_TRUE(*is_canonical_tree(text));
}

TEST(Tree, RefusesNamesThatDoNotAscend) {
    TreeEncoder encoder;
    ASSERT_TRUE(encoder.add(file_node("b")));
    EXPECT_EQ(encoder.add(file_node("b")).error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(encoder.add(file_node("a")).error().code(), ErrorCode::kInvalidArgument);
    ASSERT_TRUE(encoder.add(file_node("\xff")));  // Bytes are unsigned.

    const std::string text = "{\"nodes\":[" + encoded(file_node("b")) + "," + encoded(file_node("a")) + "]}\n";
    EXPECT_EQ(decode_tree(text).error().code(), ErrorCode::kCorruption);
    EXPECT_EQ(decode_tree(text, {.allow_disorder = true})->size(), 2U);
}

TEST(Tree, IsAsNewAfterFinish) {
    TreeEncoder encoder;
    ASSERT_TRUE(encoder.add(file_node("b")));
    EXPECT_NE(encoder.finish(), encoder.finish());
    ASSERT_TRUE(encoder.add(file_node("a")));
}

TEST(Tree, KeepsFieldsItDoesNotKnow) {
    const std::string text = tree_of(R"(,"mtime":"0001-01-01T00:00:00Z","atime":"0001-01-01T00:00:00Z",)"
                                     R"("ctime":"0001-01-01T00:00:00Z","uid":0,"gid":0,"content":[],)"
                                     R"("future":{"deep":[1,"x"]},"flag":true,"none":null)");
    const auto nodes = decode_tree(text);
    ASSERT_TRUE(nodes) << nodes.error().message();
    ASSERT_EQ(nodes->at(0).unknown_fields.size(), 3U);
    EXPECT_EQ(nodes->at(0).unknown_fields[0], (UnknownField{"future", R"({"deep":[1,"x"]})"}));
    EXPECT_TRUE(*is_canonical_tree(text));
}

TEST(Tree, SeesWhatRewritingWouldChange) {
    EXPECT_FALSE(*is_canonical_tree("{\"nodes\":[]}"));
    EXPECT_FALSE(*is_canonical_tree("{\"nodes\":[],\"more\":1}\n"));
    EXPECT_FALSE(*is_canonical_tree(tree_of(",\"uid\":0")));
}

TEST(Tree, KeepsTypesOfVersionsToCome) {
    const auto nodes = decode_tree("{\"nodes\":[{\"name\":\"a\",\"type\":\"portal\"}]}");
    ASSERT_TRUE(nodes);
    EXPECT_EQ(nodes->at(0).type, NodeType::kOther);
    EXPECT_NE(encoded(nodes->at(0)).find("\"type\":\"portal\""), std::string::npos);
}

TEST(Tree, RefusesWhatIsNoTree) {
    const std::string deep(100'000, '[');
    for (const std::string& text : {std::string(),
                                    std::string("{}"),
                                    std::string("[]"),
                                    std::string("null"),
                                    std::string("{\"nodes\":{}}"),
                                    std::string("{\"nodes\":[1]}"),
                                    std::string("{\"nodes\":[]}x"),
                                    std::string("{\"nodes\":[]"),
                                    std::string("{\"nodes\":[],\"nodes\":[]}"),
                                    std::string("{\"nodes\":[{\"name\":\"\xff\"}]}"),
                                    deep,
                                    "{\"nodes\":" + deep,
                                    tree_of(",\"uid\":-1"),
                                    tree_of(",\"uid\":4294967296"),
                                    tree_of(",\"uid\":\"0\""),
                                    tree_of(",\"size\":1.5"),
                                    tree_of(",\"mtime\":\"yesterday\""),
                                    tree_of(",\"content\":[\"ab\"]"),
                                    tree_of(",\"content\":{}"),
                                    tree_of(",\"subtree\":\"zz\""),
                                    tree_of(",\"linktarget_raw\":\"*\""),
                                    tree_of(",\"extended_attributes\":[1]"),
                                    tree_of(",\"generic_attributes\":[]"),
                                    tree_of(",\"future\":" + deep + std::string(100'000, ']')),
                                    tree_of(",\"future\":nonsense"),
                                    std::string("{\"nodes\":[{\"name\":\"\\\\q\"}]}")}) {
        const auto nodes = decode_tree(text);
        ASSERT_FALSE(nodes) << text.substr(0, 200);
        EXPECT_EQ(nodes.error().code(), ErrorCode::kCorruption) << text.substr(0, 200);
    }
}

TEST(Tree, SaysWhichNodeAndField) {
    EXPECT_EQ(decode_tree(tree_of(",\"uid\":-1")).error().message(),
              "decode tree: node \"a\": field \"uid\" is no number from 0 to 2^64 - 1");
}

TEST(Tree, KeepsToItsLimit) {
    EXPECT_EQ(decode_tree(tree_of(""), {.max_bytes = 10}).error().code(), ErrorCode::kResourceExhausted);
}

TEST(Tree, SurvivesEveryFlippedByte) {
    TreeEncoder encoder;
    Node node = file_node("na\"me\xff");
    node.link_target = "x\xff";
    node.extended_attributes = {{"user.x", "v"}};
    node.content->push_back(id_of("x"));
    ASSERT_TRUE(encoder.add(node));
    const std::string good = encoder.finish();
    for (std::size_t i = 0; i < good.size(); ++i) {
        for (const int flip : {0x01, 0x20, 0x80, 0xFF}) {
            std::string text = good;
            text[i] = static_cast<char>(text[i] ^ flip);
            const auto nodes = decode_tree(text);
            EXPECT_TRUE(nodes || nodes.error().code() == ErrorCode::kCorruption);
        }
    }
}

TEST(Tree, RefusesNamesThatLeadElsewhere) {
    for (const std::string_view name : {std::string_view(""), std::string_view("."), std::string_view(".."),
                                        std::string_view("a/b"), std::string_view("/"), std::string_view("a\0b", 3)})
        EXPECT_EQ(check_restorable_name(name).error().code(), ErrorCode::kCorruption);
    for (const char* name : {"a", "...", "..a", "\xff", "-rf", "a\nb"})
        EXPECT_TRUE(check_restorable_name(name));
    EXPECT_EQ(decode_tree("{\"nodes\":[{\"name\":\"../x\",\"type\":\"file\"}]}")->at(0).name, "../x");
}

TEST(FileMode, MapsToGoAndBack) {
    EXPECT_EQ(to_go_mode(0040755), 2147484141U);
    EXPECT_EQ(to_go_mode(0120777), 134218239U);
    for (const std::uint32_t kind : {0100000U, 0040000U, 0120000U, 0060000U, 0020000U, 0010000U, 0140000U}) {
        for (std::uint32_t permissions = 0; permissions <= 07777; ++permissions)
            ASSERT_EQ(to_st_mode(to_go_mode(kind | permissions)), kind | permissions);
    }
}

}  // namespace
}  // namespace cofre::repo
