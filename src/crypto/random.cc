#include "crypto/random.h"

#include <vector>

#include <openssl/rand.h>

#include "base/check.h"
#include "base/encoding.h"

namespace cofre::crypto {

void random_bytes(std::span<std::byte> out) {
    COFRE_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) == 1);
}

std::string random_hex(std::size_t bytes) {
    std::vector<std::byte> out(bytes);
    random_bytes(out);
    return hex_encode(out);
}

}  // namespace cofre::crypto
