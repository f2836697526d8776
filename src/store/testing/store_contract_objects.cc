// Whole objects: put, get, head, remove, copy.

#include <algorithm>

#include "base/clock.h"
#include "base/encoding.h"
#include "store/testing/store_contract.h"

namespace cofre::store::testing {

TEST_P(StoreContract, GetReturnsWhatPutStored) {
    std::string all_bytes;
    for (int i = 0; i < 256; ++i)
        all_bytes += static_cast<char>(i);
    ASSERT_TRUE(put("object", all_bytes));
    EXPECT_EQ(get("object"), all_bytes);
}

TEST_P(StoreContract, ReceiptDescribesTheBytes) {
    const auto receipt = put("object", "hello");
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->size, 5U);
    EXPECT_EQ(receipt->sha256, crypto::sha256("hello"));
    EXPECT_EQ(receipt->etag, store_->head(ctx_, key("object"))->etag);
}

TEST_P(StoreContract, LargeObjectRoundTrips) {
    std::string text(GetParam().large_bytes, '\0');
    for (std::size_t i = 0; i < text.size(); ++i)
        text[i] = static_cast<char>(i * 2654435761U >> 13U);
    const auto receipt = put("object", text);
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(receipt->sha256, crypto::sha256(std::string_view(text)));
    EXPECT_TRUE(get("object") == text);
    const std::size_t middle = text.size() / 2 - 5;
    EXPECT_TRUE(get("object", {.offset = middle, .length = 1000}) == text.substr(middle, 1000));
}

TEST_P(StoreContract, EmptyObjectIsAnObject) {
    ASSERT_TRUE(put("empty", ""));
    EXPECT_EQ(get("empty"), "");
    EXPECT_EQ(store_->head(ctx_, key("empty"))->size, 0U);
    EXPECT_EQ(list(), std::vector<std::string>{"empty"});
}

TEST_P(StoreContract, GetReadsAnyRange) {
    ASSERT_TRUE(put("object", "0123456789"));
    EXPECT_EQ(get("object", {.offset = 0, .length = 1}), "0");
    EXPECT_EQ(get("object", {.offset = 3, .length = 4}), "3456");
    EXPECT_EQ(get("object", {.offset = 9, .length = 1}), "9");
    EXPECT_EQ(get("object", {.offset = 4}), "456789");
    EXPECT_EQ(get("object", {.offset = 0, .length = 10}), "0123456789");
    EXPECT_EQ(get("object", {.offset = 2, .length = 0}), "");
    EXPECT_EQ(get("object", {.offset = 10}), "");
}

TEST_P(StoreContract, RangePastTheEndIsInvalid) {
    ASSERT_TRUE(put("object", "0123456789"));
    EXPECT_EQ(get("object", {.offset = 9, .length = 2}), "<invalid argument>");
    EXPECT_EQ(get("object", {.offset = 11}), "<invalid argument>");
    EXPECT_EQ(get("object", {.offset = 10, .length = 1}), "<invalid argument>");
    EXPECT_EQ(get("object", {.offset = 1, .length = ~std::uint64_t{0}}), "<invalid argument>");
}

TEST_P(StoreContract, GetReturnsTheHead) {
    ASSERT_TRUE(put("object", "0123456789"));
    const auto head = store_->get(ctx_, key("object"), {.offset = 2, .length = 3},
                                  [](std::span<const std::byte>) -> Status { return {}; });
    ASSERT_TRUE(head);
    EXPECT_EQ(head->size, 10U);
    EXPECT_EQ(head->etag, store_->head(ctx_, key("object"))->etag);
}

TEST_P(StoreContract, MissingKeyIsNotFound) {
    EXPECT_EQ(get("missing"), "<not found>");
    EXPECT_EQ(code(store_->head(ctx_, key("missing"))), "not found");
    EXPECT_EQ(code(store_->copy(ctx_, key("missing"), key("to"))), "not found");
    EXPECT_EQ(get("to"), "<not found>");
}

TEST_P(StoreContract, PrefixOfAKeyIsNoObject) {
    ASSERT_TRUE(put("folder/object", "x"));
    EXPECT_EQ(get("folder"), "<not found>");
    EXPECT_EQ(code(store_->head(ctx_, key("folder"))), "not found");
    EXPECT_EQ(get("folder/"), "<not found>");
    EXPECT_TRUE(store_->remove(ctx_, key("folder")));
    EXPECT_EQ(get("folder/object"), "x");
}

TEST_P(StoreContract, NothingLiesBelowAnObject) {
    ASSERT_TRUE(put("object", "x"));
    EXPECT_EQ(get("object/below"), "<not found>");
    EXPECT_TRUE(store_->remove(ctx_, key("object/below")));
    EXPECT_EQ(get("object"), "x");
}

TEST_P(StoreContract, HeadDescribesTheObject) {
    const WallTime before = system_clock().wall_now();
    PutOptions options;
    options.content_type = "text/plain";
    options.metadata = {{"cofre-run", "run 7"}, {"cofre-sha256", "ab"}};
    ASSERT_TRUE(put("object", "hello", options));
    const auto head = store_->head(ctx_, key("object"));
    ASSERT_TRUE(head);
    EXPECT_EQ(head->size, 5U);
    EXPECT_FALSE(head->etag.empty());
    EXPECT_LT(std::chrono::abs(head->last_modified - before), std::chrono::minutes(5));
    if (GetParam().keeps_metadata) {
        EXPECT_EQ(head->content_type, "text/plain");
        EXPECT_EQ(head->metadata.at("cofre-run"), "run 7");
        EXPECT_EQ(head->metadata.at("cofre-sha256"), "ab");
    }
    EXPECT_EQ(head->sha256.value_or(crypto::sha256("hello")), crypto::sha256("hello"));
    EXPECT_TRUE(head->sha256 || !GetParam().keeps_sha256);
}

TEST_P(StoreContract, PutReplaces) {
    ASSERT_TRUE(put("object", "the first and longer text"));
    const std::string etag = store_->head(ctx_, key("object"))->etag;
    ASSERT_TRUE(put("object", "second"));
    EXPECT_EQ(get("object"), "second");
    EXPECT_NE(store_->head(ctx_, key("object"))->etag, etag);
    EXPECT_EQ(list(), std::vector<std::string>{"object"});
}

TEST_P(StoreContract, IfAbsentNeverReplaces) {
    ASSERT_TRUE(put("object", "first", {.if_absent = true}));
    EXPECT_EQ(code(put("object", "second", {.if_absent = true})), "conflict");
    EXPECT_EQ(get("object"), "first");
    ASSERT_TRUE(store_->remove(ctx_, key("object")));
    EXPECT_TRUE(put("object", "third", {.if_absent = true}));
}

TEST_P(StoreContract, RemoveIsIdempotent) {
    ASSERT_TRUE(put("object", "x"));
    EXPECT_TRUE(store_->remove(ctx_, key("object")));
    EXPECT_EQ(get("object"), "<not found>");
    EXPECT_TRUE(store_->remove(ctx_, key("object")));
    EXPECT_TRUE(store_->remove(ctx_, key("no/such/folder")));
}

TEST_P(StoreContract, RemovedFolderMakesRoomForAnObject) {
    ASSERT_TRUE(put("a/b/c", "x"));
    ASSERT_TRUE(store_->remove(ctx_, key("a/b/c")));
    EXPECT_TRUE(put("a", "y"));
    EXPECT_EQ(get("a"), "y");
}

TEST_P(StoreContract, RemoveManyReportsWhatRemains) {
    std::vector<ObjectKey> keys;
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(put("gone/" + std::to_string(i), "x"));
        keys.push_back(key("gone/" + std::to_string(i)));
    }
    ASSERT_TRUE(put("stays", "x"));
    keys.push_back(key("never was there"));
    const auto failures = store_->remove_many(ctx_, keys);
    ASSERT_TRUE(failures) << failures.error().message();
    EXPECT_TRUE(failures->empty());
    EXPECT_EQ(list(), std::vector<std::string>{"stays"});
    EXPECT_TRUE(store_->remove_many(ctx_, {})->empty());
}

TEST_P(StoreContract, CopyReplacesItsTarget) {
    ASSERT_TRUE(put("from", "text"));
    ASSERT_TRUE(put("to", "old"));
    ASSERT_TRUE(store_->copy(ctx_, key("from"), key("to")));
    ASSERT_TRUE(store_->copy(ctx_, key("from"), key("new/place")));
    EXPECT_EQ(get("from"), "text");
    EXPECT_EQ(get("to"), "text");
    EXPECT_EQ(get("new/place"), "text");
}

TEST_P(StoreContract, GetSmallStopsAtItsLimit) {
    ASSERT_TRUE(put("object", "12345"));
    EXPECT_EQ(*get_small(*store_, ctx_, key("object"), 5), "12345");
    EXPECT_EQ(code(get_small(*store_, ctx_, key("object"), 4)), "resource exhausted");
    EXPECT_EQ(code(get_small(*store_, ctx_, key("missing"), 4)), "not found");
}

TEST_P(StoreContract, AccessAndSyncSucceed) {
    EXPECT_TRUE(store_->check_access(ctx_));
    ASSERT_TRUE(put("object", "x"));
    EXPECT_TRUE(store_->sync(ctx_));
    EXPECT_FALSE(store_->describe().empty());
}

}  // namespace cofre::store::testing
