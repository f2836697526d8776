#pragma once

/// @file
/// From the fields of a JSON object to a struct, by a table.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "objects/json_fields.h"

namespace cofre::objects {

enum class Presence : std::uint8_t { kRequired, kOptional, kRepeated };

/// What a field may be. kBytes: a text, beside which its bytes may stand in
/// base64 under the same name and "_base64"; those win.
enum class FieldForm : std::uint8_t { kText, kBytes, kUnsigned, kBoolean, kObject, kArray };

/// How one field gets into a `Record`. `set` is given a value of the right
/// form; of objects and arrays it is told before what they hold.
template <typename Record>
struct FieldRule {
    std::string_view name;
    FieldForm form;
    Presence presence;
    Status (*set)(Record&, const JsonValue&);
};

/// True if a value of this kind may stand where the form is asked for.
bool fits(FieldForm form, JsonKind kind);

inline constexpr std::string_view kBase64Suffix = "_base64";

/// kCorruption: not strict base64.
Result<std::string> decode_base64_text(std::string_view base64);

/// Fills `record` from `json`. Fields without a rule are ignored: a later
/// version may add some. kCorruption: malformed, wrong type, required field
/// absent, or one that is not kRepeated present twice.
template <typename Record, std::size_t N>
class RecordDecoder {
public:
    using Rules = std::array<FieldRule<Record>, N>;

    RecordDecoder(const Rules& rules, Record& record) : rules_(rules), record_(record) {}

    Status decode(std::string_view json) {
        COFRE_TRY(visit_json_fields(json, [this](std::string_view n, const JsonValue& v) { return take(n, v); }));
        for (std::size_t i = 0; i < N; ++i) {
            if (rules_[i].presence == Presence::kRequired && !seen_[i]) return fault(rules_[i].name, "is missing");
        }
        return {};
    }

private:
    static Error fault(std::string_view name, std::string_view what) {
        return Error(ErrorCode::kCorruption, "field \"" + std::string(name) + "\" " + std::string(what));
    }

    // Writers keep the order of the table, so that most searches end at once.
    const FieldRule<Record>* find(std::string_view name) {
        for (std::size_t tried = 0; tried < N; ++tried) {
            const FieldRule<Record>& rule = rules_[next_];
            next_ = (next_ + 1) % N;
            if (rule.name == name) return &rule;
        }
        return nullptr;
    }

    Status take(std::string_view name, const JsonValue& value) {
        const FieldRule<Record>* rule = find(name);
        bool is_base64 = false;
        if (rule == nullptr && name.ends_with(kBase64Suffix)) {
            rule = find(name.substr(0, name.size() - kBase64Suffix.size()));
            is_base64 = rule != nullptr && rule->form == FieldForm::kBytes;
            if (!is_base64) return {};
        }
        if (rule == nullptr) return {};
        if (!fits(rule->form, value.kind)) return fault(name, "has the wrong type");

        const auto index = static_cast<std::size_t>(rule - rules_.data());
        bool& seen = is_base64 ? seen_base64_[index] : seen_[index];
        if (seen && rule->presence != Presence::kRepeated) return fault(name, "is there twice");
        seen = true;
        if (!is_base64 && seen_base64_[index]) return {};
        const Status status = is_base64 ? set_base64(*rule, value) : rule->set(record_, value);
        return status ? Status() : fault(name, status.error().message());
    }

    Status set_base64(const FieldRule<Record>& rule, const JsonValue& value) {
        COFRE_ASSIGN(std::string bytes, decode_base64_text(*value.text));
        return rule.set(record_, {.kind = JsonKind::kText, .text = &bytes});
    }

    const Rules& rules_;
    Record& record_;
    std::size_t next_ = 0;
    std::array<bool, N> seen_{};
    std::array<bool, N> seen_base64_{};
};

template <typename Record, std::size_t N>
Status decode_record(std::string_view json, const std::array<FieldRule<Record>, N>& rules, Record& record) {
    return RecordDecoder<Record, N>(rules, record).decode(json);
}

}  // namespace cofre::objects
