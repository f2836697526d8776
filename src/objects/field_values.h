#pragma once

/// @file
/// From JSON values to the types of a manifest. Each set() returns kCorruption
/// with the end of a sentence, such as "is not a SHA-256", if the value, whose
/// form is right, does not stand for one.

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time_format.h"
#include "crypto/digest.h"
#include "objects/json_fields.h"
#include "objects/manifest.h"

namespace cofre::objects {

/// kCorruption: what a record says cannot be.
Error corrupt_record(const char* why);

Status set(std::string& field, const JsonValue& value);
Status set(bool& field, const JsonValue& value);
Status set(std::uint64_t& field, const JsonValue& value);
Status set(std::uint32_t& field, const JsonValue& value);
Status set(int& field, const JsonValue& value);
Status set(crypto::Sha256Digest& field, const JsonValue& value);
/// RFC 3339 in UTC, from 1678 to 2261.
Status set(WallTime& field, const JsonValue& value);
Status set(EntryType& field, const JsonValue& value);
Status set(Compression& field, const JsonValue& value);
Status set(Proof& field, const JsonValue& value);

template <typename T>
Status set(std::optional<T>& field, const JsonValue& value) {
    return set(field.emplace(), value);
}

/// As a WallTime, in nanoseconds since 1970.
Status set_nanoseconds(std::int64_t& field, const JsonValue& value);

/// Permission bits: four octal digits.
Status set_mode(std::uint32_t& field, const JsonValue& value);

}  // namespace cofre::objects
