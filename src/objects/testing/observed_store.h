#pragma once

/// @file
/// A store in memory that tells how much was read, and fails on demand.

#include <string>

#include "base/byte_source.h"
#include "store/forwarding_store.h"
#include "store/memory_store.h"

namespace cofre::objects {

class ObservedStore final : public store::ForwardingStore {
public:
    ObservedStore() : ForwardingStore(memory_) {}

    std::uint64_t bytes_read = 0;
    bool listing_breaks_off = false;

    /// True if it was stored.
    bool fill(const std::string& key, std::string_view text) {
        return put({}, *store::ObjectKey::parse(key), SpanSource(text), {}).has_value();
    }

    Result<store::ObjectHead> get(const CallContext& ctx, const store::ObjectKey& key, store::ByteRange range,
                                  const ByteSink& sink) override {
        return memory_.get(ctx, key, range, [&](std::span<const std::byte> bytes) {
            bytes_read += bytes.size();
            return sink(bytes);
        });
    }
    Status list(const CallContext& ctx, const store::ListOptions& options, const Visitor& visit) override {
        COFRE_TRY(memory_.list(ctx, options, visit));
        if (listing_breaks_off) return Error(ErrorCode::kUnavailable, "the second page cannot be read");
        return {};
    }

private:
    store::MemoryStore memory_;
};

}  // namespace cofre::objects
