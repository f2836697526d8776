#include "cli/restore_drill.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>

#include "backup/dump_fetch.h"
#include "backup/dump_proof.h"
#include "backup/restore_run.h"
#include "backup/tree_restore.h"
#include "base/file.h"
#include "base/log.h"
#include "base/utf8.h"
#include "cli/progress_display.h"
#include "config/load.h"
#include "daemon/dump_plan.h"
#include "daemon/job_plan.h"
#include "objects/object_naming.h"

namespace cofre::cli {
namespace {

constexpr int kDrillThreads = 8;

std::filesystem::path drill_parent(const VerifyOptions& options) {
    return options.temp_folder.value_or(daemon::temp_folder());
}

/// A folder that is removed with all it holds.
class DrillFolder {
public:
    static Result<DrillFolder> create(const std::filesystem::path& parent) {
        std::string name = (parent / "cofre-drill-XXXXXX").native();
        if (::mkdtemp(name.data()) == nullptr) {
            return Error::from_errno(errno, "create a folder in " + escape_for_display(parent.native()))
                .with_hint("--temp-folder names another place for what is restored");
        }
        return DrillFolder(name);
    }
    explicit DrillFolder(std::filesystem::path path) : path_(std::move(path)) {}
    DrillFolder(DrillFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    DrillFolder& operator=(DrillFolder&&) = delete;
    ~DrillFolder() {
        if (path_.empty()) return;
        std::error_code error;
        open_folders();
        std::filesystem::remove_all(path_, error);
        if (error) log_warning("verify", path_.native() + " is not removed: " + error.message());
    }
    const std::filesystem::path& path() const { return path_; }

private:
    /// Restored folders may forbid their owner to write.
    void open_folders() const {
        namespace fs = std::filesystem;
        std::error_code error;
        fs::recursive_directory_iterator entries(path_, error);
        for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
            std::error_code ignored;
            if (entries->is_symlink(ignored) || !entries->is_directory(ignored)) continue;
            fs::permissions(entries->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
        }
    }

    std::filesystem::path path_;
};

/// Where a path of the source lies among the restored files.
using RestoredPath = std::function<std::filesystem::path(const std::filesystem::path&)>;

/// What the configuration says of the database that was dumped.
Result<backup::DumpProofPlan> proof_plan(const std::optional<config::Config>& config, const backup::StoredDump& stored,
                                         const VerifyOptions& options, backup::VerifyLevel level,
                                         const RestoredPath& restored) {
    backup::DumpProofPlan plan{.level = level, .temp_folder = drill_parent(options), .scratch = {}, .assertions = {}};
    if (!config) return plan;
    for (const auto& database : config->databases) {
        const auto request = daemon::dump_request(database);
        if (!request) log_warning("verify", "its assertions are not asked: " + request.error().message());
        if (!request || request->address.display() != stored.record.source) continue;
        plan.assertions = database.assertions;
        plan.tools = database.tools;
        if (restored && !database.paths_query.empty()) {
            plan.paths_query = database.paths_query;
            plan.paths_folder = restored(database.paths_root);
        }
        if (!database.scratch_url.empty()) {
            COFRE_ASSIGN(plan.scratch, dump::parse_database_url(database.scratch_url));
        }
    }
    return plan;
}

Status prove_dumps(const App& app, std::vector<backup::StoredDump>& dumps, const VerifyOptions& options,
                   const RestoredPath& restored, backup::Progress& progress, backup::VerifyOutcome& outcome) {
    for (const auto& stored : dumps) {
        const std::uint64_t passes = outcome.level == backup::VerifyLevel::kRestored ? 2 : 1;
        progress.files_found += stored.record.files.size() * passes;
        progress.bytes_found += backup::bytes_of(stored.record) * passes;
    }
    progress.found_all = true;
    // Before the display: loading may set the time zone, which other threads read.
    COFRE_ASSIGN(const auto config, load_optional_configuration(app));
    const ProgressDisplay display(app.console, progress, app.clock, "proving");
    for (auto& stored : dumps) {
        COFRE_ASSIGN(const auto plan, proof_plan(config, stored, options, outcome.level, restored));
        auto proof = backup::prove_dump(app.ctx, stored, plan, app.clock);
        if (!proof) {
            const auto code = proof.error().code();
            const bool ends = code == ErrorCode::kCancelled || code == ErrorCode::kDeadlineExceeded;
            if (ends || dumps.size() == 1)
                return std::move(proof).error().context("prove " + escape_for_display(stored.place));
            // What the others showed must not be lost with it.
            outcome.add_problem(stored.place, "could not be proven: " + proof.error().message());
            continue;
        }
        for (const auto& problem : proof->problems)
            outcome.add_problem(stored.place, problem);
        // Never more than was done.
        if (!proof->not_restored.empty()) outcome.level = std::min(outcome.level, backup::VerifyLevel::kParsed);
        outcome.dumps.push_back(*std::move(proof));
    }
    return {};
}

void add_problems(const std::vector<backup::FileProblem>& problems, std::uint64_t count,
                  backup::VerifyOutcome& outcome) {
    for (const auto& problem : problems)
        outcome.add_problem(problem.path, "restored, and not as it was: " + problem.message);
    outcome.problem_count += count - problems.size();
}

/// All files of the snapshot, each compared with its SHA-256.
Status drill_objects(const App& app, const OpenPlace& place, const std::filesystem::path& folder,
                     backup::VerifyOutcome& outcome) {
    const backup::RestorePlan plan{.snapshot = outcome.snapshot.id,
                                   .job = {},
                                   .subpath = {},
                                   .prefix = place.open.prefix,
                                   .target = folder,
                                   .include = {},
                                   .exclude = {},
                                   .concurrency = kDrillThreads,
                                   .temp_folder = daemon::temp_folder()};
    backup::Progress progress;
    const ProgressDisplay display(app.console, progress, app.clock, "restoring");
    COFRE_ASSIGN(const auto restored, backup::run_restore(app.ctx, plan, *place.open.store, app.clock, progress));
    add_problems(restored.problems, restored.problem_count, outcome);
    outcome.drill = {.files = restored.files, .bytes = restored.bytes, .restore_time = restored.elapsed};
    return {};
}

/// The same of a repository, without the dumps; read back from the disk.
Status drill_tree(const App& app, const ReadSession& reading, const repo::Id& tree,
                  const std::vector<backup::StoredDump>& dumps, const std::filesystem::path& folder,
                  backup::VerifyOutcome& outcome) {
    backup::TreeRestorePlan plan;
    plan.tree = tree;
    plan.target = folder;
    plan.verify = true;
    plan.threads = kDrillThreads;
    for (const auto& stored : dumps)
        plan.rules.exclude.push_back(stored.place);
    backup::Progress progress;
    const ProgressDisplay display(app.console, progress, app.clock, "restoring");
    COFRE_ASSIGN(const auto restored,
                 backup::run_tree_restore(app.ctx, plan, reading.repository(), app.clock, progress));
    add_problems(restored.problems, restored.problem_count, outcome);
    outcome.drill = {.files = restored.verified_files, .bytes = restored.bytes, .restore_time = restored.elapsed};
    return {};
}

bool goes_further(const backup::VerifyOutcome& outcome) {
    // What cannot be read need not be restored to know that it is damaged.
    return outcome.level > backup::VerifyLevel::kRead && outcome.is_good();
}

}  // namespace

Status prove_objects(const App& app, const OpenPlace& place, const VerifyOptions& options,
                     backup::VerifyOutcome& outcome) {
    if (!goes_further(outcome)) return {};
    backup::Progress progress;
    COFRE_ASSIGN(const auto manifest, objects::manifest_key(place.open.prefix, outcome.snapshot));
    COFRE_ASSIGN(auto found, backup::find_dumps(app.ctx, *place.open.store, manifest, drill_parent(options), progress));
    if (outcome.level < backup::VerifyLevel::kRestored || !found.has_other_files) {
        return prove_dumps(app, found.dumps, options, {}, progress, outcome);
    }
    COFRE_ASSIGN(const auto folder, DrillFolder::create(drill_parent(options)));
    COFRE_TRY(drill_objects(app, place, folder.path(), outcome));
    std::vector<std::string> sources = outcome.snapshot.sources;
    std::erase_if(sources, [](const auto& source) { return dump::is_database_url(source); });
    return prove_dumps(
        app, found.dumps, options,
        [&](const std::filesystem::path& path) {
            // One source: its files are at the root; several: below their whole paths.
            if (sources.size() != 1) return folder.path() / path.relative_path();
            const auto below = path.lexically_relative(sources.front());
            // Outside of what was backed up nothing can be found.
            return folder.path() / (below.empty() || *below.begin() == ".." ? "not in the backup" : below);
        },
        progress, outcome);
}

Status prove_tree(const App& app, const ReadSession& reading, const repo::ListedSnapshot& snapshot,
                  const VerifyOptions& options, backup::VerifyOutcome& outcome) {
    if (!goes_further(outcome)) return {};
    backup::Progress progress;
    const auto& tree = snapshot.snapshot.tree;
    if (!tree) return Error(ErrorCode::kCorruption, "snapshot " + snapshot.id.substr(0, 8) + " has no tree");
    COFRE_ASSIGN(auto dumps,
                 backup::find_dumps(app.ctx, reading.repository(), *tree, snapshot.snapshot.paths, progress));
    const bool has_files = dumps.empty() || snapshot.snapshot.paths.size() > dumps.size();
    if (outcome.level < backup::VerifyLevel::kRestored || !has_files) {
        return prove_dumps(app, dumps, options, {}, progress, outcome);
    }
    COFRE_ASSIGN(const auto folder, DrillFolder::create(drill_parent(options)));
    COFRE_TRY(drill_tree(app, reading, *tree, dumps, folder.path(), outcome));
    return prove_dumps(
        app, dumps, options, [&](const std::filesystem::path& path) { return folder.path() / path.relative_path(); },
        progress, outcome);
}

}  // namespace cofre::cli
