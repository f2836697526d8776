// The first line of the input is a cron expression, the second a window of a
// blackout; what follows says from when. Any expression is understood or
// refused, and then: due times are later than what they come after and ascend;
// each is a minute that fits, or the end of a gap; none that fits is left out
// in the hours before it. After the end of a window no window is left.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <string>
#include <string_view>

#include "base/check.h"
#include "schedule/blackout.h"
#include "schedule/cron_expression.h"

namespace {

using namespace cofre::schedule;  // NOLINT(google-build-using-namespace): a program of one file
using std::chrono::floor;
using std::chrono::hours;
using std::chrono::minutes;

std::string_view take_line(std::string_view& rest) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
}

bool fits(const CronExpression& cron, Instant time, const TimeZone& zone) {
    return cron.matches(floor<minutes>(zone.to_local(time)));
}

/// None of the minutes in (after, due) fits, unless the clock shows it again.
void check_nothing_before(const CronExpression& cron, Instant after, Instant due, const TimeZone& zone) {
    auto time = std::chrono::ceil<minutes>(std::max(after + std::chrono::seconds(1), due - hours(6)));
    for (; time < due; time += minutes(1)) {
        const bool is_repeated = zone.first_at(zone.to_local(time)) != time;
        COFRE_CHECK(!fits(cron, time, zone) || (is_repeated && !cron.runs_every_hour()));
    }
}

void check_expression(std::string_view text, Instant from, const TimeZone& zone) {
    const auto cron = CronExpression::parse(text);
    if (!cron) return;
    COFRE_CHECK(CronExpression::parse(cron->text()));
    for (int i = 0; i < 4; ++i) {
        const auto due = cron->next(from, zone);
        if (!due) return;
        COFRE_CHECK(*due > from);
        COFRE_CHECK(fits(*cron, *due, zone) || zone.span_at(*due).begin == *due);
        check_nothing_before(*cron, from, *due, zone);
        from = *due;
    }
}

void check_blackout(std::string_view text, Instant from, const TimeZone& zone) {
    const auto blackout = Blackout::parse({std::string(text)});
    if (!blackout) return;
    const auto end = blackout->end_at(from, zone);
    COFRE_CHECK(!end || (*end > from && !blackout->end_at(*end, zone)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const TimeZone kZones[] = {TimeZone::utc(), *TimeZone::find("America/Sao_Paulo"),
                                      *TimeZone::find("Europe/Lisbon"), *TimeZone::find("Australia/Lord_Howe")};
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const auto expression = take_line(rest);
    const auto window = take_line(rest);
    std::uint32_t since_1970 = 0;  // Up to 2106.
    std::memcpy(&since_1970, rest.data(), std::min(rest.size(), sizeof since_1970));
    // Zones of that time have offsets of whole minutes.
    const Instant from{std::chrono::seconds(since_1970)};
    const auto& zone = kZones[rest.size() % std::size(kZones)];
    check_expression(expression, from, zone);
    check_blackout(window, from, zone);
    return 0;
}
