#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/secret.h"
#include "cli/app.h"
#include "config/schema.h"
#include "config/show.h"
#include "config/template.h"
#include "daemon/dump_plan.h"
#include "daemon/job_plan.h"
#include "source/file_tree.h"

namespace cofre::cli {
namespace {

using Json = nlohmann::ordered_json;

/// What `config check` found wrong, one line each.
class Findings {
public:
    explicit Findings(const Console& console) : console_(console) {}

    void good(const std::string& what) {
        console_.print(console_.paint(Tone::kGood, "✓") + " " + redact(what));
        list_.push_back({{"check", redact(what)}, {"ok", true}});
    }
    void bad(const std::string& what, const Error& error) {
        ++problems_;
        console_.print(console_.paint(Tone::kBad, "✗") + " " + redact(what + ": " + error.message()));
        if (!error.hint().empty()) console_.print("    " + redact(error.hint()));
        list_.push_back({{"check", redact(what)},
                         {"ok", false},
                         {"message", redact(error.message())},
                         {"hint", redact(error.hint())}});
    }
    void judge(const std::string& what, const Status& status) { status ? good(what) : bad(what, status.error()); }

    std::size_t problems() const { return problems_; }
    const Json& list() const { return list_; }

private:
    const Console& console_;
    std::size_t problems_ = 0;
    Json list_ = Json::array();
};

Status check_online(const App& app, const config::TargetConfig& target) {
    COFRE_ASSIGN(const auto open, daemon::open_target(target, daemon::Absent::kFail));
    return open.store->check_access(app.ctx);
}

Status check_source(const std::string& path) {
    const auto tree = source::FileTree::open(path);
    return tree ? Status() : tree.error();
}

void check_jobs(const config::Config& config, Findings& findings) {
    if (const Status apart = daemon::check_job_prefixes(config); !apart) findings.bad("jobs", apart.error());
    for (auto job : config.jobs) {
        for (const auto& database : daemon::take_databases(config, job)) {
            const auto request = daemon::dump_request(database);
            if (!request) findings.bad("job " + job.name + ": database", request.error());
        }
        const auto plan = daemon::plan_of_job(job, *config.find_target(job.to));
        if (!plan) {
            findings.bad("job " + job.name, plan.error());
            continue;
        }
        const auto filter = source::PathFilter::create(plan->filter);
        if (!filter) findings.bad("job " + job.name + ": patterns", filter.error());
        for (const auto& source : job.sources) {
            findings.judge("job " + job.name + ": source " + source, check_source(source));
        }
    }
}

}  // namespace

int run_command(const App& app, const ConfigInitOptions& options) {
    const auto path = !options.path.empty() ? options.path : options.legacy ? "config.yaml" : "cofre.yaml";
    std::error_code ignored;
    if (!options.force && std::filesystem::exists(path, ignored)) {
        return fail(app, Error(ErrorCode::kConflict, path.native() + " exists already, and is left as it is")
                             .with_hint("name another file, or replace it with `cofre config init --force`"));
    }
    const auto text = options.legacy ? config::legacy_config_template() : config::config_template();
    if (const Status written = write_file_atomic(path, text); !written) return fail(app, written.error());
    app.console.note("wrote " + path.native() + "; set the lines marked EDIT, then: cofre config check --online");
    app.console.print_json(Json({{"written", path.native()}}).dump());
    return kExitDone;
}

int run_command(const App& app, const ConfigCheckOptions& options) {
    const auto config = load_configuration(app);
    if (!config) return fail(app, config.error());
    Findings findings(app.console);
    findings.good(config->path.native() + " is well formed");
    check_jobs(*config, findings);
    for (const auto& target : config->targets) {
        if (options.online)
            findings.judge("target " + target.name + " (" + target.url + ")", check_online(app, target));
    }
    const Json out = {{"configuration", config->path.native()},
                      {"ok", findings.problems() == 0},
                      {"online", options.online},
                      {"checks", findings.list()},
                      {"warnings", config->warnings}};
    app.console.print_json(out.dump(2, ' ', false, Json::error_handler_t::replace));
    if (!options.online) app.console.note("targets were not asked; add --online to connect to them");
    return findings.problems() == 0 ? kExitDone : kExitFatal;
}

int run_command(const App& app, const ConfigShowOptions& /*options*/) {
    const auto config = load_configuration(app);
    if (!config) return fail(app, config.error());
    app.console.print(config::show_yaml(*config));
    app.console.print_json(config::show_json(*config));
    return kExitDone;
}

int run_command(const App& app, const ConfigSchemaOptions& options) {
    const auto form = options.legacy ? config::Form::kLegacy : config::Form::kCofre;
    const auto text = options.markdown ? config::config_reference(form) : config::config_json_schema(form);
    app.console.print(text);
    if (!options.markdown) app.console.print_json(text);
    return kExitDone;
}

}  // namespace cofre::cli
