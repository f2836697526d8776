#include "base/command_stream.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"

namespace cofre {

CommandStream::CommandStream(const CallContext& ctx, Command command, const CommandStreamOptions& options)
    : group_(ctx.stop) {
    group_.spawn([this, command = std::move(command), options](const std::stop_token& stop) {
        Status done = run(stop, command, options);
        if (done) {
            pieces_.close();
        } else {
            failed_.request_stop();
        }
        return done;
    });
}

Status CommandStream::run(const std::stop_token& stop, const Command& command, const CommandStreamOptions& options) {
    const std::string what = "command " + escape_for_display(command.argv.front());
    CommandIo io;
    io.idle_timeout = options.idle_timeout;
    io.max_error_bytes = options.max_error_bytes;
    io.on_output = [&](std::span<const std::byte> bytes) {
        return pieces_.push(std::vector<std::byte>(bytes.begin(), bytes.end()), stop);
    };
    auto result = run_command({stop}, command, io);
    if (!result) return std::move(result).error().context(what);
    error_output_ = std::move(result->error_output);
    if (result->status.ok()) return {};
    return Error(ErrorCode::kInvalidArgument,
                 what + ": " + result->status.describe() + ": " + escape_controls(error_output_))
        .with_hint("nothing was committed: there is no snapshot of what it wrote before it failed");
}

Result<std::size_t> CommandStream::read(std::span<std::byte> room) {
    if (is_over_) return std::size_t{0};
    while (used_ == piece_.size()) {
        auto next = pieces_.pop(failed_.get_token());
        if (next && *next) {
            piece_ = **std::move(next);
            used_ = 0;
            continue;
        }
        is_over_ = true;
        COFRE_TRY(group_.wait());
        return std::size_t{0};
    }
    const std::size_t count = std::min(room.size(), piece_.size() - used_);
    std::copy_n(piece_.begin() + static_cast<std::ptrdiff_t>(used_), count, room.begin());
    used_ += count;
    return count;
}

}  // namespace cofre
