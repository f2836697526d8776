#include "backup/store_proof.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <optional>
#include <utility>

#include "base/parallel.h"
#include "base/utf8.h"

namespace cofre::backup {
namespace {

using std::chrono::milliseconds;

constexpr int kHeadThreads = 8;
/// A listing that shows this many foreign objects is dearer than asking by name.
constexpr std::size_t kForeignAllowance = 4'000;
constexpr std::array<milliseconds, 4> kAppearanceWaits = {milliseconds(200), milliseconds(800), milliseconds(1500),
                                                          milliseconds(2500)};

Status compare(const ExpectedObject& want, std::uint64_t size, const std::string& etag) {
    if (size != want.size) {
        return Error(ErrorCode::kCorruption, "the store holds " + std::to_string(size) + " bytes of " +
                                                 escape_for_display(want.key.str()) + ", not the " +
                                                 std::to_string(want.size) + " that were sent")
            .with_hint("run again; if it happens again, do not trust this store with backups");
    }
    if (!want.etag.empty() && !etag.empty() && want.etag != etag) {
        return Error(ErrorCode::kConflict,
                     escape_for_display(want.key.str()) + " was replaced in the store by somebody else")
            .with_hint("give each job a prefix of its own");
    }
    return {};
}

Result<store::ObjectHead> head_when_visible(const CallContext& ctx, store::ObjectStore& store, Clock& clock,
                                            const store::ObjectKey& key) {
    for (std::size_t tries = 0;; ++tries) {
        auto head = store.head(ctx, key);
        if (head || head.error().code() != ErrorCode::kNotFound) return head;
        if (tries == kAppearanceWaits.size()) {
            return Error(ErrorCode::kNotFound, "the store does not have " + escape_for_display(key.str()));
        }
        COFRE_TRY(clock.sleep(ctx, kAppearanceWaits[tries]));
    }
}

/// A string that sorts before `key` with little between them.
std::string just_before(std::string key) {
    do {
        key.pop_back();
    } while (!key.empty() && !is_utf8(key));
    return key;
}

std::string common_prefix(const std::string& a, const std::string& b) {
    const auto [end, ignored] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    std::string prefix(a.begin(), end);
    while (!is_utf8(prefix))
        prefix.pop_back();
    return prefix;
}

/// One pass over the range of keys; fills `verdicts` for what it meets.
class RangeScan {
public:
    RangeScan(std::span<const ExpectedObject> expected, std::vector<std::optional<Status>>& verdicts)
        : expected_(expected), verdicts_(verdicts), order_(expected.size()) {
        std::iota(order_.begin(), order_.end(), std::size_t{0});
        std::sort(order_.begin(), order_.end(),
                  [&](std::size_t a, std::size_t b) { return expected_[a].key < expected_[b].key; });
    }

    Status run(const CallContext& ctx, store::ObjectStore& store) {
        const std::string& first = expected_[order_.front()].key.str();
        const std::string& last = expected_[order_.back()].key.str();
        const store::ListOptions range{.prefix = common_prefix(first, last), .start_after = just_before(first)};
        Status status = store.list(ctx, range, [this](const store::ObjectInfo& info) { return visit(info); });
        if (!status && !finished_) return status;
        return {};
    }

private:
    Status visit(const store::ObjectInfo& info) {
        while (next_ < order_.size() && expected_[order_[next_]].key < info.key)
            ++next_;
        bool matched = false;
        while (next_ < order_.size() && expected_[order_[next_]].key == info.key) {
            const std::size_t index = order_[next_++];
            verdicts_[index] = compare(expected_[index], info.size, info.etag);
            matched = true;
        }
        if (!matched) ++foreign_;
        finished_ = next_ == order_.size() || foreign_ > kForeignAllowance + order_.size();
        if (finished_) return Error(ErrorCode::kCancelled, "enough was listed");
        return {};
    }

    std::span<const ExpectedObject> expected_;
    std::vector<std::optional<Status>>& verdicts_;
    std::vector<std::size_t> order_;
    std::size_t next_ = 0;
    std::size_t foreign_ = 0;
    bool finished_ = false;
};

bool is_verdict(const Error& error) {
    return error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kCorruption ||
           error.code() == ErrorCode::kConflict;
}

}  // namespace

Result<std::vector<Status>> prove_listed(const CallContext& ctx, store::ObjectStore& store, Clock& clock,
                                         std::span<const ExpectedObject> expected) {
    std::vector<std::optional<Status>> verdicts(expected.size());
    if (!expected.empty()) COFRE_TRY(RangeScan(expected, verdicts).run(ctx, store));

    // A listing may be older than the objects: what it lacks or shows with
    // another size is asked for by name before it counts as wrong.
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        if (!verdicts[i] || !*verdicts[i]) open.push_back(i);
    }
    COFRE_TRY(parallel_for(ctx, open.size(), kHeadThreads, [&](const CallContext& inner, std::size_t n) -> Status {
        const std::size_t index = open[n];
        auto head = head_when_visible(inner, store, clock, expected[index].key);
        if (!head && !is_verdict(head.error())) return std::move(head).error();
        verdicts[index] = head ? compare(expected[index], head->size, head->etag) : Status(std::move(head).error());
        return {};
    }));

    std::vector<Status> result;
    result.reserve(verdicts.size());
    for (auto& verdict : verdicts)
        result.push_back(*std::move(verdict));
    return result;
}

Result<objects::Proof> prove_object(const CallContext& ctx, store::ObjectStore& store, Clock& clock,
                                    const objects::StoredObject& stored, ReadBack read_back) {
    COFRE_ASSIGN(const auto key, store::ObjectKey::parse(stored.key));
    COFRE_ASSIGN(const auto head, head_when_visible(ctx, store, clock, key));
    COFRE_TRY(compare({key, stored.size, stored.etag}, head.size, head.etag));
    const auto differs = [&] {
        return Error(ErrorCode::kCorruption,
                     "the store's copy of " + escape_for_display(stored.key) + " differs from what was sent");
    };
    if (head.sha256) {
        if (*head.sha256 != stored.sha256) return differs();
        return objects::Proof::kChecksum;
    }
    if (read_back == ReadBack::kNever) return objects::Proof::kSize;
    crypto::Sha256 hash;
    COFRE_TRY(store.get(ctx, key, {}, [&](std::span<const std::byte> bytes) -> Status {
        hash.update(bytes);
        return {};
    }));
    if (hash.finish() != stored.sha256) return differs();
    return objects::Proof::kReadBack;
}

}  // namespace cofre::backup
