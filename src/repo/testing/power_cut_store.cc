#include "repo/testing/power_cut_store.h"

#include <random>

#include <gtest/gtest.h>

#include "base/byte_source.h"

namespace cofre::repo::testing {
namespace {

constexpr std::size_t kLargestTestObject = 64U << 20U;

std::string torn(std::string bytes, std::mt19937_64& random) {
    const std::size_t kept = bytes.empty() || random() % 2 == 0 ? 0 : random() % bytes.size();
    if (random() % 2 == 0) return bytes.substr(0, kept);
    bytes.replace(kept, std::string::npos, bytes.size() - kept, '\0');
    return bytes;
}

}  // namespace

PowerCutStore::State PowerCutStore::now(const CallContext& ctx, const store::ObjectKey& key) {
    auto bytes = store::get_small(inner(), ctx, key, kLargestTestObject);
    return {bytes ? std::optional(*std::move(bytes)) : std::nullopt, false};
}

void PowerCutStore::note_before(const CallContext& ctx, const store::ObjectKey& key) {
    const State before = now(ctx, key);
    journal_.with([&](Journal& journal) {
        auto& states = journal.keys[key.str()];
        if (states.empty()) states.push_back(before);
    });
}

Result<store::PutReceipt> PowerCutStore::put(const CallContext& ctx, const store::ObjectKey& key,
                                             const ByteSource& body, const store::PutOptions& options) {
    note_before(ctx, key);
    auto stored = ForwardingStore::put(ctx, key, body, options);
    if (!stored) return stored;
    State after = now(ctx, key);
    after.may_tear = !options.power_safe;
    journal_.with([&](Journal& journal) { journal.keys[key.str()].push_back(std::move(after)); });
    return stored;
}

Status PowerCutStore::remove(const CallContext& ctx, const store::ObjectKey& key) {
    note_before(ctx, key);
    COFRE_TRY(ForwardingStore::remove(ctx, key));
    journal_.with([&](Journal& journal) { journal.keys[key.str()].push_back({}); });
    return {};
}

Result<std::vector<store::RemoveFailure>> PowerCutStore::remove_many(const CallContext& ctx,
                                                                     std::span<const store::ObjectKey> keys) {
    for (const auto& key : keys)
        COFRE_TRY(remove(ctx, key));
    return std::vector<store::RemoveFailure>();
}

Status PowerCutStore::sync(const CallContext& ctx) {
    COFRE_TRY(ForwardingStore::sync(ctx));
    journal_.with([](Journal& journal) { journal.keys.clear(); });
    return {};
}

void PowerCutStore::cut_power(std::uint64_t seed) {
    std::mt19937_64 random(seed);
    journal_.with([&](Journal& journal) {
        for (auto& [text, states] : journal.keys) {
            const auto key = *store::ObjectKey::parse(text);
            State& left = states[random() % states.size()];
            if (!left.bytes) {
                EXPECT_TRUE(inner().remove({}, key));
                continue;
            }
            if (left.may_tear && random() % 2 == 0) {
                left.bytes = torn(*std::move(left.bytes), random);
                ++journal.torn;
            }
            EXPECT_TRUE(inner().put({}, key, SpanSource(*left.bytes), {}));
        }
        journal.keys.clear();
    });
}

}  // namespace cofre::repo::testing
