#pragma once

/// @file
/// Random bytes from the operating system, by way of OpenSSL.

#include <cstddef>
#include <span>
#include <string>

namespace cofre::crypto {

/// Fills `out` from a cryptographic generator. Stops the process if there is
/// none: going on with predictable bytes would be worse.
void random_bytes(std::span<std::byte> out);

/// Uniform in [0, 1), in steps of 2^-32: for jitter, so that a thousand hosts do
/// not all come back at once.
double random_fraction();

/// `bytes` random bytes as 2 * `bytes` hexadecimal digits.
std::string random_hex(std::size_t bytes);

}  // namespace cofre::crypto
