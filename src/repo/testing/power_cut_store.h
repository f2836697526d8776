#pragma once

/// @file
/// A store that loses its power: what was not synced may be gone or torn.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "store/forwarding_store.h"

namespace cofre::repo::testing {

/// Does to its inner store what a power cut does to a folder of files on a
/// disk: each change of a name since the last sync() is there or not, in any
/// order, and the content of a file that nobody synced may be cut or zeros.
/// Thread-safe.
class PowerCutStore final : public store::ForwardingStore {
public:
    using ForwardingStore::ForwardingStore;

    Result<store::PutReceipt> put(const CallContext& ctx, const store::ObjectKey& key, const ByteSource& body,
                                  const store::PutOptions& options) override;
    Status remove(const CallContext& ctx, const store::ObjectKey& key) override;
    Result<std::vector<store::RemoveFailure>> remove_many(const CallContext& ctx,
                                                          std::span<const store::ObjectKey> keys) override;
    Status sync(const CallContext& ctx) override;

    /// The same seed does the same to the same journal.
    void cut_power(std::uint64_t seed);
    std::size_t torn_objects() const {
        return journal_.with([](const Journal& journal) { return journal.torn; });
    }

private:
    struct State {
        std::optional<std::string> bytes;  // Absent: there was no such object.
        bool may_tear = false;
    };
    struct Journal {
        std::map<std::string, std::vector<State>> keys;  // First what is durable, then each change.
        std::size_t torn = 0;
    };
    State now(const CallContext& ctx, const store::ObjectKey& key);
    void note_before(const CallContext& ctx, const store::ObjectKey& key);

    Guarded<Journal> journal_;
};

}  // namespace cofre::repo::testing
