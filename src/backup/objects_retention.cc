#include "backup/objects_retention.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "backup/proof_record.h"
#include "backup/run_lock.h"
#include "base/log.h"
#include "dump/database_address.h"
#include "objects/manifest_reader.h"

namespace cofre::backup {
namespace {

/// A backup of less than half of the usual size is more likely a fault than an
/// improvement: nothing is removed until a person has looked, or the next one is
/// of the usual size.
constexpr std::uint64_t kCollapseFactor = 2;
constexpr std::size_t kUsualOf = 3;
constexpr std::size_t kRemoveBatch = 1'000;
/// A century; more would not fit into nanoseconds.
constexpr int kMaxDays = 36'500;

/// The median of up to kUsualOf good backups before the newest; 0: there are fewer.
std::uint64_t usual_bytes(const std::vector<BackupFacts>& backups) {
    std::vector<std::uint64_t> sizes;
    for (auto one = backups.rbegin() + 1; one != backups.rend() && sizes.size() < kUsualOf; ++one) {
        if (one->good) sizes.push_back(one->bytes);
    }
    if (sizes.size() < kUsualOf) return 0;
    std::sort(sizes.begin(), sizes.end());
    return sizes[sizes.size() / 2];
}

std::string why_frozen(const std::vector<BackupFacts>& backups) {
    if (backups.empty()) return "there is no backup";
    const auto& newest = backups.back();
    if (!newest.good) return "the newest backup is not good: older ones may still be needed";
    if (newest.bytes * kCollapseFactor < usual_bytes(backups)) {
        return "the newest backup is less than half as large as those before it";
    }
    return {};
}

/// Whether two backups are of the same things, and not only of the same name.
bool is_same_work(const objects::ManifestHeader& one, const objects::ManifestHeader& other) {
    if (one.sources != other.sources || one.prefix != other.prefix) return false;
    // Where a database is dumped from does not matter: containers change their names.
    const bool only_databases = std::all_of(one.sources.begin(), one.sources.end(),
                                            [](const auto& source) { return dump::is_database_url(source); });
    return only_databases || one.host == other.host;
}

/// Those whose newest proof found damage.
Result<std::set<std::string>> damaged_snapshots(const CallContext& ctx, store::ObjectStore& store,
                                                const std::string& prefix) {
    std::vector<std::string> unreadable;
    COFRE_ASSIGN(const auto proofs, load_proofs(ctx, store, prefix, unreadable));
    std::set<std::string> damaged;
    for (const auto& proof : proofs) {
        if (proof.is_good()) {
            damaged.erase(proof.snapshot_id);
        } else {
            damaged.insert(proof.snapshot_id);
        }
    }
    return damaged;
}

/// Deletes snapshots, and objects that nobody else needs.
class SnapshotRemoval {
public:
    SnapshotRemoval(const CallContext& ctx, store::ObjectStore& store, const ObjectsRetention& rules,
                    RetentionOutcome& outcome)
        : ctx_(ctx), store_(store), rules_(rules), outcome_(outcome) {}

    Status run(const std::vector<objects::SnapshotRef>& all) {
        std::set<std::string> going;
        for (const auto& decision : outcome_.decisions) {
            if (!decision.keep) going.insert(decision.snapshot.key.str());
        }
        if (going.empty()) return {};
        for (const auto& snapshot : all) {
            if (going.count(snapshot.key.str()) == 0) continue;
            COFRE_TRY(for_each_key(snapshot, [&](const std::string& key) { keys_.insert(key); }));
        }
        for (const auto& snapshot : all) {
            if (going.count(snapshot.key.str()) != 0) continue;
            COFRE_TRY(for_each_key(snapshot, [&](const std::string& key) { keys_.erase(key); }));
        }
        for (const auto& snapshot : all) {
            if (going.count(snapshot.key.str()) == 0) continue;
            COFRE_TRY(store_.remove(ctx_, snapshot.key));
            log_info("retention", "backup " + snapshot.id + " of job " + rules_.job + " is removed");
            ++outcome_.removed;
        }
        return remove_objects();
    }

private:
    template <typename Visit>
    Status for_each_key(const objects::SnapshotRef& snapshot, Visit visit) {
        COFRE_ASSIGN(auto reader, objects::ManifestReader::open(store_, ctx_, snapshot.key, rules_.temp_folder));
        for (;;) {
            COFRE_ASSIGN(const auto entry, reader.next());
            if (!entry) return {};
            if (entry->type == objects::EntryType::kFile) visit(entry->stored.key);
        }
    }

    Status remove_objects() {
        std::vector<store::ObjectKey> batch;
        for (auto key = keys_.begin(); key != keys_.end();) {
            COFRE_ASSIGN(auto parsed, store::ObjectKey::parse(*key));
            batch.push_back(std::move(parsed));
            if (++key != keys_.end() && batch.size() < kRemoveBatch) continue;
            COFRE_ASSIGN(const auto failures, store_.remove_many(ctx_, batch));
            outcome_.objects_removed += batch.size() - failures.size();
            for (const auto& failure : failures)
                outcome_.warnings.push_back(failure.key.str() + " remains: " + failure.error.message());
            batch.clear();
        }
        return {};
    }

    const CallContext& ctx_;
    store::ObjectStore& store_;
    const ObjectsRetention& rules_;
    RetentionOutcome& outcome_;
    std::set<std::string> keys_;
};

}  // namespace

RetentionOutcome decide_retention(const ObjectsRetention& rules, const std::vector<BackupFacts>& backups,
                                  WallTime now) {
    RetentionOutcome outcome;
    outcome.frozen = why_frozen(backups);
    const auto limit = now - std::chrono::hours(24) * std::clamp(rules.days, 1, kMaxDays);
    int good = 0;
    for (auto one = backups.rbegin(); one != backups.rend(); ++one) {
        RetentionDecision decision{.snapshot = one->snapshot, .keep = true, .reason = {}};
        good += one->good ? 1 : 0;
        if (!outcome.frozen.empty()) {
            decision.reason = "nothing is removed now";
        } else if (one->snapshot.time > limit) {
            decision.reason = "younger than " + std::to_string(rules.days) + " days";
        } else if (one->good && good <= rules.keep_min_good) {
            decision.reason = "one of the newest " + std::to_string(rules.keep_min_good) + " good ones";
        } else {
            decision.keep = false;
            decision.reason = "older than " + std::to_string(rules.days) + " days";
        }
        outcome.decisions.push_back(std::move(decision));
    }
    std::reverse(outcome.decisions.begin(), outcome.decisions.end());
    return outcome;
}

Result<RetentionOutcome> apply_retention(const CallContext& ctx, const ObjectsRetention& rules,
                                         store::ObjectStore& store, Clock& clock) {
    COFRE_ASSIGN(const auto all, objects::list_snapshots(store, ctx, rules.prefix));
    COFRE_ASSIGN(const auto damaged, damaged_snapshots(ctx, store, rules.prefix));
    std::vector<BackupFacts> backups;
    std::optional<objects::ManifestHeader> newest;
    for (auto snapshot = all.rbegin(); snapshot != all.rend(); ++snapshot) {
        if (snapshot->job != file_name_of_job(rules.job)) continue;
        COFRE_ASSIGN(auto header, objects::read_header(store, ctx, snapshot->key));
        if (newest && !is_same_work(*newest, header)) continue;
        const bool is_good = header.exit_status == 0 && damaged.count(header.id) == 0;
        backups.push_back({*snapshot, is_good, header.summary.bytes});
        if (!newest) newest = std::move(header);
    }
    std::reverse(backups.begin(), backups.end());
    auto outcome = decide_retention(rules, backups, clock.wall_now());
    if (!rules.dry_run) COFRE_TRY(SnapshotRemoval(ctx, store, rules, outcome).run(all));
    return outcome;
}

}  // namespace cofre::backup
