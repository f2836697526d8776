#include "catalog/run.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cofre::catalog {
namespace {

// Stored in the database: never change a name.
constexpr std::array kTriggerNames = {
    std::pair{Trigger::kSchedule, std::string_view("schedule")},
    std::pair{Trigger::kCatchUp, std::string_view("catch_up")},
    std::pair{Trigger::kManual, std::string_view("manual")},
    std::pair{Trigger::kStart, std::string_view("start")},
    std::pair{Trigger::kRebuild, std::string_view("rebuild")},
};

constexpr std::array kRunStateNames = {
    std::pair{RunState::kClaimed, std::string_view("claimed")},
    std::pair{RunState::kRunning, std::string_view("running")},
    std::pair{RunState::kSucceeded, std::string_view("succeeded")},
    std::pair{RunState::kPartial, std::string_view("partial")},
    std::pair{RunState::kFailed, std::string_view("failed")},
    std::pair{RunState::kInterrupted, std::string_view("interrupted")},
    std::pair{RunState::kCancelled, std::string_view("cancelled")},
    std::pair{RunState::kSkipped, std::string_view("skipped")},
};

template <typename Value, std::size_t N>
std::string_view name_of_value(const std::array<std::pair<Value, std::string_view>, N>& names, Value value) {
    const auto* const found =
        std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.first == value; });
    return found == names.end() ? std::string_view() : found->second;
}

template <typename Value, std::size_t N>
Result<Value> value_of_name(const std::array<std::pair<Value, std::string_view>, N>& names, std::string_view text,
                            const char* what) {
    std::string known;
    for (const auto& [value, name] : names) {
        if (name == text) return value;
        known += (known.empty() ? "" : ", ") + std::string(name);
    }
    return Error(ErrorCode::kInvalidArgument, std::string(what) + " \"" + std::string(text) + "\" is not known")
        .with_hint("known are: " + known);
}

}  // namespace

std::string_view to_string(Trigger trigger) {
    return name_of_value(kTriggerNames, trigger);
}

std::string_view to_string(RunState state) {
    return name_of_value(kRunStateNames, state);
}

Result<Trigger> parse_trigger(std::string_view text) {
    return value_of_name(kTriggerNames, text, "trigger");
}

Result<RunState> parse_run_state(std::string_view text) {
    return value_of_name(kRunStateNames, text, "state");
}

bool is_active(RunState state) {
    return state == RunState::kClaimed || state == RunState::kRunning;
}

RunState state_of_exit(int exit_status) {
    constexpr int kInterruptedByUser = 130;
    switch (exit_status) {
        case 0: return RunState::kSucceeded;
        case 2: return RunState::kPartial;
        case kInterruptedByUser: return RunState::kCancelled;
        default: return RunState::kFailed;
    }
}

std::chrono::milliseconds Run::elapsed() const {
    if (!has_ended) return {};
    const auto passed =
        std::chrono::duration_cast<std::chrono::milliseconds>(end.ended_at - started_at.value_or(claimed_at));
    return std::max(passed, std::chrono::milliseconds(0));
}

}  // namespace cofre::catalog
