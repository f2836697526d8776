#pragma once

/// @file
/// The name of a file or blob in a repository.

#include <array>
#include <compare>
#include <cstddef>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/digest.h"

namespace cofre::repo {

/// 32 bytes: the SHA-256 of a blob's plaintext, or of a file's stored bytes.
/// Trivially copyable; ordered by its bytes, which is also its order as text.
class Id {
public:
    static constexpr std::size_t kSize = 32;

    Id() = default;  ///< All zeros: "none".
    explicit Id(std::span<const std::byte, kSize> bytes) { std::memcpy(bytes_.data(), bytes.data(), kSize); }
    explicit Id(const crypto::Sha256Digest& digest) : Id(digest.bytes()) {}

    /// Exactly 64 lower-case hexadecimal digits, as the format writes them.
    /// kInvalidArgument otherwise.
    static Result<Id> parse(std::string_view hex);

    /// The id that `bytes` have.
    static Id of(std::span<const std::byte> bytes) { return Id(crypto::sha256(bytes)); }

    /// As parse(), for hot loops over an index. False: `out` is not to be used.
    static bool parse_into(std::string_view hex, Id& out);

    /// Also takes upper-case digits, which restic reads in JSON.
    static bool parse_any_case_into(std::string_view hex, Id& out);

    std::span<const std::byte, kSize> bytes() const { return bytes_; }
    bool is_zero() const { return *this == Id(); }

    std::string hex() const;
    std::string short_hex() const;  ///< The first 8 digits, as people read them.

    /// The first 8 bytes as a number: ids are uniform, so this is a good hash.
    std::uint64_t prefix64() const {
        std::uint64_t value = 0;
        std::memcpy(&value, bytes_.data(), sizeof value);
        return value;
    }

    friend auto operator<=>(const Id&, const Id&) = default;

private:
    std::array<std::byte, kSize> bytes_{};
};

struct IdHash {
    std::size_t operator()(const Id& id) const { return id.prefix64(); }
};

}  // namespace cofre::repo
