// `catalog info`, `catalog rebuild`.
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/secret.h"
#include "base/units.h"
#include "cli/catalog_rebuild.h"
#include "cli/node_text.h"
#include "cli/run_recorder.h"
#include "daemon/catalog_place.h"

namespace cofre::cli {
namespace {

using CatalogJson = nlohmann::ordered_json;

Result<int> show_catalog(const App& app, const CatalogInfoOptions& options) {
    COFRE_ASSIGN(const auto catalog, open_catalog(app, options.catalog));
    COFRE_ASSIGN(const auto info, catalog->info(app.ctx));
    COFRE_ASSIGN(const auto targets, catalog->backups().totals(app.ctx));
    if (app.console.json()) {
        CatalogJson out = {{"url", info.url}, {"schema_version", info.schema_version}, {"bytes", info.bytes}};
        for (const auto& [table, rows] : info.rows)
            out["rows"][table] = rows;
        out["targets"] = CatalogJson::array();
        for (const auto& target : targets) {
            out["targets"].push_back(
                {{"target", redact(target.target)},
                 {"backups", target.backups},
                 {"bytes", target.bytes},
                 {"bytes_stored", target.bytes_stored},
                 {"newest", target.newest ? CatalogJson(format_rfc3339(*target.newest)) : CatalogJson(nullptr)}});
        }
        app.console.print_json(json_text(out));
        return static_cast<int>(kExitDone);
    }
    app.console.print(fmt::format("{}  schema {}  {}", info.url, info.schema_version, format_bytes(info.bytes)));
    for (const auto& [table, rows] : info.rows)
        app.console.print(fmt::format("  {:<14} {:>12}", table, format_count(rows)));
    for (const auto& target : targets) {
        app.console.print(fmt::format("  {}: {} backups of {}", redact(target.target), format_count(target.backups),
                                      format_bytes(target.bytes)));
    }
    return static_cast<int>(kExitDone);
}

void show_rebuild(const App& app, const RebuildOutcome& outcome) {
    app.console.note(fmt::format("{}: {} backups, {} of them new; {} new runs, {} new proofs{}", outcome.target,
                                 format_count(outcome.backups), format_count(outcome.new_backups),
                                 format_count(outcome.new_runs), format_count(outcome.new_proofs),
                                 outcome.gone > 0 ? fmt::format("; {} gone", format_count(outcome.gone)) : ""));
    for (const auto& problem : outcome.problems)
        app.console.warning(problem);
}

CatalogJson rebuild_json(const RebuildOutcome& outcome) {
    return {{"target", outcome.target},     {"backups", outcome.backups},       {"new_backups", outcome.new_backups},
            {"new_runs", outcome.new_runs}, {"new_proofs", outcome.new_proofs}, {"gone", outcome.gone},
            {"problems", outcome.problems}};
}

Result<std::vector<const config::TargetConfig*>> targets_to_read(const config::Config& config,
                                                                 const std::vector<std::string>& names) {
    std::vector<const config::TargetConfig*> targets;
    for (const auto& name : names) {
        const auto* const target = config.find_target(name);
        if (target == nullptr) {
            return Error(ErrorCode::kNotFound, config.path.native() + " has no target \"" + name + "\"");
        }
        targets.push_back(target);
    }
    if (!names.empty()) return targets;
    for (const auto& target : config.targets)
        targets.push_back(&target);
    return targets;
}

Result<int> rebuild(const App& app, const CatalogRebuildOptions& options) {
    COFRE_ASSIGN(const auto config, load_configuration(app));
    COFRE_ASSIGN(const auto targets, targets_to_read(config, options.targets));
    COFRE_ASSIGN(const auto url, daemon::catalog_url(config, options.catalog));
    COFRE_ASSIGN(const auto catalog, catalog::Catalog::open(app.ctx, url));
    auto list = CatalogJson::array();
    std::size_t failed = 0;
    bool is_partial = false;
    for (const auto* const target : targets) {
        const auto outcome = rebuild_from(app, config, *target, *catalog);
        if (!outcome) {
            if (app.ctx.stop.stop_requested()) return outcome.error();
            ++failed;
            app.console.error(Error(outcome.error()).context("target " + target->name));
            list.push_back({{"target", daemon::catalog_target(*target)}, {"error", redact(outcome.error().message())}});
            continue;
        }
        is_partial = is_partial || !outcome->problems.empty();
        show_rebuild(app, *outcome);
        list.push_back(rebuild_json(*outcome));
    }
    app.console.print_json(json_text({{"catalog", url.display()}, {"targets", std::move(list)}}));
    if (failed == targets.size() && failed > 0) return static_cast<int>(kExitFatal);
    return static_cast<int>(failed > 0 || is_partial ? kExitPartial : kExitDone);
}

}  // namespace

int run_command(const App& app, const CatalogInfoOptions& options) {
    const auto status = show_catalog(app, options);
    return status ? *status : fail(app, status.error());
}

int run_command(const App& app, const CatalogRebuildOptions& options) {
    const auto status = rebuild(app, options);
    return status ? *status : fail(app, status.error());
}

}  // namespace cofre::cli
