#include "base/pushed_stream.h"

#include <algorithm>
#include <utility>

namespace cofre {
namespace {

constexpr std::size_t kPieceBytes = 64UL * 1024;

}  // namespace

PushedStream::PushedStream(const CallContext& ctx, Producer producer) : group_(ctx.stop) {
    group_.spawn([this, deadline = ctx.deadline, producer = std::move(producer)](const std::stop_token& stop) {
        const ByteSink sink = [&](std::span<const std::byte> bytes) -> Status {
            for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), kPieceBytes))) {
                const auto piece = bytes.first(std::min(bytes.size(), kPieceBytes));
                COFRE_TRY(pieces_.push(std::vector<std::byte>(piece.begin(), piece.end()), stop));
            }
            return {};
        };
        // The reader must be told, whatever happens.
        Status done = run_guarded([&] { return producer({stop, deadline}, sink); });
        if (done) {
            pieces_.close();
        } else {
            failed_.request_stop();
        }
        return done;
    });
}

Result<std::size_t> PushedStream::read(std::span<std::byte> room) {
    if (failure_) return *failure_;
    if (is_over_) return std::size_t{0};
    while (used_ == piece_.size()) {
        auto next = pieces_.pop(failed_.get_token());
        if (next && *next) {
            piece_ = **std::move(next);
            used_ = 0;
            continue;
        }
        is_over_ = true;
        if (Status done = group_.wait(); !done) {
            failure_ = std::move(done).error();
            return *failure_;
        }
        return std::size_t{0};
    }
    const std::size_t count = std::min(room.size(), piece_.size() - used_);
    std::copy_n(piece_.begin() + static_cast<std::ptrdiff_t>(used_), count, room.begin());
    used_ += count;
    return count;
}

}  // namespace cofre
