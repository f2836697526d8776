#include "daemon/job_process.h"

#include "base/secret.h"
#include "base/subprocess.h"
#include "base/utf8.h"

namespace cofre::daemon {
namespace {

constexpr std::size_t kLastWords = 4'096;
constexpr int kKilled = 128;

}  // namespace

Result<JobEnd> run_job_process(const CallContext& ctx, const JobProgram& program, const RunOrder& order) {
    Command command;
    command.argv = {program.program.native()};
    if (!program.config.empty()) command.argv.insert(command.argv.end(), {"--config", program.config.native()});
    command.argv.insert(command.argv.end(),
                        {"--quiet", "run", order.job, "--claim", std::string(to_string(order.trigger))});
    if (order.due) command.argv.insert(command.argv.end(), {"--due", format_rfc3339(*order.due)});
    command.environment = program.environment;
    // It is none of the service's own: its messages are not for the service manager.
    command.environment["NOTIFY_SOCKET"] = std::nullopt;
    command.environment["WATCHDOG_USEC"] = std::nullopt;
    command.environment["LISTEN_FDS"] = std::nullopt;
    CommandIo io;
    io.max_error_bytes = kLastWords;
    io.terminate_grace = program.stop_grace;
    COFRE_ASSIGN(const auto result, run_command(ctx, command, io));
    JobEnd end;
    end.exit_status = result.status.signal == 0 ? result.status.code : kKilled + result.status.signal;
    end.last_words = escape_for_display(redact(result.error_output));
    return end;
}

}  // namespace cofre::daemon
