#pragma once

/// @file
/// How large a test is: small in `make test`, as large as asked for in `make soak`.

#include <cstdint>

namespace cofre::testing {

/// A whole number from the environment; `otherwise` if it is not set.
std::uint64_t number_from(const char* variable, std::uint64_t otherwise);

}  // namespace cofre::testing
