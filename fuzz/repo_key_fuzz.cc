// Any bytes are read as a key file, a config or a lock, or refused. What is read
// can be written, and is then read as the same. Opening a key is left out: its
// cost is the point of it.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "repo/key_file.h"
#include "repo/repo_config.h"
#include "repo/repo_lock.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cofre::repo;  // NOLINT(google-build-using-namespace): a program of one file
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto key = parse_key_file(input)) {
        const auto again = parse_key_file(encode_key_file(*key));
        COFRE_CHECK(again && again->salt == key->salt && again->data == key->data);
        COFRE_CHECK(again->info.cost == key->info.cost);
    }
    if (const auto config = parse_repo_config(input)) {
        const auto again = parse_repo_config(encode_repo_config(*config));
        COFRE_CHECK(again && again->id == config->id && again->chunker_polynomial == config->chunker_polynomial);
    }
    if (const auto lock = parse_lock(input)) {
        const auto again = parse_lock(encode_lock(*lock));
        COFRE_CHECK(again && again->time == lock->time && again->owner.pid == lock->owner.pid);
    }
    return 0;
}
