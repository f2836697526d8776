// Objects whose length is not known when they begin.

#include "base/encoding.h"
#include "store/testing/store_contract.h"

namespace cofre::store::testing {

TEST_P(StoreContract, WriterMakesAnObjectAtCommit) {
    auto writer = store_->create_writer(ctx_, key("object"), {.content_type = "text/plain"});
    ASSERT_TRUE(writer) << writer.error().message();
    for (const char* piece : {"hel", "", "lo"})
        ASSERT_TRUE((*writer)->append(ctx_, as_bytes(piece)));
    EXPECT_EQ(get("object"), "<not found>");
    EXPECT_EQ(list(), std::vector<std::string>());
    const auto receipt = (*writer)->commit(ctx_);
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(receipt->size, 5U);
    EXPECT_EQ(receipt->sha256, crypto::sha256("hello"));
    EXPECT_EQ(get("object"), "hello");
    const auto head = store_->head(ctx_, key("object"));
    EXPECT_EQ(receipt->etag, head->etag);
    if (GetParam().keeps_metadata) {
        EXPECT_EQ(head->content_type, "text/plain");
    }
}

TEST_P(StoreContract, WriterWithoutBytesMakesAnEmptyObject) {
    auto writer = store_->create_writer(ctx_, key("object"), {});
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->commit(ctx_));
    EXPECT_EQ(get("object"), "");
}

TEST_P(StoreContract, DestroyedWriterLeavesNothing) {
    {
        auto writer = store_->create_writer(ctx_, key("object"), {});
        ASSERT_TRUE(writer);
        ASSERT_TRUE((*writer)->append(ctx_, as_bytes("half")));
    }
    EXPECT_EQ(get("object"), "<not found>");
    EXPECT_EQ(list(), std::vector<std::string>());
}

TEST_P(StoreContract, DestroyedWriterKeepsTheOldObject) {
    ASSERT_TRUE(put("object", "old"));
    {
        auto writer = store_->create_writer(ctx_, key("object"), {});
        ASSERT_TRUE(writer);
        ASSERT_TRUE((*writer)->append(ctx_, as_bytes("new")));
        EXPECT_EQ(get("object"), "old");
    }
    EXPECT_EQ(get("object"), "old");
}

TEST_P(StoreContract, WriterReplacesAtCommit) {
    ASSERT_TRUE(put("object", "old"));
    auto writer = store_->create_writer(ctx_, key("object"), {});
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append(ctx_, as_bytes("new")));
    ASSERT_TRUE((*writer)->commit(ctx_));
    EXPECT_EQ(get("object"), "new");
}

TEST_P(StoreContract, WriterOfManyPartsKeepsTheirOrder) {
    auto writer = store_->create_writer(ctx_, key("object"), {});
    ASSERT_TRUE(writer);
    std::string text;
    for (int i = 0; text.size() < GetParam().large_bytes; ++i) {
        const std::string piece = std::to_string(i) + std::string(static_cast<std::size_t>(i % 9973), '.');
        ASSERT_TRUE((*writer)->append(ctx_, as_bytes(piece)));
        text += piece;
    }
    const auto receipt = (*writer)->commit(ctx_);
    ASSERT_TRUE(receipt) << receipt.error().message();
    EXPECT_EQ(receipt->size, text.size());
    EXPECT_EQ(receipt->sha256, crypto::sha256(std::string_view(text)));
    EXPECT_TRUE(get("object") == text);
}

TEST_P(StoreContract, WriterIfAbsentNeverReplaces) {
    const PutOptions options = {.if_absent = true};
    auto first = store_->create_writer(ctx_, key("object"), options);
    auto second = store_->create_writer(ctx_, key("object"), options);
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    ASSERT_TRUE((*first)->append(ctx_, as_bytes("first")));
    ASSERT_TRUE((*second)->append(ctx_, as_bytes("second")));
    ASSERT_TRUE((*first)->commit(ctx_));
    EXPECT_EQ(code((*second)->commit(ctx_)), "conflict");
    EXPECT_EQ(get("object"), "first");
}

TEST_P(StoreContract, WriterRefusesOtherBytesThanAnnounced) {
    PutOptions options;
    options.sha256 = crypto::sha256("announced");
    auto writer = store_->create_writer(ctx_, key("object"), options);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->append(ctx_, as_bytes("different")));
    EXPECT_EQ(code((*writer)->commit(ctx_)), "conflict");
    EXPECT_EQ(get("object"), "<not found>");
}

TEST_P(StoreContract, TwoWritersDoNotMix) {
    auto a = store_->create_writer(ctx_, key("a"), {});
    auto b = store_->create_writer(ctx_, key("b"), {});
    ASSERT_TRUE(a);
    ASSERT_TRUE(b);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE((*a)->append(ctx_, as_bytes("a")));
        ASSERT_TRUE((*b)->append(ctx_, as_bytes("bb")));
    }
    ASSERT_TRUE((*a)->commit(ctx_));
    ASSERT_TRUE((*b)->commit(ctx_));
    EXPECT_EQ(get("a"), std::string(10, 'a'));
    EXPECT_EQ(get("b"), std::string(20, 'b'));
}

}  // namespace cofre::store::testing
