#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/app.h"
#include "cli/s3_location.h"
#include "store/local_store.h"

namespace cofre::cli {
namespace {

using Json = nlohmann::ordered_json;

class Listing {
public:
    explicit Listing(const Console& console) : console_(console) {}

    Status object(const store::ObjectInfo& info) {
        ++objects_;
        bytes_ += info.size;
        if (console_.json()) {
            const Json out = {{"key", info.key.str()},
                              {"size", info.size},
                              {"etag", info.etag},
                              {"last_modified", format_rfc3339(info.last_modified)}};
            console_.print_json(out.dump(-1, ' ', false, Json::error_handler_t::replace));
            return {};
        }
        const auto time = format_rfc3339(std::chrono::floor<std::chrono::seconds>(info.last_modified));
        console_.print(fmt::format("{:<20} {:>14}  {}", time, info.size, escape_for_display(info.key.str())));
        return {};
    }

    Status folder(const std::string& prefix) {
        if (console_.json()) {
            console_.print_json(Json({{"prefix", prefix}}).dump(-1, ' ', false, Json::error_handler_t::replace));
        } else {
            console_.print(fmt::format("{:<20} {:>14}  {}", "", "PRE", escape_for_display(prefix)));
        }
        return {};
    }

    void finish() const { console_.note(fmt::format("{} objects, {}", format_count(objects_), format_bytes(bytes_))); }

private:
    const Console& console_;
    std::uint64_t objects_ = 0;
    std::uint64_t bytes_ = 0;
};

Status list(const App& app, const S3LsOptions& options) {
    COFRE_ASSIGN(const auto place, parse_location(options.url.target));
    std::unique_ptr<store::ObjectStore> store;
    std::string prefix;
    if (place.bucket) {
        COFRE_ASSIGN(auto open, open_bucket(app, *place.bucket, options.url));
        store = std::move(open.store);
        prefix = place.path;
    } else {
        COFRE_TRY(configure_default_log(app));
        COFRE_ASSIGN(store, store::LocalStore::open(place.path, store::LocalStore::Missing::kFail));
    }
    Listing listing(app.console);
    store::ListOptions range{.prefix = prefix};
    if (!options.recursive) range.delimiter = '/';
    range.on_common_prefix = [&](const std::string& folder) { return listing.folder(folder); };
    COFRE_TRY(store->list(app.ctx, range, [&](const store::ObjectInfo& info) { return listing.object(info); }));
    listing.finish();
    return {};
}

}  // namespace

int run_command(const App& app, const S3LsOptions& options) {
    const Status status = list(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
