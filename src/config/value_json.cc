// Values as JSON, and what kind of value a key takes.
#include <array>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "base/secret.h"
#include "config/choices.h"
#include "config/field_value.h"

namespace cofre::config {
namespace {

constexpr std::string_view kMask = "********";

template <typename Enum>
std::vector<std::string> choice_names() {
    std::vector<std::string> names;
    names.reserve(kChoices<Enum>.size());
    for (const auto& choice : kChoices<Enum>)
        names.emplace_back(choice.name);
    return names;
}

/// The largest unit that divides, so that what is shown is exact.
std::string size_text(std::uint64_t bytes) {
    struct Unit {
        std::string_view name;
        std::uint64_t bytes;
    };
    static constexpr std::array<Unit, 6> kUnits = {
        {{"GiB", 1_GiB}, {"GB", 1'000'000'000}, {"MiB", 1_MiB}, {"MB", 1'000'000}, {"KiB", 1_KiB}, {"KB", 1'000}}};
    for (const auto& unit : kUnits) {
        if (bytes != 0 && bytes % unit.bytes == 0) return std::to_string(bytes / unit.bytes) + std::string(unit.name);
    }
    return std::to_string(bytes);
}

std::string duration_text(std::chrono::milliseconds duration) {
    const auto count = duration.count();
    return count % 1000 == 0 ? std::to_string(count / 1000) + "s" : std::to_string(count) + "ms";
}

class JsonWriter {
public:
    explicit JsonWriter(const FieldRules& rules) : rules_(rules) {}

    std::string of(bool value) const { return value ? "true" : "false"; }
    std::string of(int value) const { return std::to_string(value); }
    std::string of(std::uint64_t value) const {
        return rules_.unit == 1 ? json_string(size_text(value)) : std::to_string(value / rules_.unit);
    }
    std::string of(std::chrono::milliseconds value) const { return json_string(duration_text(value)); }
    std::string of(const std::string& value) const { return value.empty() ? "null" : json_string(redact(value)); }
    std::string of(const std::filesystem::path& value) const { return of(value.string()); }
    std::string of(const Secret& value) const { return value.empty() ? "null" : json_string(kMask); }
    std::string of(const std::vector<std::string>& value) const {
        std::string text;
        for (const auto& item : value)
            text += (text.empty() ? "" : ", ") + json_string(redact(item));
        return "[" + text + "]";
    }
    std::string of(const std::map<std::string, std::string>& value) const {
        std::string text;
        for (const auto& [name, item] : value)
            text += (text.empty() ? "" : ", ") + json_string(name) + ": " + json_string(redact(item));
        return "{" + text + "}";
    }
    template <typename Enum, std::enable_if_t<std::is_enum_v<Enum>, int> = 0>
    std::string of(Enum value) const {
        for (const auto& choice : kChoices<Enum>) {
            if (choice.value == value) return json_string(choice.name);
        }
        return "null";
    }
    template <typename T>
    std::string of(const std::optional<T>& value) const {
        return value ? of(*value) : "null";
    }

private:
    const FieldRules& rules_;
};

template <typename T>
constexpr ValueType value_type(const FieldRules& rules) {
    using U = typename Plain<T>::Type;
    if constexpr (std::is_same_v<U, bool>) return ValueType::kBool;
    if constexpr (std::is_same_v<U, int>) return ValueType::kInteger;
    if constexpr (std::is_same_v<U, std::uint64_t>) return rules.unit == 1 ? ValueType::kSize : ValueType::kInteger;
    if constexpr (std::is_same_v<U, std::chrono::milliseconds>) return ValueType::kDuration;
    if constexpr (std::is_same_v<U, std::filesystem::path>) return ValueType::kPath;
    if constexpr (std::is_same_v<U, Secret>) return ValueType::kSecret;
    if constexpr (std::is_same_v<U, std::vector<std::string>>) return ValueType::kTextList;
    if constexpr (std::is_same_v<U, std::map<std::string, std::string>>) return ValueType::kTextMap;
    if constexpr (std::is_enum_v<U>) return ValueType::kChoice;
    return ValueType::kText;
}

}  // namespace

std::string value_json(const BoundField& field) {
    const JsonWriter writer(field.info->rules);
    return std::visit([&](const auto* value) { return writer.of(*value); }, field.ref);
}

ValueType type_of(const BoundField& field) {
    return std::visit([&](const auto* value) { return value_type<std::decay_t<decltype(*value)>>(field.info->rules); },
                      field.ref);
}

std::vector<std::string> choices_of(const BoundField& field) {
    return std::visit(
        [](const auto* value) -> std::vector<std::string> {
            using T = typename Plain<std::decay_t<decltype(*value)>>::Type;
            if constexpr (std::is_enum_v<T>)
                return choice_names<T>();
            else
                return {};
        },
        field.ref);
}

std::string json_string(std::string_view text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace cofre::config
