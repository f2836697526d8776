#include "objects/field_values.h"

#include <chrono>
#include <initializer_list>
#include <limits>
#include <utility>

#include "base/encoding.h"
#include "objects/record_decoder.h"

namespace cofre::objects {
namespace {

template <typename Number>
Status set_small(Number& field, std::uint64_t value) {
    if (value > static_cast<std::uint64_t>(std::numeric_limits<Number>::max())) return corrupt_record("is too large");
    field = static_cast<Number>(value);
    return {};
}

template <typename Enum>
Status set_name(Enum& field, std::string_view text, std::initializer_list<Enum> values) {
    for (const Enum value : values) {
        if (text != to_string(value)) continue;
        field = value;
        return {};
    }
    return corrupt_record("has an unknown value");
}

}  // namespace

Error corrupt_record(const char* why) {
    return Error(ErrorCode::kCorruption, why);
}

bool fits(FieldForm form, JsonKind kind) {
    switch (form) {
        case FieldForm::kText:
        case FieldForm::kBytes: return kind == JsonKind::kText;
        case FieldForm::kUnsigned: return kind == JsonKind::kUnsigned;
        case FieldForm::kBoolean: return kind == JsonKind::kBoolean;
        case FieldForm::kObject: return kind == JsonKind::kObject;
        case FieldForm::kArray: return kind == JsonKind::kArray;
    }
    return false;
}

Result<std::string> decode_base64_text(std::string_view base64) {
    const auto bytes = base64_decode(base64);
    if (!bytes) return corrupt_record("is not base64");
    return to_text(*bytes);
}

Status set(std::string& field, const JsonValue& value) {
    field = std::move(*value.text);
    return {};
}

Status set(bool& field, const JsonValue& value) {
    field = value.truth;
    return {};
}

Status set(std::uint64_t& field, const JsonValue& value) {
    field = value.number;
    return {};
}

Status set(std::uint32_t& field, const JsonValue& value) {
    return set_small(field, value.number);
}

Status set(int& field, const JsonValue& value) {
    return set_small(field, value.number);
}

Status set(crypto::Sha256Digest& field, const JsonValue& value) {
    const auto digest = crypto::Sha256Digest::parse(*value.text);
    if (!digest) return corrupt_record("is not a SHA-256");
    field = *digest;
    return {};
}

Status set(WallTime& field, const JsonValue& value) {
    constexpr WallTime kBegin = std::chrono::sys_days(std::chrono::year(1678) / 1 / 1);
    constexpr WallTime kEnd = std::chrono::sys_days(std::chrono::year(2262) / 1 / 1);
    const auto time = parse_rfc3339(*value.text);
    if (!time || value.text->back() != 'Z') return corrupt_record("is not a time in UTC");
    if (*time < kBegin || *time >= kEnd) return corrupt_record("is a time that 64 bits cannot hold");
    field = *time;
    return {};
}

Status set(EntryType& field, const JsonValue& value) {
    return set_name(field, *value.text, {EntryType::kFile, EntryType::kDirectory, EntryType::kSymlink});
}

Status set(Compression& field, const JsonValue& value) {
    return set_name(field, *value.text, {Compression::kNone, Compression::kZstd, Compression::kGzip});
}

Status set(Proof& field, const JsonValue& value) {
    return set_name(field, *value.text, {Proof::kNone, Proof::kSize, Proof::kChecksum, Proof::kReadBack});
}

Status set_nanoseconds(std::int64_t& field, const JsonValue& value) {
    WallTime time;
    COFRE_TRY(set(time, value));
    field = time.time_since_epoch().count();
    return {};
}

Status set_mode(std::uint32_t& field, const JsonValue& value) {
    if (value.text->size() != 4) return corrupt_record("is not four octal digits");
    field = 0;
    for (const char digit : *value.text) {
        if (digit < '0' || digit > '7') return corrupt_record("is not four octal digits");
        field = field << 3U | static_cast<std::uint32_t>(digit - '0');
    }
    return {};
}

}  // namespace cofre::objects
