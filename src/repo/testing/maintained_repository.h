#pragma once

/// @file
/// Snapshots in a repository in memory, and a store that dies on command.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "repo/snapshot.h"
#include "repo/testing/memory_repository.h"
#include "store/forwarding_store.h"

namespace cofre::repo::testing {

/// Dies at a write: that call and every later one fail, as if the process had
/// been killed. A removal of many dies after the first half.
class DyingStore final : public store::ForwardingStore {
public:
    /// `after`: the fatal write is done, only its answer is lost.
    DyingStore(store::ObjectStore& inner, std::uint64_t dies_at, bool after)
        : ForwardingStore(inner), dies_at_(dies_at), after_(after) {}

    Result<store::PutReceipt> put(const CallContext& ctx, const store::ObjectKey& key, const ByteSource& body,
                                  const store::PutOptions& options) override;
    Result<store::ObjectHead> get(const CallContext& ctx, const store::ObjectKey& key, store::ByteRange range,
                                  const ByteSink& sink) override;
    Status remove(const CallContext& ctx, const store::ObjectKey& key) override;
    Result<std::vector<store::RemoveFailure>> remove_many(const CallContext& ctx,
                                                          std::span<const store::ObjectKey> keys) override;
    Status list(const CallContext& ctx, const store::ListOptions& options, const Visitor& visit) override;

    std::uint64_t writes() const {
        return state_.with([](const State& state) { return state.writes; });
    }
    bool is_dead() const {
        return state_.with([](const State& state) { return state.is_dead; });
    }

private:
    struct State {
        std::uint64_t writes = 0;
        bool is_dead = false;
    };
    enum class Fate : std::uint8_t { kLive, kDying, kDead };
    Fate next_write();

    std::uint64_t dies_at_;
    bool after_;
    Guarded<State> state_;
};

class MaintainedRepository : public MemoryRepository {
protected:
    using Files = std::map<std::string, std::string>;

    struct Kept {
        Id id;
        Files files;
    };

    /// One folder "d" below the root, with these files, each one blob.
    Kept save_snapshot(Repository& repo, const Files& files, int hour = 0, const std::string& host = "here");
    /// Empty if the snapshot gives back what went in; else what is wrong.
    std::string judge(Repository& repo, const Kept& kept);

    void clear_store();
    /// What is left by an interrupted run must not need a person.
    void outlive_locks() { clock_.advance(std::chrono::minutes(40)); }
};

}  // namespace cofre::repo::testing
