// `recovery-kit`: what a restore needs, on one page.
#include "cli/kit_writer.h"

namespace cofre::cli {
namespace {

Status print_kit(const App& app, const RecoveryKitOptions& options) {
    COFRE_TRY(check_kit_options(app, options.kit));
    COFRE_ASSIGN(const auto session, RepositorySession::open(app, options.repo, {.lock = LockNeed::kNone}));
    const Secret* const password = options.kit.with_password ? &session->password() : nullptr;
    COFRE_ASSIGN(const auto kit, make_kit(app, session->place(), session->repository(), password));
    COFRE_TRY(write_kit(app, kit, options.kit));
    return session->close();
}

}  // namespace

int run_command(const App& app, const RecoveryKitOptions& options) {
    const auto status = print_kit(app, options);
    return status ? static_cast<int>(kExitDone) : fail(app, status.error());
}

}  // namespace cofre::cli
