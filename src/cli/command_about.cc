#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/app.h"
#include "cli/completion.h"
#include "daemon/job_plan.h"

namespace cofre::cli {

int run_command(const App& app, const VersionOptions& /*options*/) {
    app.console.print(fmt::format("cofre {}", daemon::tool_version()));
    app.console.print_json(
        nlohmann::ordered_json({{"version", daemon::tool_version()}, {"manifest_version", 1}, {"layouts", {"objects"}}})
            .dump());
    return kExitDone;
}

int run_command(const App& app, const CompletionOptions& options) {
    app.console.print(completion_script(options.shell));
    return kExitDone;
}

}  // namespace cofre::cli
