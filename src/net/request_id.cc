#include "net/request_id.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include <sys/random.h>

#include "base/check.h"
#include "base/encoding.h"

namespace cofre::net {

std::string make_request_id() {
    std::array<std::byte, 16> bytes{};
    COFRE_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    return hex_encode(bytes);
}

bool is_sane_request_id(std::string_view id) {
    return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
               c == '.';
    });
}

}  // namespace cofre::net
