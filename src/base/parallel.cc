#include "base/parallel.h"

#include <algorithm>
#include <atomic>

#include "base/task_group.h"

namespace cofre {
namespace {

Status run_items(const CallContext& ctx, std::atomic<std::size_t>& next, std::size_t count,
                 const std::function<Status(const CallContext&, std::size_t)>& work) {
    for (;;) {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "stopped");
        const std::size_t index = next.fetch_add(1);
        if (index >= count) return {};
        COFRE_TRY(work(ctx, index));
    }
}

}  // namespace

Status parallel_for(const CallContext& ctx, std::size_t count, int threads,
                    const std::function<Status(const CallContext&, std::size_t)>& work) {
    std::atomic<std::size_t> next = 0;
    const auto useful = std::min(count, static_cast<std::size_t>(std::max(threads, 1)));
    if (useful <= 1) return run_items(ctx, next, count, work);
    TaskGroup group(ctx.stop);  // After `next`, which its threads use.
    for (std::size_t i = 0; i < useful; ++i) {
        group.spawn([&](const std::stop_token& stop) {
            return run_items(CallContext{stop, ctx.deadline}, next, count, work);
        });
    }
    return group.wait();
}

}  // namespace cofre
