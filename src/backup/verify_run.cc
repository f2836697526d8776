#include "backup/verify_run.h"

#include <utility>

#include "backup/object_download.h"
#include "backup/store_proof.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/utf8.h"
#include "objects/manifest_reader.h"

namespace cofre::backup {
namespace {

constexpr std::size_t kBatch = 1'000;

class VerifyRun {
public:
    VerifyRun(const VerifyPlan& plan, store::ObjectStore& store, Clock& clock, Progress& progress,
              objects::ManifestReader& reader)
        : plan_(plan), store_(store), clock_(clock), progress_(progress), reader_(reader) {
        progress_.files_found = reader.header().summary.files;
        progress_.bytes_found = reader.header().summary.bytes;
        progress_.found_all = true;
    }

    Result<VerifyOutcome> run(const CallContext& ctx) {
        for (;;) {
            COFRE_ASSIGN(const auto batch, next_batch());
            if (batch.empty()) break;
            COFRE_TRY(plan_.level == VerifyLevel::kList ? list_batch(ctx, batch) : read_batch(ctx, batch));
        }
        return outcome_.with([](VerifyOutcome& out) { return std::move(out); });
    }

private:
    Result<std::vector<objects::ManifestEntry>> next_batch() {
        std::vector<objects::ManifestEntry> batch;
        while (batch.size() < kBatch) {
            COFRE_ASSIGN(auto entry, reader_.next());
            if (!entry) break;
            if (entry->type == objects::EntryType::kFile) batch.push_back(*std::move(entry));
        }
        return batch;
    }

    Status list_batch(const CallContext& ctx, const std::vector<objects::ManifestEntry>& batch) {
        std::vector<ExpectedObject> expected;
        for (const auto& entry : batch) {
            COFRE_ASSIGN(auto key, store::ObjectKey::parse(entry.stored.key));
            expected.push_back({std::move(key), entry.stored.size, entry.stored.etag});
        }
        COFRE_ASSIGN(const auto verdicts, prove_listed(ctx, store_, clock_, expected));
        for (std::size_t i = 0; i < batch.size(); ++i) {
            COFRE_TRY(settle(batch[i], verdicts[i]));
            progress_.bytes_done.fetch_add(batch[i].size);
        }
        return {};
    }

    Status read_batch(const CallContext& ctx, const std::vector<objects::ManifestEntry>& batch) {
        return parallel_for(ctx, batch.size(), plan_.concurrency, [&](const CallContext& inner, std::size_t i) {
            const ByteSink count = [&](std::span<const std::byte> bytes) -> Status {
                progress_.bytes_done.fetch_add(bytes.size());
                return {};
            };
            return settle(batch[i], download_stream(inner, store_, batch[i], count));
        });
    }

    Status settle(const objects::ManifestEntry& entry, const Status& verdict) {
        progress_.files_done.fetch_add(1);
        if (verdict) {
            outcome_.with([&](VerifyOutcome& out) {
                ++out.files;
                out.bytes += entry.size;
            });
            return {};
        }
        switch (verdict.error().code()) {
            case ErrorCode::kNotFound:
            case ErrorCode::kConflict:
            case ErrorCode::kCorruption: break;
            default: return Error(verdict.error()).context("verify " + escape_for_display(entry.path));
        }
        progress_.problems.fetch_add(1);
        log_warning("verify", escape_for_display(entry.path) + ": " + verdict.error().message());
        outcome_.with([&](VerifyOutcome& out) { out.add_problem(entry.path, verdict.error().message()); });
        return {};
    }

    const VerifyPlan& plan_;
    store::ObjectStore& store_;
    Clock& clock_;
    Progress& progress_;
    objects::ManifestReader& reader_;
    Guarded<VerifyOutcome> outcome_;
};

}  // namespace

void VerifyOutcome::add_problem(const std::string& path, const std::string& message) {
    ++problem_count;
    if (problems.size() < BackupOutcome::kMaxProblems) problems.push_back({path, message});
}

Result<VerifyLevel> parse_verify_level(std::string_view text) {
    if (text == "list") return VerifyLevel::kList;
    if (text == "read") return VerifyLevel::kRead;
    if (text == "semantic" || text == "parsed") return VerifyLevel::kParsed;
    if (text == "restore" || text == "restored") return VerifyLevel::kRestored;
    return Error(ErrorCode::kInvalidArgument,
                 "level \"" + std::string(text) + "\" is not one of list, read, semantic, restore");
}

std::string_view to_string(VerifyLevel level) {
    switch (level) {
        case VerifyLevel::kList: return "list";
        case VerifyLevel::kRead: return "read";
        case VerifyLevel::kParsed: return "semantic";
        case VerifyLevel::kRestored: return "restore";
    }
    return "unknown";
}

Result<VerifyOutcome> run_verify(const CallContext& ctx, const VerifyPlan& plan, store::ObjectStore& store,
                                 Clock& clock, Progress& progress) {
    const auto began = clock.now();
    COFRE_ASSIGN(const auto snapshot, objects::find_snapshot(store, ctx, plan.prefix, plan.snapshot, plan.job));
    COFRE_ASSIGN(auto reader, objects::ManifestReader::open(store, ctx, snapshot.key, plan.temp_folder));
    COFRE_ASSIGN(auto outcome, VerifyRun(plan, store, clock, progress, reader).run(ctx));
    outcome.snapshot = reader.header();
    outcome.level = plan.level;
    outcome.proven_at = clock.wall_now();
    outcome.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock.now() - began);
    return outcome;
}

}  // namespace cofre::backup
