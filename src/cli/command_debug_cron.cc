#include <string>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "cli/app.h"
#include "schedule/cron_expression.h"

namespace cofre::cli {
namespace {

using CronJson = nlohmann::ordered_json;

Result<CronJson> cron_json(const App& app, const DebugCronOptions& options) {
    COFRE_ASSIGN(const auto expression, schedule::CronExpression::parse(options.expression));
    COFRE_ASSIGN(const auto zone, schedule::TimeZone::find(options.zone));
    WallTime from = app.clock.wall_now();
    if (!options.from.empty()) {
        COFRE_ASSIGN(from, parse_rfc3339(options.from));
    }
    CronJson out = {{"next", CronJson::array()}};
    auto due = expression.next(std::chrono::floor<std::chrono::seconds>(from), zone);
    for (std::size_t i = 0; i < options.count && due; ++i, due = expression.next(*due, zone))
        out["next"].push_back(zone.format(*due));
    return out;
}

}  // namespace

int run_command(const App& app, const DebugCronOptions& options) {
    const auto document = cron_json(app, options);
    if (!document) return fail(app, document.error());
    return write_all(STDOUT_FILENO, as_bytes(document->dump() + "\n"), "standard output") ? kExitDone : kExitFatal;
}

}  // namespace cofre::cli
