#include "testing/test_size.h"

#include <cstdlib>

namespace cofre::testing {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): one thread.
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace cofre::testing
