#include "base/units.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace cofre {
namespace {

constexpr std::uint64_t kLargestSize = std::uint64_t{1} << 63U;
constexpr std::string_view kPrefixes = "BKMGTP";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Takes the digits off the front of `text`; nothing if there are none or they overflow.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    std::uint64_t value = 0;
    while (!text.empty() && is_digit(text.front())) {
        const auto digit = static_cast<std::uint64_t>(text.front() - '0');
        if (value > (kMax - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
        text.remove_prefix(1);
    }
    return value;
}

std::optional<long double> take_fraction(std::string_view& text) {
    if (text.empty() || text.front() != '.') return 0.0L;
    text.remove_prefix(1);
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    long double value = 0;
    long double place = 1;
    while (!text.empty() && is_digit(text.front())) {
        place /= 10;
        value += place * static_cast<long double>(text.front() - '0');
        text.remove_prefix(1);
    }
    return value;
}

// Bytes in "", "B", "K", "KB", "KiB", ... in any case; nothing if it is no unit.
std::optional<std::uint64_t> size_unit(std::string_view text) {
    if (text.empty()) return 1;
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
    const std::size_t power = kPrefixes.find(upper(text.front()));
    if (power == std::string_view::npos) return std::nullopt;
    std::string rest;
    for (const char c : text.substr(1))
        rest += upper(c);
    if (power == 0) return rest.empty() ? std::optional<std::uint64_t>(1) : std::nullopt;
    if (!rest.empty() && rest != "B" && rest != "IB") return std::nullopt;
    if (rest != "B") return std::uint64_t{1} << (10 * power);
    std::uint64_t unit = 1;
    for (std::size_t i = 0; i < power; ++i)
        unit *= 1000;
    return unit;
}

Error bad_size(std::string_view text) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("parse size: \"{}\" is not one", text.substr(0, 64)))
        .with_hint("write bytes, or a number with B, K, M, G, T or P, as in 50MiB");
}

struct DurationUnit {
    std::string_view name;
    std::int64_t milliseconds;
};

// Largest first: "1h30m" is a duration and "30m1h" is a mistake.
constexpr std::array<DurationUnit, 5> kDurationUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

// A hundred years: more is a slip, and could overflow where it is added to a time.
constexpr std::uint64_t kLongestMilliseconds = 100ULL * 366 * 86'400'000;

Error bad_duration(std::string_view text) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("parse duration: \"{}\" is not one", text.substr(0, 64)))
        .with_hint("write seconds, or numbers with d, h, m, s or ms, as in 1h30m");
}

std::string_view take_letters(std::string_view& text) {
    const auto end = std::find_if(text.begin(), text.end(), is_digit);
    const auto letters = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(letters.size());
    return letters;
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
    std::string_view rest = text;
    const auto whole = take_number(rest);
    const auto fraction = whole ? take_fraction(rest) : std::nullopt;
    const auto unit = fraction ? size_unit(rest) : std::nullopt;
    if (!unit || (*unit == 1 && *fraction > 0)) return bad_size(text);
    if (*whole > kLargestSize / *unit) return bad_size(text);
    const std::uint64_t size =
        *whole * *unit + static_cast<std::uint64_t>(std::floor(*fraction * static_cast<long double>(*unit)));
    if (size > kLargestSize) return bad_size(text);
    return size;
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    std::string_view rest = text;
    std::uint64_t total = 0;
    auto unit = kDurationUnits.begin();
    do {
        const auto number = take_number(rest);
        const std::string_view name = take_letters(rest);
        const bool is_bare = name.empty() && unit == kDurationUnits.begin();
        unit = std::find_if(unit, kDurationUnits.end(),
                            [&](const DurationUnit& u) { return u.name == (is_bare ? "s" : name); });
        if (!number || unit == kDurationUnits.end()) return bad_duration(text);
        const auto scale = static_cast<std::uint64_t>(unit->milliseconds);
        if (*number > kLongestMilliseconds / scale) return bad_duration(text);
        total += *number * scale;
        ++unit;
    } while (!rest.empty());
    if (total > kLongestMilliseconds) return bad_duration(text);
    return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

std::string format_bytes(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 7> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (bytes < 1024) return fmt::format("{} B", bytes);
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    // 1023.5 would be shown as 1024: that is one of the next unit.
    while (value >= 1023.5 && unit + 1 < kUnits.size()) {
        value /= 1024;
        ++unit;
    }
    if (value >= 999.5) return fmt::format("{:.0f} {}", value, kUnits[unit]);
    return fmt::format("{:.3g} {}", value, kUnits[unit]);
}

std::string format_duration(std::chrono::milliseconds duration) {
    if (duration < std::chrono::milliseconds(0)) return "-" + format_duration(-duration);
    const auto ms = duration.count();
    const auto s = ms / 1000;
    if (s < 10) return fmt::format("{}.{}s", s, ms % 1000 / 100);
    if (s < 60) return fmt::format("{}s", s);
    if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
    if (s < 86'400) return fmt::format("{}h{:02}m", s / 3600, s % 3600 / 60);
    return fmt::format("{}d{:02}h", s / 86'400, s % 86'400 / 3600);
}

std::string format_count(std::uint64_t count) {
    std::string text = std::to_string(count);
    for (std::size_t i = text.size(); i > 3;) {
        i -= 3;
        text.insert(i, ",");
    }
    return text;
}

}  // namespace cofre
