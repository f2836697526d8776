// `prune`: what no snapshot needs is removed.
#include "cli/prune_report.h"
#include "cli/repository_session.h"

namespace cofre::cli {
namespace {

Status run_prune(const App& app, const PruneOptions& options) {
    // prune() takes its own locks: a shared one first, then an exclusive one.
    COFRE_ASSIGN(const auto session, RepositorySession::open(app, options.repo, {.lock = LockNeed::kNone}));
    COFRE_ASSIGN(const auto bytes, pack_bytes(options.repo, session->place().target));
    return prune_and_report(
        app, session->repository(), bytes,
        {.rules = options.rules, .repo = options.repo, .dry_run = options.dry_run, .forgotten = {}});
}

}  // namespace

int run_command(const App& app, const PruneOptions& options) {
    const Status status = run_prune(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
