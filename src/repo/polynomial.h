#pragma once

/// @file
/// Polynomials over GF(2), which the chunker's hash is built from.
/// Source: Rabin, "Fingerprinting by Random Polynomials" (1981); restic's
/// design document, "Backups and Deduplication".

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cofre::repo {

/// Bit i is the coefficient of x^i.
class Polynomial {
public:
    constexpr Polynomial() = default;
    explicit constexpr Polynomial(std::uint64_t bits) : bits_(bits) {}

    /// Of degree 53 and irreducible, uniformly chosen.
    static Polynomial random();
    /// As a config writes it: lower-case hexadecimal without leading zeros;
    /// upper case and zeros are accepted. kInvalidArgument otherwise.
    static Result<Polynomial> parse(std::string_view hex);

    constexpr std::uint64_t bits() const { return bits_; }
    int degree() const;  ///< -1 for zero.
    std::string hex() const;

    /// Ben-Or's test.
    bool is_irreducible() const;

    /// The remainder by `modulus`, which is not zero.
    Polynomial mod(Polynomial modulus) const;
    /// this * other mod modulus. Degrees below the modulus's, which is below 64.
    Polynomial mul_mod(Polynomial other, Polynomial modulus) const;
    static Polynomial gcd(Polynomial a, Polynomial b);

    friend constexpr Polynomial operator^(Polynomial a, Polynomial b) { return Polynomial(a.bits_ ^ b.bits_); }
    friend constexpr auto operator<=>(Polynomial, Polynomial) = default;

private:
    std::uint64_t bits_ = 0;
};

}  // namespace cofre::repo
