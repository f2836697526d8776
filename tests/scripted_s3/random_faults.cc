#include "random_faults.h"

#include <charconv>

namespace cofre::scripted {
namespace {

constexpr std::uint64_t kLongestDelayMs = 300;
constexpr std::uint64_t kReplyBytes = 3000;  // Most answers are shorter: then only the connection ends.

std::uint64_t body_length(const Recorded& request) {
    std::uint64_t length = 0;
    const auto text = request.header("content-length");
    std::from_chars(text.data(), text.data() + text.size(), length);
    return length;
}

}  // namespace

std::optional<S3Fault> RandomFaults::next(const Recorded& request) {
    return state_.with([&](State& state) -> std::optional<S3Fault> {
        ++state.counts["requests"];
        const auto dice = static_cast<unsigned>(state.random() % 1000);
        unsigned below = 0;
        const auto is = [&](const char* name, unsigned rate) {
            below += rate;
            if (dice >= below) return false;
            ++state.counts[name];
            return true;
        };
        S3Fault fault;
        if (is("500", rates_.internal_error)) {
            fault.instead = error_reply(500, "InternalError");
        } else if (is("503", rates_.slow_down)) {
            fault.instead = error_reply(503, "SlowDown");
        } else if (is("reset request", rates_.reset_request)) {
            fault.wire.reset_after_body_bytes = state.random() % (body_length(request) + 1);
        } else if (is("reset reply", rates_.reset_reply)) {
            fault.wire.reset_after_reply_bytes = state.random() % kReplyBytes;
        } else if (is("cut reply", rates_.cut_reply)) {
            fault.wire.cut_after_reply_bytes = state.random() % kReplyBytes;
        } else if (is("lost answer", rates_.lost_answer)) {
            fault.wire.drop_reply = true;
        } else if (is("slow", rates_.slow)) {
            fault.wire.delay = std::chrono::milliseconds(state.random() % kLongestDelayMs);
        } else {
            return std::nullopt;
        }
        return fault;
    });
}

}  // namespace cofre::scripted
