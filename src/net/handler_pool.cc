#include "net/handler_pool.h"

#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "base/task_group.h"

namespace cofre::net {

void HandlerPool::push(Job job) {
    // Never waits: there is room for all that may be submitted.
    COFRE_CHECK(queue_.push(std::move(job), std::stop_token()).has_value());
}

bool HandlerPool::try_submit(Job job) {
    if (waiting_ >= max_waiting_) return false;
    ++waiting_;
    push([this, job = std::move(job)] {
        --waiting_;
        job();
    });
    return true;
}

void HandlerPool::submit_continued(Job job) {
    push(std::move(job));
}

Status HandlerPool::work(const std::stop_token& stop) {
    for (;;) {
        COFRE_ASSIGN(const auto job, queue_.pop(stop));
        if (!job) return {};
        const Status ended = run_guarded([&]() -> Status {
            (*job)();
            return {};
        });
        if (!ended) log_error("net", "a job of the HTTP server: " + ended.error().message());
    }
}

}  // namespace cofre::net
