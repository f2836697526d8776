#pragma once

/// @file
/// Objects in a map: the reference implementation, for tests.

#include <map>
#include <string>

#include "base/guarded.h"
#include "store/object_store.h"

namespace cofre::store {

/// Holds every object in memory. Pages of a listing are snapshots, as in S3.
class MemoryStore final : public ObjectStore {
public:
    std::string describe() const override { return "memory://"; }
    int useful_transfers() const override { return 1; }
    Result<PutReceipt> put(const CallContext& ctx, const ObjectKey& key, const ByteSource& body,
                           const PutOptions& options) override;
    Result<std::unique_ptr<ObjectWriter>> create_writer(const CallContext& ctx, const ObjectKey& key,
                                                        const PutOptions& options) override;
    Result<ObjectHead> get(const CallContext& ctx, const ObjectKey& key, ByteRange range,
                           const ByteSink& sink) override;
    Result<ObjectHead> head(const CallContext& ctx, const ObjectKey& key) override;
    Status remove(const CallContext& ctx, const ObjectKey& key) override;
    Result<std::vector<RemoveFailure>> remove_many(const CallContext& ctx, std::span<const ObjectKey> keys) override;
    Status copy(const CallContext& ctx, const ObjectKey& from, const ObjectKey& to) override;
    Status list(const CallContext& ctx, const ListOptions& options, const Visitor& visit) override;
    Status check_access(const CallContext& ctx) override;
    Status sync(const CallContext& ctx) override;

private:
    struct Object {
        std::string body;
        ObjectHead head;
    };
    using Objects = std::map<std::string, Object>;
    Guarded<Objects> objects_;
};

}  // namespace cofre::store
