#pragma once

/// @file
/// Authenticated encryption as restic's repository format defines it:
/// AES-256 in counter mode, then Poly1305-AES over the ciphertext.
/// Source: restic's design document, "Keys, Encryption and MAC"; Bernstein,
/// "The Poly1305-AES message-authentication code" (2005); RFC 8439 section 2.5.

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "base/result.h"

namespace cofre::crypto {

/// 32 bytes that encrypt, then 16 (AES key of the MAC) and 16 (`r` of the MAC).
/// A secret: no formatter, wiped when it dies.
class BoxKey {
public:
    static constexpr std::size_t kSize = 64;

    /// Takes a copy of exactly kSize bytes.
    explicit BoxKey(std::span<const std::byte, kSize> bytes);
    BoxKey(const BoxKey&) = default;
    BoxKey& operator=(const BoxKey&) = default;
    ~BoxKey();

    /// A new one from the operating system's generator.
    static BoxKey random();

    /// Name every call of these in review.
    std::span<const std::byte, 32> encrypt() const { return std::span(bytes_).first<32>(); }
    std::span<const std::byte, 16> mac_k() const { return std::span(bytes_).subspan<32, 16>(); }
    std::span<const std::byte, 16> mac_r() const { return std::span(bytes_).subspan<48, 16>(); }

private:
    std::array<std::byte, kSize> bytes_;
};

/// Overwrites with zeros in a way that the compiler does not leave out.
void wipe(std::span<std::byte> bytes);

/// Compares in time that depends on the lengths only.
bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b);

/// Seals and opens boxes `IV (16) | ciphertext | MAC (16)` in place: no copy, no
/// allocation. Keeps the expanded keys, so make one for each thread and use it
/// often. Not thread-safe.
class SealedBox {
public:
    static constexpr std::size_t kIvSize = 16;
    static constexpr std::size_t kMacSize = 16;
    static constexpr std::size_t kOverhead = kIvSize + kMacSize;

    explicit SealedBox(const BoxKey& key);
    SealedBox(SealedBox&&) noexcept;
    SealedBox& operator=(SealedBox&&) noexcept;
    ~SealedBox();

    /// `box` has room for the IV, then the plaintext, then room for the MAC; at
    /// least kOverhead bytes. Afterwards it is the box. The IV is random.
    void seal(std::span<std::byte> box);

    /// Checks the MAC, and only then decrypts. Returns the plaintext, a part of
    /// `box`. kCorruption: too short, an IV of zeros only, or the MAC does not
    /// fit; `box` is unchanged then.
    Result<std::span<std::byte>> open(std::span<std::byte> box);

    /// As open(), for who only looks: `box` stays as it is, and its plaintext is given to `sink`
    /// piece by piece in `window`, which must not be empty. An error of `sink` ends it and comes back.
    Status open_in_pieces(std::span<const std::byte> box, std::span<std::byte> window,
                          const std::function<Status(std::span<const std::byte>)>& sink);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cofre::crypto
