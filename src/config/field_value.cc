#include "config/field_value.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <type_traits>
#include <utility>

#include "base/utf8.h"
#include "config/choices.h"

namespace cofre::config {
namespace {

constexpr std::size_t kMaxEcho = 60;

Error bad_value(std::string cause) {
    return Error(ErrorCode::kInvalidArgument, std::move(cause));
}

std::string echo(const Expanded& item) {
    if (item.has_foreign_text) return "something else";
    const bool is_long = item.text.size() > kMaxEcho;
    return "\"" + escape_for_display(std::string_view(item.text).substr(0, kMaxEcho)) + (is_long ? "...\"" : "\"");
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

Status check_range(long long number, const FieldRules& rules) {
    if (number >= rules.minimum && (rules.maximum == 0 || number <= rules.maximum)) return {};
    std::string range = "at least " + std::to_string(rules.minimum);
    if (rules.maximum != 0) {
        range = "between " + std::to_string(rules.minimum) + " and " + std::to_string(rules.maximum);
    }
    return bad_value("must be " + range);
}

Result<long long> parse_integer(const Expanded& item) {
    long long number = 0;
    const char* const end = item.text.data() + item.text.size();
    const auto [stop, error] = std::from_chars(item.text.data(), end, number);
    if (error != std::errc() || stop != end) return bad_value("expected a whole number, found " + echo(item));
    return number;
}

/// Parses one item into each type that a field can have.
class ItemParser {
public:
    ItemParser(const Expanded& item, const FieldRules& rules, const PathBase& base)
        : item_(item), rules_(rules), base_(base) {}

    Status into(bool& out) const {
        for (const std::string_view word : {"true", "yes", "on"}) {
            if (equals_ignoring_case(item_.text, word)) return assign(out, true);
        }
        for (const std::string_view word : {"false", "no", "off"}) {
            if (equals_ignoring_case(item_.text, word)) return assign(out, false);
        }
        return bad_value("expected true or false, found " + echo(item_));
    }
    Status into(int& out) const {
        COFRE_ASSIGN(const auto number, parse_integer(item_));
        if (number > std::numeric_limits<int>::max() || number < std::numeric_limits<int>::min()) {
            return bad_value("the number is too large");
        }
        COFRE_TRY(check_range(number, rules_));
        return assign(out, static_cast<int>(number));
    }
    Status into(std::uint64_t& out) const {
        if (rules_.unit == 1) {
            const auto size = parse_size(item_.text);
            if (!size) return bad_value("expected a size such as 50MiB, found " + echo(item_));
            COFRE_TRY(check_range(static_cast<long long>(*size), rules_));
            return assign(out, *size);
        }
        COFRE_ASSIGN(const auto number, parse_integer(item_));
        const auto largest = std::numeric_limits<long long>::max() / static_cast<long long>(rules_.unit);
        if (number < 0 || number > largest) return bad_value("the number is too large or negative");
        const auto bytes = static_cast<std::uint64_t>(number) * rules_.unit;
        if (!check_range(static_cast<long long>(bytes), rules_)) {
            const auto unit = static_cast<long long>(rules_.unit);
            return bad_value("must be between " + std::to_string(rules_.minimum / unit) + " and " +
                             std::to_string(rules_.maximum / unit));
        }
        return assign(out, bytes);
    }
    Status into(std::chrono::milliseconds& out) const {
        const auto duration = parse_duration(item_.text);
        if (!duration) return bad_value("expected a duration such as 30s, found " + echo(item_));
        COFRE_TRY(check_range(duration->count(), rules_));
        return assign(out, *duration);
    }
    Status into(std::string& out) const {
        COFRE_TRY(check_text());
        if (rules_.use == TextUse::kSource && item_.text.find("://") == std::string::npos) {
            COFRE_ASSIGN(const auto path, absolute_path(item_.text, base_));
            return assign(out, path.string());
        }
        return assign(out, item_.text);
    }
    Status into(std::filesystem::path& out) const {
        COFRE_ASSIGN(auto path, absolute_path(item_.text, base_));
        return assign(out, std::move(path));
    }
    Status into(Secret& out) const {
        COFRE_TRY(check_text());
        return assign(out, Secret(item_.text));
    }
    template <typename Enum, std::enable_if_t<std::is_enum_v<Enum>, int> = 0>
    Status into(Enum& out) const {
        for (const auto& choice : kChoices<Enum>) {
            if (equals_ignoring_case(item_.text, choice.name)) return assign(out, choice.value);
        }
        std::string names;
        for (const auto& choice : kChoices<Enum>)
            names += (names.empty() ? "" : ", ") + std::string(choice.name);
        return bad_value("expected one of " + names + ", found " + echo(item_));
    }
    template <typename T>
    Status into(std::optional<T>& out) const {
        T value{};
        COFRE_TRY(into(value));
        return assign(out, std::move(value));
    }

private:
    template <typename T, typename U>
    static Status assign(T& out, U value) {
        out = std::move(value);
        return {};
    }

    /// No key takes line breaks or control characters: they would end up in
    /// HTTP headers, object keys or file names.
    Status check_text() const {
        const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; };
        if (std::none_of(item_.text.begin(), item_.text.end(), is_control)) return {};
        return bad_value("holds a line break or another control character");
    }

    const Expanded& item_;
    const FieldRules& rules_;
    const PathBase& base_;
};

}  // namespace

namespace {

Status store_map(const Written& written, const FieldRules& rules, const PathBase& base,
                 std::map<std::string, std::string>& out) {
    if (!written.is_map) return bad_value("expected a map of texts");
    std::map<std::string, std::string> values;
    for (std::size_t i = 0; i < written.items.size(); ++i)
        COFRE_TRY(ItemParser(written.items[i], rules, base).into(values[written.names[i]]));
    out = std::move(values);
    return {};
}

}  // namespace

Status store_value(const BoundField& field, const Written& written, const PathBase& base) {
    const FieldRules& rules = field.info->rules;
    if (auto* const* const list = std::get_if<std::vector<std::string>*>(&field.ref)) {
        std::vector<std::string> values(written.items.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (written.items[i].text.empty()) return bad_value("an empty text in the list");
            COFRE_TRY(ItemParser(written.items[i], rules, base).into(values[i]));
        }
        **list = std::move(values);
        return {};
    }
    if (auto* const* const map = std::get_if<std::map<std::string, std::string>*>(&field.ref)) {
        return store_map(written, rules, base, **map);
    }
    if (written.is_list || written.items.size() != 1) {
        return bad_value("expected " + std::string(describe(type_of(field))) + ", found a list");
    }
    const ItemParser parser(written.items.front(), rules, base);
    return std::visit(
        [&](auto* out) -> Status {
            using Out = decltype(out);
            if constexpr (std::is_same_v<Out, std::vector<std::string>*> ||
                          std::is_same_v<Out, std::map<std::string, std::string>*>)
                return {};
            else
                return parser.into(*out);
        },
        field.ref);
}

}  // namespace cofre::config
