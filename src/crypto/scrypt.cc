#include "crypto/scrypt.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <string_view>

#include <openssl/evp.h>

namespace cofre::crypto {
namespace {

constexpr std::uint32_t kBlockFactor = 8;               // r, as every known user of the format has it.
constexpr std::uint64_t kSmallestN = 1U << 14U;         // Below this a password is worth too little.
constexpr std::uint64_t kBlockBytes = 128;              // RFC 7914 section 5: 128 * r bytes a block.
constexpr std::uint64_t kLargestProduct = 1ULL << 30U;  // RFC 7914 section 6: p * r is below 2^30.

// OpenSSL counts B, V, and X and T (32 * r words).
std::uint64_t scrypt_memory(const ScryptCost& cost) {
    return kBlockBytes * cost.r * (cost.n + cost.p + 2);
}

Status check_scrypt_cost(const ScryptCost& cost) {
    const bool is_valid = cost.n > 1 && std::has_single_bit(cost.n) && cost.r > 0 && cost.p > 0 &&
                          std::uint64_t{cost.r} * cost.p < kLargestProduct;
    if (!is_valid) return Error(ErrorCode::kInvalidArgument, "scrypt: N, r or p is not a valid cost");
    const bool is_small = cost.n <= kMaxScryptMemory && scrypt_memory(cost) / kBlockBytes / cost.r >= cost.n &&
                          cost.n <= kMaxScryptMemory / kBlockBytes / cost.r && scrypt_memory(cost) <= kMaxScryptMemory;
    if (!is_small) return Error(ErrorCode::kUnsupported, "scrypt: the cost asks for more than 1 GiB of memory");
    return {};
}

}  // namespace

Status scrypt(const Secret& password, std::span<const std::byte> salt, const ScryptCost& cost,
              std::span<std::byte> out) {
    COFRE_TRY(check_scrypt_cost(cost));
    const std::string_view text = password.reveal();
    const int answer = EVP_PBE_scrypt(text.data(), text.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                                      salt.size(), cost.n, cost.r, cost.p, scrypt_memory(cost) + kBlockBytes,
                                      reinterpret_cast<unsigned char*>(out.data()), out.size());
    if (answer != 1) {
        return Error(ErrorCode::kResourceExhausted,
                     "scrypt: no memory for a cost of " + std::to_string(scrypt_memory(cost) >> 20U) + " MiB");
    }
    return {};
}

ScryptCost calibrate_scrypt(Clock& clock, std::chrono::milliseconds time, std::uint64_t memory) {
    ScryptCost cost{.n = kSmallestN, .r = kBlockFactor, .p = 1};
    while (2 * cost.n * kBlockBytes * cost.r <= memory && 2 * cost.n * kBlockBytes * cost.r <= kMaxScryptMemory / 2)
        cost.n *= 2;
    std::array<std::byte, 64> out{};
    const auto started = clock.now();
    if (!scrypt(Secret("calibration"), out, cost, out)) return {.n = kSmallestN, .r = kBlockFactor, .p = 1};
    const auto trial = std::max(std::chrono::duration_cast<std::chrono::microseconds>(clock.now() - started),
                                std::chrono::microseconds(1000));
    cost.p = static_cast<std::uint32_t>(std::max<std::int64_t>(1, std::chrono::microseconds(time) / trial));
    cost.p = std::min<std::uint32_t>(cost.p, 64);
    return cost;
}

}  // namespace cofre::crypto
