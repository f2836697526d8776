#include "backup/command_stream.h"

#include <algorithm>
#include <utility>

#include "base/subprocess.h"
#include "base/utf8.h"

namespace cofre::backup {

CommandStream::CommandStream(const CallContext& ctx, std::vector<std::string> argv) : group_(ctx.stop) {
    group_.spawn([this, argv = std::move(argv)](const std::stop_token& stop) {
        Status done = run(stop, argv);
        if (done) {
            pieces_.close();
        } else {
            failed_.request_stop();
        }
        return done;
    });
}

Status CommandStream::run(const std::stop_token& stop, const std::vector<std::string>& argv) {
    const std::string what = "command " + escape_for_display(argv.front());
    CommandIo io;
    io.on_output = [&](std::span<const std::byte> bytes) {
        return pieces_.push(std::vector<std::byte>(bytes.begin(), bytes.end()), stop);
    };
    auto result = run_command({stop}, Command{.argv = argv}, io);
    if (!result) return std::move(result).error().context(what);
    if (result->status.ok()) return {};
    return Error(ErrorCode::kInvalidArgument,
                 what + ": " + result->status.describe() + ": " + escape_controls(result->error_output))
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

}  // namespace cofre::backup
