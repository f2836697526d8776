#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "base/utf8.h"
#include "cli/app.h"
#include "cli/s3_location.h"

namespace cofre::cli {
namespace {

/// What one DeleteObjects request takes.
constexpr std::size_t kBatch = 1'000;

struct Removal {
    std::uint64_t removed = 0;
    std::uint64_t failed = 0;
};

Status remove_batch(const App& app, store::ObjectStore& store, std::vector<store::ObjectKey>& keys, bool dry_run,
                    Removal& total) {
    if (keys.empty()) return {};
    if (dry_run) {
        for (const auto& key : keys)
            app.console.print("would delete " + escape_for_display(key.str()));
        total.removed += keys.size();
        keys.clear();
        return {};
    }
    COFRE_ASSIGN(const auto failures, store.remove_many(app.ctx, keys));
    for (const auto& failure : failures) {
        app.console.error(Error(failure.error).context("delete " + escape_for_display(failure.key.str())));
    }
    total.removed += keys.size() - failures.size();
    total.failed += failures.size();
    keys.clear();
    return {};
}

Result<Removal> remove_version(const App& app, s3::S3Store& store, const S3RmOptions& options,
                               const std::string& path) {
    if (options.recursive) {
        return Error(ErrorCode::kInvalidArgument, "s3 rm: --version-id names one object, --recursive many");
    }
    COFRE_ASSIGN(const auto key, store::ObjectKey::parse(path));
    if (options.dry_run) {
        app.console.print("would delete version " + options.version_id + " of " + escape_for_display(path));
    } else {
        COFRE_TRY(store.object_admin().remove_version(app.ctx, key, options.version_id, options.bypass_governance));
    }
    return Removal{.removed = 1, .failed = 0};
}

Result<Removal> remove(const App& app, const S3RmOptions& options) {
    COFRE_ASSIGN(const auto place, parse_location(options.url.target));
    if (!place.bucket) {
        return Error(ErrorCode::kInvalidArgument, "s3 rm " + place.text + ": is not an s3:// URL")
            .with_hint("delete local files with rm(1)");
    }
    COFRE_ASSIGN(const auto open, open_bucket(app, *place.bucket, options.url));
    Removal total;
    std::vector<store::ObjectKey> keys;
    if (!options.version_id.empty()) return remove_version(app, *open.s3, options, place.path);
    if (!options.recursive) {
        COFRE_ASSIGN(auto key, store::ObjectKey::parse(place.path));
        // S3 deletes what is not there without a word; a typing error deserves one.
        const auto head = open.store->head(app.ctx, key);
        if (!head) return head.error();
        keys.push_back(std::move(key));
    } else {
        COFRE_TRY(open.store->list(app.ctx, {.prefix = place.path}, [&](const store::ObjectInfo& info) -> Status {
            keys.push_back(info.key);
            if (keys.size() < kBatch) return {};
            return remove_batch(app, *open.store, keys, options.dry_run, total);
        }));
    }
    COFRE_TRY(remove_batch(app, *open.store, keys, options.dry_run, total));
    return total;
}

Status presign(const App& app, const S3PresignOptions& options) {
    COFRE_ASSIGN(const auto place, parse_location(options.url.target));
    if (!place.bucket) return Error(ErrorCode::kInvalidArgument, "s3 presign " + place.text + ": is not an s3:// URL");
    COFRE_ASSIGN(const auto key, store::ObjectKey::parse(place.path));
    COFRE_ASSIGN(const auto lifetime, parse_duration(options.expires));
    COFRE_ASSIGN(const auto open, open_bucket(app, *place.bucket, options.url));
    COFRE_ASSIGN(const auto url, open.s3->presign(app.ctx, options.method, key,
                                                  std::chrono::duration_cast<std::chrono::seconds>(lifetime)));
    app.console.print(url);
    app.console.print_json(nlohmann::ordered_json({{"url", url}, {"method", options.method}}).dump());
    return {};
}

}  // namespace

int run_command(const App& app, const S3RmOptions& options) {
    const auto total = remove(app, options);
    if (!total) return fail(app, total.error());
    app.console.note(fmt::format("{} {} objects{}", options.dry_run ? "would delete" : "deleted",
                                 format_count(total->removed),
                                 total->failed > 0 ? fmt::format(", {} remain", format_count(total->failed)) : ""));
    app.console.print_json(
        nlohmann::ordered_json({{"deleted", total->removed}, {"failed", total->failed}, {"dry_run", options.dry_run}})
            .dump());
    if (total->failed == 0) return kExitDone;
    return total->removed == 0 ? kExitFatal : kExitPartial;
}

int run_command(const App& app, const S3PresignOptions& options) {
    const Status status = presign(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
