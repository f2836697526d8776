#include "cli/step_display.h"

#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "base/units.h"

namespace cofre::cli {
namespace {

constexpr std::chrono::milliseconds kStepBarInterval{250};
constexpr std::chrono::milliseconds kStepLineInterval{30'000};
constexpr std::chrono::milliseconds kStepQuietStart{2'000};
constexpr std::uint64_t kStepCells = 20;

}  // namespace

StepDisplay::StepDisplay(const Console& console, Clock& clock, std::string verb, std::string unit)
    : console_(console), clock_(clock), verb_(std::move(verb)), unit_(std::move(unit)) {
    if (console_.options().quiet || console_.json()) return;
    group_.spawn([this](const std::stop_token& stop) { return show(stop); });
}

StepDisplay::~StepDisplay() = default;

std::string StepDisplay::line() const {
    const std::uint64_t total = total_;
    const std::uint64_t done = done_;
    if (total == 0) return fmt::format("{}  {} {}", verb_, format_count(done), unit_);
    std::string cells;
    for (std::uint64_t i = 0; i < kStepCells; ++i)
        cells += i < kStepCells * done / total ? "█" : "░";
    return fmt::format("{}  {}  {}/{} {}", verb_, cells, format_count(done), format_count(total), unit_);
}

Status StepDisplay::show(const std::stop_token& stop) {
    const bool has_bar = console_.is_terminal();
    bool is_shown = false;
    const auto began = clock_.now();
    while (clock_.sleep({stop}, has_bar ? kStepBarInterval : kStepLineInterval)) {
        if (!has_bar) {
            console_.note(line());
        } else if (clock_.now() - began >= kStepQuietStart) {
            console_.status_line(line());
            set_status_line_shown(true);
            is_shown = true;
        }
    }
    if (is_shown) {
        console_.status_line("");
        set_status_line_shown(false);
    }
    return {};
}

}  // namespace cofre::cli
