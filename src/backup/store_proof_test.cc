#include "backup/store_proof.h"

#include <gtest/gtest.h>

#include "backup/testing/backup_fixture.h"
#include "store/forwarding_store.h"

namespace cofre::backup {
namespace {

/// Counts requests; can hide an object for a while and lose a listing.
class SlowToShow final : public store::ForwardingStore {
public:
    using ForwardingStore::ForwardingStore;
    Result<store::ObjectHead> head(const CallContext& ctx, const store::ObjectKey& key) override {
        ++heads;
        if (heads <= hidden_heads) return Error(ErrorCode::kNotFound, "not yet");
        return ForwardingStore::head(ctx, key);
    }
    Status list(const CallContext& ctx, const store::ListOptions& options, const Visitor& visit) override {
        ++lists;
        if (fail_lists) return Error(ErrorCode::kUnavailable, "listing lost");
        return ForwardingStore::list(ctx, options, [&](const store::ObjectInfo& info) -> Status {
            if (hidden_heads > 0) return {};
            return visit(info);
        });
    }
    int heads = 0;
    int lists = 0;
    int hidden_heads = 0;
    bool fail_lists = false;
};

class ProveListed : public testing::BackupFixture {
protected:
    ExpectedObject put(const std::string& name, const std::string& text) {
        auto key = *store::ObjectKey::parse(name);
        const auto receipt = store_.put({}, key, SpanSource(text), {});
        EXPECT_TRUE(receipt);
        return {key, receipt->size, receipt->etag};
    }
};

TEST_F(ProveListed, ManyObjectsNeedOneListing) {
    std::vector<ExpectedObject> expected;
    for (int i = 0; i < 300; ++i)
        expected.push_back(put("p/" + std::to_string(i), "x"));
    SlowToShow store(store_);
    const auto verdicts = prove_listed({}, store, clock_, expected);
    ASSERT_TRUE(verdicts);
    for (const auto& verdict : *verdicts)
        EXPECT_TRUE(verdict);
    EXPECT_EQ(store.lists, 1);
    EXPECT_EQ(store.heads, 0);
}

TEST_F(ProveListed, SaysWhatIsWrongWithEach) {
    std::vector<ExpectedObject> expected = {put("a", "1"), put("b", "2"), put("c", "3")};
    expected[0].size = 7;
    expected[1].etag = "someone-else";
    ASSERT_TRUE(store_.remove({}, expected[2].key));
    const auto verdicts = prove_listed({}, store_, clock_, expected);
    ASSERT_TRUE(verdicts);
    EXPECT_EQ((*verdicts)[0].error().code(), ErrorCode::kCorruption);
    EXPECT_EQ((*verdicts)[1].error().code(), ErrorCode::kConflict);
    EXPECT_EQ((*verdicts)[2].error().code(), ErrorCode::kNotFound);
}

// Fault row F20: a store that shows an object a moment after taking it.
TEST_F(ProveListed, F20LateAppearanceIsWaitedFor) {
    const std::vector<ExpectedObject> expected = {put("a", "1")};
    SlowToShow store(store_);
    store.hidden_heads = 3;
    const auto verdicts = prove_listed({}, store, clock_, expected);
    ASSERT_TRUE(verdicts);
    EXPECT_TRUE((*verdicts)[0]);
    EXPECT_GT(clock_.passed().count(), 0);
}

TEST_F(ProveListed, F20NeverAppearingIsAClearFailure) {
    const std::vector<ExpectedObject> expected = {put("a", "1")};
    SlowToShow store(store_);
    store.hidden_heads = 1000;
    const auto verdicts = prove_listed({}, store, clock_, expected);
    ASSERT_TRUE(verdicts);
    EXPECT_EQ((*verdicts)[0].error().code(), ErrorCode::kNotFound);
}

TEST_F(ProveListed, F18AFailedListingIsAnErrorAndNotAnEmptyOne) {
    const std::vector<ExpectedObject> expected = {put("a", "1")};
    SlowToShow store(store_);
    store.fail_lists = true;
    EXPECT_EQ(prove_listed({}, store, clock_, expected).error().code(), ErrorCode::kUnavailable);
}

TEST_F(ProveListed, AskedByNameWhereForeignObjectsCrowdTheListing) {
    std::vector<ExpectedObject> expected = {put("a", "1"), put("z", "1")};
    for (int i = 0; i < 5'000; ++i)
        put("m/" + std::to_string(i), "");
    SlowToShow store(store_);
    const auto verdicts = prove_listed({}, store, clock_, expected);
    ASSERT_TRUE(verdicts);
    EXPECT_TRUE((*verdicts)[1]);
    EXPECT_EQ(store.heads, 1);
}

TEST_F(ProveListed, ReadBackFindsOtherBytesOfTheSameSize) {
    const auto object = put("a", "1");
    objects::StoredObject stored{.key = "a", .size = 1, .sha256 = crypto::sha256("1")};
    const auto proof = prove_object({}, store_, clock_, stored, ReadBack::kUnlessChecksum);
    ASSERT_TRUE(proof);
    EXPECT_TRUE(*proof == objects::Proof::kReadBack || *proof == objects::Proof::kChecksum);
    stored.sha256 = crypto::sha256("2");
    EXPECT_EQ(prove_object({}, store_, clock_, stored, ReadBack::kUnlessChecksum).error().code(),
              ErrorCode::kCorruption);
}

}  // namespace
}  // namespace cofre::backup
