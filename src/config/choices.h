#pragma once

/// @file
/// The words for enumerations. Private.

#include <array>
#include <optional>
#include <string_view>

#include "config/config.h"

namespace cofre::config {

template <typename Enum>
struct Choice {
    std::string_view name;
    Enum value;
};

// The first name of a value is the one that is shown; the others are accepted.
template <typename Enum>
inline constexpr std::array<Choice<Enum>, 0> kChoices{};
template <>
inline constexpr auto kChoices<LogLevel> = std::array<Choice<LogLevel>, 7>{{{"debug", LogLevel::kDebug},
                                                                            {"info", LogLevel::kInfo},
                                                                            {"warning", LogLevel::kWarning},
                                                                            {"error", LogLevel::kError},
                                                                            {"critical", LogLevel::kCritical},
                                                                            {"off", LogLevel::kOff},
                                                                            {"warn", LogLevel::kWarning}}};
template <>
inline constexpr auto kChoices<Layout> = std::array<Choice<Layout>, 3>{
    {{"auto", Layout::kAuto}, {"objects", Layout::kObjects}, {"repository", Layout::kRepository}}};
template <>
inline constexpr auto kChoices<s3::AddressingStyle> = std::array<Choice<s3::AddressingStyle>, 2>{
    {{"path", s3::AddressingStyle::kPath}, {"virtual", s3::AddressingStyle::kVirtualHost}}};
template <>
inline constexpr auto kChoices<objects::Compression> =
    std::array<Choice<objects::Compression>, 3>{{{"none", objects::Compression::kNone},
                                                 {"zstd", objects::Compression::kZstd},
                                                 {"gzip", objects::Compression::kGzip}}};
template <>
inline constexpr auto kChoices<Verify> =
    std::array<Choice<Verify>, 3>{{{"auto", Verify::kAuto}, {"head", Verify::kHead}, {"read", Verify::kRead}}};

/// T, or what an optional holds.
template <typename T>
struct Plain {
    using Type = T;
};
template <typename T>
struct Plain<std::optional<T>> {
    using Type = T;
};

}  // namespace cofre::config
