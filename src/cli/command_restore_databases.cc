// `restore --into`: a dump back into a database server.
#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/log.h"
#include "base/units.h"
#include "base/utf8.h"
#include "cli/node_text.h"
#include "cli/progress_display.h"
#include "cli/stored_dumps.h"
#include "cli/tree_commands.h"
#include "daemon/dump_plan.h"

namespace cofre::cli {
namespace {

constexpr std::size_t kMaxDatabasePassword = 4'096;

/// The URL, or what the configuration calls by this name.
Result<dump::DumpRequest> server_of(const App& app, const RestoreIntoOptions& options) {
    config::DatabaseConfig database;
    if (dump::is_database_url(options.url)) {
        COFRE_ASSIGN(auto address, dump::parse_database_url(options.url));
        database.url = options.url;
    } else {
        COFRE_ASSIGN(const auto config, load_configuration(app));
        const auto* const found = config.find_database(options.url);
        if (found == nullptr) {
            return Error(ErrorCode::kNotFound, "--into " + escape_for_display(options.url) +
                                                   ": neither a URL nor a database of " + config.path.native());
        }
        database = *found;
    }
    COFRE_ASSIGN(auto request, daemon::dump_request(database));
    if (options.password_file) {
        COFRE_ASSIGN(auto text, read_small_file(*options.password_file, kMaxDatabasePassword));
        while (text.ends_with('\n') || text.ends_with('\r'))
            text.pop_back();
        request.address.password = Secret(std::move(text));
    }
    return request;
}

bool is_same_family(dump::Engine a, dump::Engine b) {
    const auto is_mysql = [](dump::Engine engine) {
        return engine == dump::Engine::kMysql || engine == dump::Engine::kMariadb;
    };
    return a == b || (is_mysql(a) && is_mysql(b));
}

/// The only one that such a server can take.
Result<backup::StoredDump*> choose_dump(SnapshotDumps& all, dump::Engine engine) {
    std::vector<backup::StoredDump*> fitting;
    std::string places;
    for (auto& stored : all.dumps) {
        places += (places.empty() ? "" : ", ") + escape_for_display(stored.place);
        if (is_same_family(stored.record.engine, engine)) fitting.push_back(&stored);
    }
    if (fitting.size() == 1) return fitting.front();
    if (fitting.empty()) {
        return Error(ErrorCode::kInvalidArgument,
                     "the snapshot holds no dump of " + std::string(to_string(engine)) + ", only " + places);
    }
    return Error(ErrorCode::kInvalidArgument, "the snapshot holds several dumps: " + places)
        .with_hint("name one: SNAPSHOT:" + fitting.front()->place);
}

Result<dump::RestoreRequest> restore_request(const RestoreIntoOptions& options, dump::DumpRequest server) {
    dump::RestoreRequest request;
    request.into = std::move(server.address);
    request.server_folder = std::move(server.server_folder);
    request.local_folder = std::move(server.local_folder);
    COFRE_ASSIGN(request.rename, parse_pairs(options.rename, "--rename"));
    request.clean = options.clean;
    request.globals = options.globals;
    request.databases = options.databases;
    request.tables = options.tables;
    request.schemas = options.schemas;
    request.jobs = options.jobs;
    request.tools = options.tools ? options.tools : server.tools;
    return request;
}

struct RestoredDump {
    const SnapshotDumps& from;
    const backup::StoredDump& stored;
    const dump::RestoreOutcome& outcome;
    std::chrono::milliseconds elapsed;
    std::string into;
};

void show_restored(const Console& console, const RestoredDump& restored) {
    std::string names;
    for (const auto& name : restored.outcome.databases)
        names += (names.empty() ? "" : ", ") + escape_for_display(name);
    console.note(console.paint(
        Tone::kGood, fmt::format("restored {} of snapshot {} into {}", escape_for_display(restored.stored.place),
                                 restored.from.snapshot_id.substr(0, 8), restored.into)));
    const auto bytes = backup::bytes_of(restored.stored.record);
    const auto seconds = std::max<double>(0.001, static_cast<double>(restored.elapsed.count()) / 1000);
    console.note(fmt::format("  {}: {} in {} ({}/s)", names.empty() ? "the server" : names, format_bytes(bytes),
                             format_duration(restored.elapsed),
                             format_bytes(static_cast<std::uint64_t>(static_cast<double>(bytes) / seconds))));
    for (const auto& warning : restored.outcome.warnings)
        console.warning(warning);
    console.note("  not yet compared: `cofre verify --level restore` restores it elsewhere and compares");
}

std::string restored_json(const RestoredDump& restored) {
    return json_text({{"message_type", "summary"},
                      {"snapshot_id", restored.from.snapshot_id},
                      {"dump", restored.stored.place},
                      {"engine", to_string(restored.stored.record.engine)},
                      {"into", restored.into},
                      {"databases", restored.outcome.databases},
                      {"files", restored.stored.record.files.size()},
                      {"total_bytes", backup::bytes_of(restored.stored.record)},
                      {"duration_seconds", static_cast<double>(restored.elapsed.count()) / 1000},
                      {"warnings", restored.outcome.warnings}});
}

}  // namespace

Result<int> restore_databases(const App& app, const RestoreOptions& options) {
    COFRE_ASSIGN(auto server, server_of(app, options.into));
    COFRE_ASSIGN(auto place, open_place(app, options.from.place, options.job));
    backup::Progress progress;
    COFRE_ASSIGN(const auto dumps, open_snapshot_dumps(app, std::move(place), options.from, options.snapshot,
                                                       options.job, options.filter, progress));
    COFRE_ASSIGN(auto* const stored, choose_dump(*dumps, server.address.engine));
    progress.files_found = stored->record.files.size();
    progress.bytes_found = backup::bytes_of(stored->record);
    const std::string shown = server.address.display();
    COFRE_ASSIGN(const auto request, restore_request(options.into, std::move(server)));
    if (options.dry_run) {
        app.console.note("dry run: " + escape_for_display(stored->place) + " would be restored into " + shown);
        return static_cast<int>(kExitDone);
    }
    const auto began = app.clock.now();
    Result<dump::RestoreOutcome> outcome = Error(ErrorCode::kInternal, "not run");
    {
        const ProgressDisplay display(app.console, progress, app.clock, "restoring");
        dump::RestoreProgress counted;
        outcome = dump::restore_dump(app.ctx, stored->record, *stored->files, request, counted);
    }
    if (!outcome) return std::move(outcome).error().context("restore into " + shown);
    const RestoredDump restored{
        .from = *dumps,
        .stored = *stored,
        .outcome = *outcome,
        .elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(app.clock.now() - began),
        .into = shown};
    show_restored(app.console, restored);
    app.console.print_json(restored_json(restored));
    COFRE_TRY(dumps->close());
    return static_cast<int>(kExitDone);
}

}  // namespace cofre::cli
