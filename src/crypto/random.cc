#include "crypto/random.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include <openssl/rand.h>

#include "base/check.h"
#include "base/encoding.h"

namespace cofre::crypto {

void random_bytes(std::span<std::byte> out) {
    COFRE_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) == 1);
}

double random_fraction() {
    std::array<std::byte, sizeof(std::uint32_t)> bytes{};
    random_bytes(bytes);
    std::uint32_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return static_cast<double>(number) / 4294967296.0;
}

std::string random_hex(std::size_t bytes) {
    std::vector<std::byte> out(bytes);
    random_bytes(out);
    return hex_encode(out);
}

}  // namespace cofre::crypto
