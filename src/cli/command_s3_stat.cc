// `s3 stat` and `s3 tag`.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/encoding.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/app.h"
#include "cli/s3_location.h"

namespace cofre::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string second_of(WallTime time) {
    return format_rfc3339(std::chrono::floor<std::chrono::seconds>(time));
}

struct StatResult {
    s3::ObjectDetail detail;
    std::optional<s3::Tags> tags;  ///< Absent: the store did not tell.
    std::optional<s3::ObjectAttributes> attributes;
    std::vector<std::string> warnings;
};

Result<StatResult> stat_object(const App& app, const OpenObject& object, const std::string& version_id) {
    const auto admin = object.target.s3->object_admin();
    StatResult result;
    COFRE_ASSIGN(result.detail, admin.stat(app.ctx, object.key, version_id));
    // What comes in requests of its own, with permissions of their own, is not
    // to hide the rest.
    auto tags = admin.tags(app.ctx, object.key, version_id);
    if (tags) {
        result.tags = *std::move(tags);
    } else {
        result.warnings.push_back(tags.error().message());
    }
    auto attributes = admin.attributes(app.ctx, object.key, version_id);
    if (attributes) {
        result.attributes = *std::move(attributes);
    } else {
        result.warnings.push_back(attributes.error().message());
    }
    return result;
}

Json attributes_json(const s3::ObjectAttributes& attributes) {
    Json out = {{"checksums", attributes.checksums}, {"checksum_type", attributes.checksum_type}};
    out["part_count"] = attributes.part_count ? Json(*attributes.part_count) : Json();
    out["parts"] = Json::array();
    for (const auto& part : attributes.parts)
        out["parts"].push_back({{"number", part.number}, {"size", part.size}, {"checksums", part.checksums}});
    return out;
}

Json stat_json(const OpenObject& object, const StatResult& result) {
    const auto& detail = result.detail;
    Json out = {{"url", object.url},
                {"key", object.key.str()},
                {"size", detail.head.size},
                {"etag", detail.head.etag},
                {"version_id", detail.head.version_id},
                {"last_modified", format_rfc3339(detail.head.last_modified)},
                {"content_type", detail.head.content_type},
                {"metadata", detail.head.metadata},
                {"sha256", detail.head.sha256 ? Json(detail.head.sha256->hex()) : Json()},
                {"storage_class", detail.storage_class},
                {"encryption", detail.encryption},
                {"kms_key_id", detail.kms_key_id},
                {"readiness", s3::word_for(detail.readiness)},
                {"restored_until", detail.restored_until ? Json(format_rfc3339(*detail.restored_until)) : Json()},
                {"retention", Json()},
                {"legal_hold", detail.legal_hold},
                {"expires", detail.expires},
                {"replication_status", detail.replication_status},
                {"tags", result.tags ? Json(*result.tags) : Json()},
                {"attributes", result.attributes ? attributes_json(*result.attributes) : Json()},
                {"warnings", result.warnings}};
    if (detail.retention) {
        out["retention"] = {{"mode", s3::word_for(detail.retention->mode)},
                            {"until", format_rfc3339(detail.retention->until)}};
    }
    return out;
}

class StatTable {
public:
    explicit StatTable(const Console& console) : console_(console) {}
    void row(std::string_view name, const std::string& value) const {
        if (!value.empty()) console_.print(fmt::format("{:<16} {}", name, escape_for_display(value)));
    }

private:
    const Console& console_;
};

void print_stat(const App& app, const OpenObject& object, const StatResult& result) {
    const StatTable table(app.console);
    const auto& detail = result.detail;
    table.row("object", object.url);
    table.row("size", fmt::format("{} ({} bytes)", format_bytes(detail.head.size), detail.head.size));
    table.row("modified", second_of(detail.head.last_modified));
    table.row("etag", detail.head.etag);
    table.row("version", detail.head.version_id);
    table.row("sha256", detail.head.sha256 ? detail.head.sha256->hex() : "");
    table.row("content type", detail.head.content_type);
    for (const auto& [name, value] : detail.head.metadata)
        table.row("metadata", fmt::format("{}={}", name, value));
    if (result.tags) {
        for (const auto& [name, value] : *result.tags)
            table.row("tag", fmt::format("{}={}", name, value));
    }
    table.row("storage class", detail.storage_class);
    std::string readiness(s3::word_for(detail.readiness));
    if (detail.restored_until) readiness += " until " + second_of(*detail.restored_until);
    table.row("archive", detail.readiness == s3::Readiness::kReady ? "" : readiness);
    table.row("encryption", detail.encryption + (detail.kms_key_id.empty() ? "" : " with " + detail.kms_key_id));
    if (detail.retention) {
        table.row("locked",
                  fmt::format("{} until {}", s3::word_for(detail.retention->mode), second_of(detail.retention->until)));
    }
    table.row("legal hold", detail.legal_hold ? "on" : "");
    table.row("expires", detail.expires);
    table.row("replication", detail.replication_status);
    if (!result.attributes) return;
    for (const auto& [name, value] : result.attributes->checksums)
        table.row("checksum", fmt::format("{} {} {}", name, value, result.attributes->checksum_type));
    if (result.attributes->part_count) table.row("parts", std::to_string(*result.attributes->part_count));
}

Status stat(const App& app, const S3StatOptions& options) {
    COFRE_ASSIGN(const auto object, open_object(app, "s3 stat", options.url));
    COFRE_ASSIGN(const auto result, stat_object(app, object, options.version_id));
    if (app.console.json()) {
        app.console.print_json(stat_json(object, result).dump(-1, ' ', false, Json::error_handler_t::replace));
        return {};
    }
    print_stat(app, object, result);
    for (const auto& warning : result.warnings)
        app.console.warning(warning);
    return {};
}

Status tag(const App& app, const S3TagOptions& options) {
    if (options.remove && !options.tags.empty()) {
        return Error(ErrorCode::kInvalidArgument, "s3 tag: --remove takes no tags: it removes all");
    }
    COFRE_ASSIGN(const auto object, open_object(app, "s3 tag", options.url));
    const auto admin = object.target.s3->object_admin();
    COFRE_ASSIGN(s3::Tags tags, parse_pairs(options.tags, "s3 tag"));
    if (options.remove || !tags.empty()) {
        COFRE_TRY(admin.set_tags(app.ctx, object.key, options.version_id, tags));
        app.console.note(options.remove ? "tags removed" : fmt::format("{} tags set", tags.size()));
    } else {
        COFRE_ASSIGN(tags, admin.tags(app.ctx, object.key, options.version_id));
        if (!app.console.json()) {
            for (const auto& [name, value] : tags)
                app.console.print(escape_for_display(fmt::format("{}={}", name, value)));
        }
    }
    app.console.print_json(
        Json({{"url", object.url}, {"tags", tags}}).dump(-1, ' ', false, Json::error_handler_t::replace));
    return {};
}

}  // namespace

int run_command(const App& app, const S3StatOptions& options) {
    const Status status = stat(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

int run_command(const App& app, const S3TagOptions& options) {
    const Status status = tag(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
