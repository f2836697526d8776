#include "schedule/cron_field.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include <fmt/format.h>

#include "base/number.h"

namespace cofre::schedule {
namespace {

constexpr std::array<std::string_view, 12> kMonthNames = {"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kDayNames = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

bool is_same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    });
}

std::string allowed_in(const CronFieldKind& kind) {
    std::string text = fmt::format("{}-{}", kind.low, kind.high);
    if (!kind.names.empty()) text += fmt::format(" or {}-{}", kind.names.front(), kind.names.back());
    if (kind.high == 7) text += " (0 and 7 are Sunday)";
    return text + ", *, ranges 1-5, steps */2 or 1-5/2, lists 1,3";
}

/// One item of the list, taken apart from the left.
class CronItemReader {
public:
    CronItemReader(const CronFieldKind& kind, std::string_view item, std::size_t column)
        : kind_(kind), rest_(item), column_(column) {}

    Status read_into(std::uint64_t& bits) {
        if (rest_.empty()) return refuse("a value is missing");
        COFRE_TRY(read_range());
        COFRE_TRY(read_step());
        if (!rest_.empty()) return refuse(fmt::format("\"{}\" is not understood", rest_.substr(0, 16)));
        for (unsigned value = first_; value <= last_; value += step_)
            bits |= std::uint64_t{1} << value;
        return {};
    }

private:
    Status read_range() {
        if (skip('*')) {
            first_ = kind_.low;
            last_ = kind_.high;
            is_single_ = false;
            return {};
        }
        COFRE_ASSIGN(first_, read_value());
        last_ = first_;
        const auto dash = column_;
        if (!skip('-')) return {};
        const auto end = rest_;
        COFRE_ASSIGN(last_, read_value());
        // "fri-sun" can mean one thing only, though Sunday is 0 elsewhere.
        if (kind_.high == 7 && last_ == 0 && first_ > 0 && is_same_word(end.substr(0, 3), "sun")) last_ = 7;
        is_single_ = false;
        if (first_ <= last_) return {};
        column_ = dash;
        return refuse(fmt::format("the range {}-{} runs backwards", first_, last_))
            .with_hint(fmt::format("write it as two ranges: {}-{},{}-{}", first_, kind_.high, kind_.low, last_));
    }

    Status read_step() {
        const auto slash = column_;
        if (!skip('/')) return {};
        if (is_single_) {
            column_ = slash;
            return refuse("a step needs a range or *")
                .with_hint(fmt::format("write {}-{}/{}", first_, kind_.high, rest_.substr(0, 16)));
        }
        const auto begin = column_;
        const auto digits = take_word();
        const auto step = parse_number<unsigned>(digits);
        column_ = begin;
        if (!step) return refuse(fmt::format("\"{}\" is not a step", digits.substr(0, 16)));
        if (*step == 0) return refuse("a step of 0 never ends");
        if (*step > kind_.high - kind_.low) {
            return refuse(fmt::format("a step of {} is wider than the field", *step))
                .with_hint(
                    "a step counts within its own field and begins anew with the next hour, day, month or "
                    "year; for a period of any length use `every`");
        }
        column_ += digits.size();
        step_ = *step;
        return {};
    }

    Result<unsigned> read_value() {
        const auto begin = column_;
        const auto word = take_word();
        column_ = begin;
        if (word.empty()) {
            return refuse(rest_.empty() ? "a value is missing"
                                        : fmt::format("\"{}\" is not understood", rest_.substr(0, 16)));
        }
        std::optional<unsigned> value = parse_number<unsigned>(word);
        for (unsigned i = 0; i < kind_.names.size() && !value; ++i) {
            if (is_same_word(word, kind_.names[i])) value = kind_.low + i;
        }
        if (!value) return refuse(fmt::format("\"{}\" is not understood", word.substr(0, 16)));
        if (*value < kind_.low || *value > kind_.high) return refuse(fmt::format("{} is out of range", *value));
        column_ += word.size();
        return *value;
    }

    /// Letters and digits.
    std::string_view take_word() {
        const auto* const end = std::find_if(rest_.begin(), rest_.end(),
                                             [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
        const auto word = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(word.size());
        column_ += word.size();
        return word;
    }

    bool skip(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        ++column_;
        return true;
    }

    Error refuse(std::string_view why) const {
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("{}, at character {}: {}; allowed: {}", kind_.name, column_, why, allowed_in(kind_)));
    }

    const CronFieldKind& kind_;
    std::string_view rest_;
    std::size_t column_;
    unsigned first_ = 0;
    unsigned last_ = 0;
    unsigned step_ = 1;
    bool is_single_ = true;
};

}  // namespace

const CronFieldKind kCronMinute{"minute", 0, 59, {}};
const CronFieldKind kCronHour{"hour", 0, 23, {}};
const CronFieldKind kCronDayOfMonth{"day of month", 1, 31, {}};
const CronFieldKind kCronMonth{"month", 1, 12, kMonthNames};
const CronFieldKind kCronDayOfWeek{"day of week", 0, 7, kDayNames};

Result<CronField> parse_cron_field(const CronFieldKind& kind, std::string_view text, std::size_t column) {
    CronField field{.begins_with_star = text.starts_with('*')};
    for (std::size_t begin = 0;;) {
        const std::size_t comma = std::min(text.find(',', begin), text.size());
        CronItemReader reader(kind, text.substr(begin, comma - begin), column + begin);
        COFRE_TRY(reader.read_into(field.bits));
        if (comma == text.size()) break;
        begin = comma + 1;
    }
    if (kind.high == 7 && field.has(7)) field.bits = (field.bits | 1U) & 0x7FU;
    return field;
}

}  // namespace cofre::schedule
