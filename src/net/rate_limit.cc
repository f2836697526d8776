#include "net/rate_limit.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <string>

#include "base/number.h"
#include "base/units.h"

namespace cofre::net {
namespace {

using std::chrono::nanoseconds;

constexpr int kMinutesOfDay = 24 * 60;
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
// After a pause so much may pass at once.
constexpr std::chrono::milliseconds kBurst{100};
constexpr std::size_t kLeastPiece = 4096;
constexpr std::uint64_t kRateOfConnection = 64UL * 1024;

Error invalid(std::string_view text, std::string_view why) {
    return Error(ErrorCode::kInvalidArgument, "rate limit \"" + std::string(text) + "\": " + std::string(why))
        .with_hint("write a rate such as 10M (a bare number is KiB/s), off, or a timetable: 08:00,512K 19:00,off");
}

Result<std::optional<std::uint64_t>> parse_rate(std::string_view text) {
    if (text == "off" || text == "0") return std::optional<std::uint64_t>();
    const bool is_bare = text.find_first_not_of("0123456789.") == std::string_view::npos;
    auto rate = parse_size(is_bare ? std::string(text) + "K" : std::string(text));
    if (!rate) return Error(ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" is not a rate");
    if (*rate < 1024) return Error(ErrorCode::kInvalidArgument, "less than 1 KiB/s");
    return std::optional(*rate);
}

/// "HH:MM" as minutes; nullopt: it is not one.
std::optional<int> parse_time(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hours = parse_number<unsigned>(text.substr(0, 2));
    const auto minutes = parse_number<unsigned>(text.substr(3));
    if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return static_cast<int>(*hours * 60 + *minutes);
}

}  // namespace

Result<RateTable> RateTable::parse(std::string_view text) {
    RateTable table;
    if (text.find(',') == std::string_view::npos) {
        const auto rate = parse_rate(text);
        if (!rate) return invalid(text, rate.error().message());
        table.entries_.push_back({0, *rate});
        return table;
    }
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find(' ', begin), text.size());
        if (end > begin) {
            const Status added = table.add(text.substr(begin, end - begin));
            if (!added) return invalid(text, added.error().message());
        }
        begin = end + 1;
    }
    std::stable_sort(table.entries_.begin(), table.entries_.end(),
                     [](const Entry& a, const Entry& b) { return a.minute < b.minute; });
    return table;
}

// "08:00,512K" or "Mon-08:00,512K".
Status RateTable::add(std::string_view word) {
    const auto comma = word.find(',');
    std::string_view when = word.substr(0, comma);
    if (comma == std::string_view::npos) return Error(ErrorCode::kInvalidArgument, "an entry without a rate");
    COFRE_ASSIGN(const auto rate, parse_rate(word.substr(comma + 1)));
    int first_day = 0;
    int last_day = 6;
    if (when.size() > 4 && when[3] == '-') {
        const auto* const day = std::find(kDays.begin(), kDays.end(), when.substr(0, 3));
        if (day == kDays.end()) return Error(ErrorCode::kInvalidArgument, "a day is Sun, Mon, Tue, Wed, Thu, Fri, Sat");
        first_day = last_day = static_cast<int>(day - kDays.begin());
        when.remove_prefix(4);
    }
    const auto time = parse_time(when);
    if (!time) return Error(ErrorCode::kInvalidArgument, "a time is HH:MM");
    for (int day = first_day; day <= last_day; ++day)
        entries_.push_back({day * kMinutesOfDay + *time, rate});
    return {};
}

std::optional<std::uint64_t> RateTable::rate_at(WallTime time) const {
    if (entries_.size() == 1) return entries_.front().rate;
    const std::time_t seconds =
        std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
    std::tm local{};
    ::localtime_r(&seconds, &local);
    const int minute = local.tm_wday * kMinutesOfDay + local.tm_hour * 60 + local.tm_min;
    const auto next = std::upper_bound(entries_.begin(), entries_.end(), minute,
                                       [](int wanted, const Entry& entry) { return wanted < entry.minute; });
    return next == entries_.begin() ? entries_.back().rate : std::prev(next)->rate;
}

Status RateLimiter::take(const CallContext& ctx, std::size_t bytes) {
    const auto rate = table_.rate_at(clock_.wall_now());
    if (!rate) return {};
    const nanoseconds cost(static_cast<std::int64_t>(static_cast<double>(bytes) / static_cast<double>(*rate) * 1e9));
    const auto wait = free_at_.with([&](std::chrono::steady_clock::time_point& free_at) {
        const auto now = clock_.now();
        free_at = std::max(free_at, now - kBurst) + cost;
        return free_at - now;
    });
    if (wait <= nanoseconds(0)) return {};
    return clock_.sleep(ctx, std::chrono::ceil<std::chrono::milliseconds>(wait));
}

std::size_t RateLimiter::piece(std::size_t wanted) const {
    const auto rate = table_.rate_at(clock_.wall_now());
    if (!rate) return wanted;
    return std::min(wanted, std::max(kLeastPiece, static_cast<std::size_t>(*rate / 10)));
}

int RateLimiter::useful_connections() const {
    const auto rate = table_.rate_at(clock_.wall_now());
    if (!rate) return 1024;
    return static_cast<int>(std::clamp<std::uint64_t>(*rate / kRateOfConnection, 1, 1024));
}

}  // namespace cofre::net
