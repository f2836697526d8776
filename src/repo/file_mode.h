#pragma once

/// @file
/// Go's os.FileMode, which trees hold, and the st_mode of Unix. The low nine
/// bits are the same; kind, setuid, setgid and sticky lie elsewhere.
/// Source: Go, io/fs/fs.go.

#include <cstdint>

namespace cofre::repo {

inline constexpr std::uint32_t kGoModeDirectory = 1U << 31U;
inline constexpr std::uint32_t kGoModeSymlink = 1U << 27U;
inline constexpr std::uint32_t kGoModeDevice = 1U << 26U;
inline constexpr std::uint32_t kGoModeFifo = 1U << 25U;
inline constexpr std::uint32_t kGoModeSocket = 1U << 24U;
inline constexpr std::uint32_t kGoModeSetuid = 1U << 23U;
inline constexpr std::uint32_t kGoModeSetgid = 1U << 22U;
inline constexpr std::uint32_t kGoModeCharDevice = 1U << 21U;  ///< With kGoModeDevice.
inline constexpr std::uint32_t kGoModeSticky = 1U << 20U;
inline constexpr std::uint32_t kGoModeIrregular = 1U << 19U;

std::uint32_t to_go_mode(std::uint32_t st_mode);

/// Bits that Unix has no place for are left out.
std::uint32_t to_st_mode(std::uint32_t go_mode);

}  // namespace cofre::repo
