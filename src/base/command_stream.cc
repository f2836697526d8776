#include "base/command_stream.h"

#include <utility>

#include "base/utf8.h"

namespace cofre {
namespace {

Status run_into(const CallContext& ctx, const Command& command, const CommandStreamOptions& options,
                const ByteSink& sink, std::string& error_output) {
    const std::string what = "command " + escape_for_display(command.argv.front());
    CommandIo io;
    io.on_output = sink;
    io.idle_timeout = options.idle_timeout;
    io.max_error_bytes = options.max_error_bytes;
    auto result = run_command(ctx, command, io);
    if (!result) return std::move(result).error().context(what);
    error_output = std::move(result->error_output);
    if (result->status.ok()) return {};
    return Error(ErrorCode::kInvalidArgument,
                 what + ": " + result->status.describe() + ": " + escape_controls(error_output))
        .with_hint("nothing was committed: there is no snapshot of what it wrote before it failed");
}

}  // namespace

CommandStream::CommandStream(const CallContext& ctx, Command command, const CommandStreamOptions& options)
    : output_(ctx, [this, command = std::move(command), options](const CallContext& inner, const ByteSink& sink) {
          return run_into(inner, command, options, sink, error_output_);
      }) {}

}  // namespace cofre
