#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

#include <sys/resource.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/log.h"
#include "base/signal_watch.h"
#include "cli/app.h"
#include "cli/command_line.h"

namespace cofre::cli {
namespace {

/// Memory of this process holds keys: a crash must not write it to a disk.
void forbid_core_dumps() {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
}

/// Every connection and open file is a descriptor; the usual 1 024 is a limit
/// of select(2), which nothing here uses.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// What a limit of the system throws is not our fault; the rest is.
Error error_of(const std::exception& e) {
    if (dynamic_cast<const std::bad_alloc*>(&e) != nullptr) {
        return Error(ErrorCode::kResourceExhausted, "out of memory; nothing was committed")
            .with_hint("give it more memory (ulimit -v, the container's limit), or less to do at once");
    }
    const auto* const system = dynamic_cast<const std::system_error*>(&e);
    if (system != nullptr && system->code() == std::errc::resource_unavailable_try_again) {
        return Error(ErrorCode::kResourceExhausted, "no thread could be started; nothing was committed")
            .with_hint("raise the limit of memory or of processes (ulimit -v, ulimit -u, the container's limits)");
    }
    return Error(ErrorCode::kInternal, std::string("unexpected: ") + e.what())
        .with_hint("this is a bug of cofre; nothing was committed. Please report it");
}

int run(int argc, const char* const* argv) {
    forbid_core_dumps();
    raise_descriptor_limit();
    const auto parsed = parse_command_line(argc, argv);
    if (const auto* stop = std::get_if<ParseStop>(&parsed)) {
        const int fd = stop->exit_status == 0 ? STDOUT_FILENO : STDERR_FILENO;
        if (!write_all(fd, as_bytes(stop->text), "terminal")) return kExitFatal;
        return stop->exit_status;
    }
    const auto& command = std::get<ParsedCommand>(parsed);
    const Console console({.json = command.globals.json,
                           .quiet = command.globals.quiet,
                           .verbosity = command.globals.verbosity,
                           .no_color = command.globals.no_color});
    try {
        const SignalWatch signals;
        const App app{command.globals, console, CallContext{signals.token()}, system_clock()};
        const int status = std::visit([&](const auto& options) { return run_command(app, options); }, command.command);
        close_log_sinks();
        return status;
    } catch (const std::exception& e) {
        const App app{command.globals, console, CallContext{}, system_clock()};
        return fail(app, error_of(e));
    }
}

}  // namespace
}  // namespace cofre::cli

// NOLINTNEXTLINE(bugprone-exception-escape): what is caught here needs no memory to be told.
int main(int argc, char** argv) {
    try {
        return cofre::cli::run(argc, argv);
    } catch (const std::bad_alloc&) {
        // While the commands themselves were set up.
        constexpr std::string_view kText = "error: out of memory; nothing was begun\n";
        if (::write(STDERR_FILENO, kText.data(), kText.size()) < 0) return cofre::cli::kExitFatal;
        return cofre::cli::kExitFatal;
    }
}
