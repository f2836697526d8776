// `s3 lock` and `s3 thaw`: what keeps an object, and what brings it back.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/units.h"
#include "base/utf8.h"
#include "cli/app.h"
#include "cli/s3_location.h"

namespace cofre::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string lock_time(WallTime time) {
    return format_rfc3339(std::chrono::floor<std::chrono::seconds>(time));
}

Result<std::optional<s3::Retention>> wanted_retention(const App& app, const S3LockOptions& options) {
    if (options.until.empty() && options.days == 0) return std::optional<s3::Retention>();
    s3::Retention retention;
    retention.mode = options.mode == "compliance" ? s3::RetentionMode::kCompliance : s3::RetentionMode::kGovernance;
    retention.until = app.clock.wall_now() + std::chrono::hours(24) * options.days;
    if (!options.until.empty()) {
        auto until = parse_rfc3339(options.until);
        if (!until) return std::move(until).error().with_hint("write it as 2030-12-31T00:00:00Z");
        retention.until = *until;
    }
    return std::optional(retention);
}

Status lock(const App& app, const S3LockOptions& options) {
    COFRE_ASSIGN(const auto wanted, wanted_retention(app, options));
    COFRE_ASSIGN(const auto object, open_object(app, "s3 lock", options.url));
    const auto admin = object.target.s3->object_admin();
    if (wanted) {
        COFRE_TRY(admin.set_retention(app.ctx, object.key, options.version_id,
                                      {.retention = *wanted, .bypass_governance = options.bypass_governance}));
    }
    if (!options.legal_hold.empty()) {
        COFRE_TRY(admin.set_legal_hold(app.ctx, object.key, options.version_id, options.legal_hold == "on"));
    }
    // As the store sees it now, also after a change.
    COFRE_ASSIGN(const auto retention, admin.retention(app.ctx, object.key, options.version_id));
    COFRE_ASSIGN(const bool hold, admin.legal_hold(app.ctx, object.key, options.version_id));
    Json out = {{"url", object.url}, {"retention", Json()}, {"legal_hold", hold}};
    if (retention) {
        out["retention"] = {{"mode", s3::word_for(retention->mode)}, {"until", format_rfc3339(retention->until)}};
    }
    if (app.console.json()) {
        app.console.print_json(out.dump(-1, ' ', false, Json::error_handler_t::replace));
        return {};
    }
    app.console.print(
        retention ? fmt::format("retention   {} until {}", s3::word_for(retention->mode), lock_time(retention->until))
                  : std::string("retention   none"));
    app.console.print(fmt::format("legal hold  {}", hold ? "on" : "off"));
    return {};
}

s3::RestoreTier tier_of(const std::string& name) {
    if (name == "bulk") return s3::RestoreTier::kBulk;
    if (name == "expedited") return s3::RestoreTier::kExpedited;
    return s3::RestoreTier::kStandard;
}

Status thaw(const App& app, const S3ThawOptions& options) {
    COFRE_ASSIGN(const auto object, open_object(app, "s3 thaw", options.url));
    const auto admin = object.target.s3->object_admin();
    COFRE_ASSIGN(auto detail, admin.stat(app.ctx, object.key, options.version_id));
    if (detail.readiness == s3::Readiness::kArchived || detail.readiness == s3::Readiness::kRestored) {
        s3::RestoreRequest request{.days = options.days, .tier = tier_of(options.tier)};
        if (detail.storage_class == "INTELLIGENT_TIERING") request.days.reset();
        COFRE_ASSIGN(detail.readiness, admin.restore(app.ctx, object.key, options.version_id, request));
    }
    if (options.wait && detail.readiness == s3::Readiness::kUnderWay) {
        app.console.note("asked for; waiting (hours, for most tiers)");
        COFRE_ASSIGN(detail, admin.wait_until_readable(
                                 app.ctx, object.key, options.version_id, [&](const s3::ObjectDetail& look) {
                                     app.console.status_line(fmt::format("{} {}", lock_time(app.clock.wall_now()),
                                                                         s3::word_for(look.readiness)));
                                 }));
        app.console.status_line("");
    }
    if (app.console.json()) {
        app.console.print_json(
            Json({{"url", object.url},
                  {"storage_class", detail.storage_class},
                  {"readiness", s3::word_for(detail.readiness)},
                  {"restored_until", detail.restored_until ? Json(format_rfc3339(*detail.restored_until)) : Json()}})
                .dump(-1, ' ', false, Json::error_handler_t::replace));
        return {};
    }
    std::string line(s3::word_for(detail.readiness));
    if (detail.restored_until) line += " until " + lock_time(*detail.restored_until);
    app.console.print(line + "  " + escape_for_display(object.url));
    return {};
}

}  // namespace

int run_command(const App& app, const S3LockOptions& options) {
    const Status status = lock(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

int run_command(const App& app, const S3ThawOptions& options) {
    const Status status = thaw(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
