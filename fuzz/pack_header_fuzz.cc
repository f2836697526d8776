// Any bytes are read as the header of a pack, or refused; what is read can be
// written again byte by byte. And any bytes may be the end of a pack.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"
#include "crypto/sealed_box.h"
#include "repo/pack_format.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cofre::repo;  // NOLINT(google-build-using-namespace): a program of one file
    const auto input = std::as_bytes(std::span(data, size));
    if (const auto blobs = decode_pack_header(input)) {
        const auto again = encode_pack_header(*blobs);
        COFRE_CHECK(std::equal(again.bytes().begin(), again.bytes().end(), input.begin(), input.end()));
    }
    static cofre::crypto::SealedBox box{cofre::crypto::BoxKey::random()};
    const auto tail = read_pack_tail(box, input, size * 2);
    COFRE_CHECK(!tail || tail->needed_tail > size);  // Nobody guesses a MAC.
    return 0;
}
