#include "cli/progress_display.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/units.h"

namespace cofre::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kBarInterval{250};
constexpr milliseconds kJsonInterval{1000};
constexpr milliseconds kLineInterval{30'000};
constexpr milliseconds kQuietStart{2'000};
constexpr int kBarCells = 20;
/// Weight of the newest reading in the shown rate: half of it is from the last
/// two seconds or so.
constexpr double kSmoothing = 0.1;

double fraction_done(const ProgressSample& sample) {
    if (sample.bytes_found > 0) {
        return std::min(1.0, static_cast<double>(sample.bytes_done) / static_cast<double>(sample.bytes_found));
    }
    if (sample.files_found == 0) return 0;
    return std::min(1.0, static_cast<double>(sample.files_done) / static_cast<double>(sample.files_found));
}

std::string bar(double fraction) {
    const int full = static_cast<int>(fraction * kBarCells);
    std::string cells;
    for (int i = 0; i < kBarCells; ++i)
        cells += i < full ? "█" : "░";
    return cells;
}

std::string time_left(const ProgressSample& sample) {
    if (!sample.found_all || sample.bytes_per_second < 1 || sample.bytes_found <= sample.bytes_done) return {};
    const double seconds = static_cast<double>(sample.bytes_found - sample.bytes_done) / sample.bytes_per_second;
    return "  " + format_duration(milliseconds(static_cast<std::int64_t>(seconds * 1000))) + " left";
}

/// Counts characters, not bytes: the bar is not ASCII.
std::string cut_to_width(const std::string& line, int width) {
    int columns = 0;
    std::size_t end = 0;
    while (end < line.size() && columns < width) {
        ++end;
        while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U)
            ++end;
        ++columns;
    }
    return line.substr(0, end);
}

std::string status_json(const ProgressSample& sample, milliseconds elapsed) {
    const nlohmann::ordered_json out = {{"message_type", "status"},
                                        {"seconds_elapsed", elapsed.count() / 1000},
                                        {"percent_done", fraction_done(sample)},
                                        {"total_files", sample.files_found},
                                        {"files_done", sample.files_done},
                                        {"total_bytes", sample.bytes_found},
                                        {"bytes_done", sample.bytes_done},
                                        {"total_known", sample.found_all},
                                        {"error_count", sample.problems}};
    return out.dump();
}

class Sampler {
public:
    explicit Sampler(const backup::Progress& progress) : progress_(progress) {}

    ProgressSample take(steady_clock::time_point now) {
        ProgressSample sample{.files_done = progress_.files_done,
                              .files_found = progress_.files_found,
                              .bytes_done = progress_.bytes_done,
                              .bytes_found = progress_.bytes_found,
                              .found_all = progress_.found_all,
                              .problems = progress_.problems};
        const double seconds = std::chrono::duration<double>(now - last_time_).count();
        if (last_time_ != steady_clock::time_point() && seconds > 0) {
            // A file that is sent again takes back what it had counted.
            const auto gained = sample.bytes_done > last_bytes_ ? sample.bytes_done - last_bytes_ : 0;
            const double fresh = static_cast<double>(gained) / seconds;
            rate_ = rate_ == 0 ? fresh : rate_ + kSmoothing * (fresh - rate_);
        }
        last_time_ = now;
        last_bytes_ = sample.bytes_done;
        sample.bytes_per_second = rate_;
        return sample;
    }

private:
    const backup::Progress& progress_;
    steady_clock::time_point last_time_;
    std::uint64_t last_bytes_ = 0;
    double rate_ = 0;
};

}  // namespace

std::string progress_line(const std::string& verb, const ProgressSample& sample, int width) {
    const double fraction = fraction_done(sample);
    std::string line =
        fmt::format("{}  {} {:3.0f}%  {}/{}{} files  {}/{}{}  {}/s", verb, bar(fraction), fraction * 100,
                    format_count(sample.files_done), format_count(sample.files_found), sample.found_all ? "" : "+",
                    format_bytes(sample.bytes_done), format_bytes(sample.bytes_found), sample.found_all ? "" : "+",
                    format_bytes(static_cast<std::uint64_t>(std::max(0.0, sample.bytes_per_second))));
    line += time_left(sample);
    if (sample.problems > 0) line += fmt::format("  {} problems", format_count(sample.problems));
    return cut_to_width(line, width);
}

ProgressDisplay::ProgressDisplay(const Console& console, const backup::Progress& progress, Clock& clock,
                                 std::string verb)
    : console_(console), progress_(progress), clock_(clock), verb_(std::move(verb)) {
    if (console_.options().quiet && !console_.json()) return;
    group_.spawn([this](const std::stop_token& stop) { return show(stop); });
}

ProgressDisplay::~ProgressDisplay() = default;

Status ProgressDisplay::show(const std::stop_token& stop) {
    const auto began = clock_.now();
    const bool has_bar = !console_.json() && console_.is_terminal();
    const auto interval = console_.json() ? kJsonInterval : has_bar ? kBarInterval : kLineInterval;
    Sampler sampler(progress_);
    bool shown = false;
    for (;;) {
        if (!clock_.sleep({stop}, interval)) break;
        const auto now = clock_.now();
        const auto elapsed = std::chrono::duration_cast<milliseconds>(now - began);
        const auto sample = sampler.take(now);
        if (console_.json()) {
            console_.print_json(status_json(sample, elapsed));
        } else if (has_bar && elapsed >= kQuietStart) {
            console_.status_line(progress_line(verb_, sample, console_.width() - 1));
            shown = true;
            set_status_line_shown(true);
        } else if (!has_bar) {
            console_.note(progress_line(verb_, sample, 200));
        }
    }
    if (shown) {
        set_status_line_shown(false);
        console_.status_line("");
    }
    return {};
}

}  // namespace cofre::cli
