#pragma once

/// @file
/// The base of decorators: passes every call on.

#include "store/object_store.h"

namespace cofre::store {

/// Override what the decorator changes. `inner` must outlive it.
class ForwardingStore : public ObjectStore {
public:
    explicit ForwardingStore(ObjectStore& inner) : inner_(inner) {}

    std::string describe() const override { return inner_.describe(); }
    int useful_transfers() const override { return inner_.useful_transfers(); }
    Result<PutReceipt> put(const CallContext& ctx, const ObjectKey& key, const ByteSource& body,
                           const PutOptions& options) override {
        return inner_.put(ctx, key, body, options);
    }
    Result<std::unique_ptr<ObjectWriter>> create_writer(const CallContext& ctx, const ObjectKey& key,
                                                        const PutOptions& options) override {
        return inner_.create_writer(ctx, key, options);
    }
    Result<ObjectHead> get(const CallContext& ctx, const ObjectKey& key, ByteRange range,
                           const ByteSink& sink) override {
        return inner_.get(ctx, key, range, sink);
    }
    Result<ObjectHead> head(const CallContext& ctx, const ObjectKey& key) override { return inner_.head(ctx, key); }
    Status remove(const CallContext& ctx, const ObjectKey& key) override { return inner_.remove(ctx, key); }
    Result<std::vector<RemoveFailure>> remove_many(const CallContext& ctx, std::span<const ObjectKey> keys) override {
        return inner_.remove_many(ctx, keys);
    }
    Status copy(const CallContext& ctx, const ObjectKey& from, const ObjectKey& to) override {
        return inner_.copy(ctx, from, to);
    }
    Status list(const CallContext& ctx, const ListOptions& options, const Visitor& visit) override {
        return inner_.list(ctx, options, visit);
    }
    Status check_access(const CallContext& ctx) override { return inner_.check_access(ctx); }
    Status sync(const CallContext& ctx) override { return inner_.sync(ctx); }

protected:
    ObjectStore& inner() { return inner_; }

private:
    ObjectStore& inner_;
};

}  // namespace cofre::store
