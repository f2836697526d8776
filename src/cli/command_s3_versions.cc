#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "base/utf8.h"
#include "cli/app.h"
#include "cli/s3_location.h"

namespace cofre::cli {
namespace {

using Json = nlohmann::ordered_json;

void print_version(const Console& console, const s3::VersionInfo& version) {
    if (console.json()) {
        console.print_json(Json({{"key", version.key.str()},
                                 {"version_id", version.version_id},
                                 {"is_latest", version.is_latest},
                                 {"is_delete_marker", version.is_delete_marker},
                                 {"size", version.size},
                                 {"etag", version.etag},
                                 {"storage_class", version.storage_class},
                                 {"last_modified", format_rfc3339(version.last_modified)}})
                               .dump(-1, ' ', false, Json::error_handler_t::replace));
        return;
    }
    const auto time = format_rfc3339(std::chrono::floor<std::chrono::seconds>(version.last_modified));
    const std::string size = version.is_delete_marker ? "deleted" : std::to_string(version.size);
    console.print(fmt::format("{:<20} {:>14} {} {:<34} {}", time, size, version.is_latest ? '*' : ' ',
                              version.version_id, escape_for_display(version.key.str())));
}

Status list_versions(const App& app, const S3VersionsOptions& options) {
    COFRE_ASSIGN(const auto place, parse_location(options.url.target));
    if (!place.bucket) {
        return Error(ErrorCode::kInvalidArgument, "s3 versions " + place.text + ": is not an s3:// URL");
    }
    COFRE_ASSIGN(const auto open, open_bucket(app, *place.bucket, options.url));
    std::uint64_t versions = 0;
    std::uint64_t old_bytes = 0;
    const auto visit = [&](const s3::VersionInfo& version) -> Status {
        ++versions;
        if (!version.is_latest) old_bytes += version.size;
        print_version(app.console, version);
        return {};
    };
    COFRE_TRY(open.s3->object_admin().list_versions(app.ctx, place.path, visit));
    app.console.note(fmt::format("{} versions; those that are not current take {}", format_count(versions),
                                 format_bytes(old_bytes)));
    return {};
}

}  // namespace

int run_command(const App& app, const S3VersionsOptions& options) {
    const Status status = list_versions(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
