// Any bytes are read as an index file, or refused. What is read can be written,
// and is then read as the same.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/byte_buffer.h"
#include "base/check.h"
#include "base/encoding.h"
#include "repo/index_file.h"

namespace {

using cofre::ByteBuffer;
using cofre::repo::PackContent;

bool read_all(std::span<const std::byte> bytes, std::vector<PackContent>& packs) {
    auto json = ByteBuffer::copy_of(bytes);
    return cofre::repo::decode_index(json,
                                     [&](PackContent&& pack) -> cofre::Status {
                                         packs.push_back(std::move(pack));
                                         return {};
                                     })
        .has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::vector<PackContent> packs;
    if (!read_all(std::as_bytes(std::span(data, size)), packs)) return 0;
    std::vector<PackContent> again;
    COFRE_CHECK(read_all(cofre::as_bytes(cofre::repo::encode_index(packs)), again));
    COFRE_CHECK(packs.size() == again.size());
    for (std::size_t i = 0; i < packs.size(); ++i)
        COFRE_CHECK(packs[i].id == again[i].id && packs[i].blobs == again[i].blobs);
    return 0;
}
