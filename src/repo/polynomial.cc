#include "repo/polynomial.h"

#include <array>
#include <bit>
#include <charconv>
#include <cstring>

#include "base/check.h"
#include "crypto/random.h"

namespace cofre::repo {
namespace {

constexpr int kRandomDegree = 53;
// One in 53 / 2 or so is irreducible; this many failures are impossible.
constexpr int kMaxTries = 1'000'000;

}  // namespace

Polynomial Polynomial::random() {
    for (int i = 0; i < kMaxTries; ++i) {
        std::array<std::byte, sizeof(std::uint64_t)> bytes{};
        crypto::random_bytes(bytes);
        std::uint64_t bits = 0;
        std::memcpy(&bits, bytes.data(), sizeof bits);
        // The degree is exactly 53, and x does not divide it.
        bits &= (1ULL << (kRandomDegree + 1)) - 1;
        bits |= (1ULL << kRandomDegree) | 1U;
        if (Polynomial(bits).is_irreducible()) return Polynomial(bits);
    }
    COFRE_CHECK(false);
    return {};
}

Result<Polynomial> Polynomial::parse(std::string_view hex) {
    std::uint64_t bits = 0;
    const auto [end, code] = std::from_chars(hex.data(), hex.data() + hex.size(), bits, 16);
    if (hex.empty() || code != std::errc() || end != hex.data() + hex.size()) {
        return Error(ErrorCode::kInvalidArgument, "not a polynomial: expected up to 16 hexadecimal digits");
    }
    return Polynomial(bits);
}

int Polynomial::degree() const {
    return 63 - std::countl_zero(bits_);
}

std::string Polynomial::hex() const {
    std::array<char, 16> text{};
    const auto [end, code] = std::to_chars(text.data(), text.data() + text.size(), bits_, 16);
    return {text.data(), end};
}

Polynomial Polynomial::mod(Polynomial modulus) const {
    const int degree = modulus.degree();
    Polynomial rest = *this;
    while (rest.degree() >= degree)
        rest.bits_ ^= modulus.bits_ << static_cast<unsigned>(rest.degree() - degree);
    return rest;
}

Polynomial Polynomial::mul_mod(Polynomial other, Polynomial modulus) const {
    const std::uint64_t top = 1ULL << static_cast<unsigned>(modulus.degree());
    std::uint64_t product = 0;
    std::uint64_t shifted = bits_;
    for (std::uint64_t rest = other.bits_; rest != 0; rest >>= 1U) {
        if ((rest & 1U) != 0) product ^= shifted;
        shifted <<= 1U;
        if ((shifted & top) != 0) shifted ^= modulus.bits_;
    }
    return Polynomial(product);
}

Polynomial Polynomial::gcd(Polynomial a, Polynomial b) {
    while (b.bits_ != 0) {
        const Polynomial rest = a.mod(b);
        a = b;
        b = rest;
    }
    return a;
}

bool Polynomial::is_irreducible() const {
    if (degree() < 1 || degree() > 62) return false;
    // Ben-Or: no factor of degree i divides it when x^(2^i) - x has no factor in
    // common with it, for each i up to half its degree.
    const Polynomial x = Polynomial(2).mod(*this);
    Polynomial power = x;
    for (int i = 1; i <= degree() / 2; ++i) {
        power = power.mul_mod(power, *this);
        if (gcd(*this, power ^ x) != Polynomial(1)) return false;
    }
    return true;
}

}  // namespace cofre::repo
