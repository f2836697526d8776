#pragma once

/// @file
/// Message digests and HMAC. Source: FIPS 180-4, RFC 1321, RFC 2104; computed
/// by OpenSSL, which uses SHA-NI where the processor has it.

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_source.h"
#include "base/result.h"

namespace cofre::crypto {

/// SHA-256 of some bytes. Ordered and comparable; not a secret.
class Sha256Digest {
public:
    static constexpr std::size_t kSize = 32;
    Sha256Digest() = default;
    explicit Sha256Digest(const std::array<std::byte, kSize>& bytes) : bytes_(bytes) {}

    /// 64 hexadecimal digits, or kInvalidArgument.
    static Result<Sha256Digest> parse(std::string_view hex);

    std::span<const std::byte, kSize> bytes() const { return bytes_; }
    std::string hex() const;
    std::string base64() const;  ///< As in x-amz-checksum-sha256.

    friend auto operator<=>(const Sha256Digest&, const Sha256Digest&) = default;

private:
    std::array<std::byte, kSize> bytes_{};
};

/// Incremental SHA-256. Not thread-safe.
class Sha256 {
public:
    Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;
    ~Sha256();

    void update(std::span<const std::byte> bytes);
    void update(std::string_view text) { update(std::as_bytes(std::span(text))); }

    /// The digest of all so far; the object is then as new.
    Sha256Digest finish();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

Sha256Digest sha256(std::span<const std::byte> bytes);
Sha256Digest sha256(std::string_view text);

/// Reads all of `source`.
Result<Sha256Digest> sha256(const ByteSource& source);

/// The MAC as 32 bytes in a digest's clothes.
Sha256Digest hmac_sha256(std::span<const std::byte> key, std::string_view message);

/// MD5 for Content-MD5 and ETags only: it proves nothing against an adversary.
std::array<std::byte, 16> md5(std::span<const std::byte> bytes);
/// Reads all of `source`.
Result<std::array<std::byte, 16>> md5(const ByteSource& source);

}  // namespace cofre::crypto
