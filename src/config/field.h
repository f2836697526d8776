#pragma once

/// @file
/// What a row of the key table is made of. Private; the rows are in fields.h.

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"
#include "config/schema.h"

namespace cofre::config {

/// The place in a struct that a key fills; its type decides what may be written.
using ValueRef =
    std::variant<bool*, int*, std::string*, std::optional<std::string>*, Secret*, std::uint64_t*,
                 std::optional<std::uint64_t>*, std::chrono::milliseconds*, std::filesystem::path*,
                 std::optional<std::filesystem::path>*, std::vector<std::string>*, LogLevel*, std::optional<LogLevel>*,
                 std::map<std::string, std::string>*, Layout*, std::optional<s3::AddressingStyle>*,
                 s3::ServerSideEncryption*, std::optional<s3::RetentionMode>*, objects::Compression*, Verify*>;

/// What texts are: a source is a path unless it is a URL.
enum class TextUse : std::uint8_t { kPlain, kSource };

struct FieldRules {
    bool required = false;
    TextUse use = TextUse::kPlain;
    long long minimum = 0;                      ///< Of numbers, and of sizes in bytes.
    long long maximum = 0;                      ///< 0: none.
    std::uint64_t unit = 1;                     ///< Sizes written as a bare number of so many bytes (part_size_mb).
    std::vector<std::string_view> environment;  ///< The first that is set counts.
    bool environment_wins = false;              ///< Over the file; else it fills in.
    bool s3_only = false;                       ///< Means nothing for a folder.
};

struct FieldInfo {
    std::string_view name;
    std::string_view description;
    FieldRules rules;
};

template <typename Struct>
struct Field {
    FieldInfo info;
    ValueRef (*at)(Struct&);
};

template <typename>
struct MemberOf;
template <typename Struct, typename Value>
struct MemberOf<Value Struct::*> {
    using Owner = Struct;
};

/// One row: `field<&TargetConfig::region>("region", "...", {...})`.
template <auto Member>
auto field(std::string_view name, std::string_view description, FieldRules rules = {}) {
    using Struct = typename MemberOf<decltype(Member)>::Owner;
    return Field<Struct>{{name, description, std::move(rules)},
                         [](Struct& object) -> ValueRef { return &(object.*Member); }};
}

/// A row and one object of its struct; both must outlive it.
struct BoundField {
    const FieldInfo* info;
    ValueRef ref;
};

template <typename Struct>
void bind(const std::vector<Field<Struct>>& fields, Struct& object, std::vector<BoundField>& out) {
    for (const auto& row : fields)
        out.push_back({&row.info, row.at(object)});
}
template <typename Struct>
std::vector<BoundField> bind(const std::vector<Field<Struct>>& fields, Struct& object) {
    std::vector<BoundField> result;
    bind(fields, object, result);
    return result;
}

}  // namespace cofre::config
