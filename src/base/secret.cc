#include "base/secret.h"

#include <cstring>

namespace cofre {
namespace {

// Zeroes the whole buffer, also what a short string keeps inside the object
// and what a longer value left behind. resize() to the capacity never moves it.
void wipe(std::string& text) {
    text.resize(text.capacity());
    ::explicit_bzero(text.data(), text.size());
    text.clear();
}

}  // namespace

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) {
    wipe(other.value_);
}

Secret& Secret::operator=(const Secret& other) {
    if (this == &other) return *this;
    wipe(value_);  // First: an assignment that grows frees the old buffer as it is.
    value_ = other.value_;
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe(value_);
    value_ = std::move(other.value_);
    wipe(other.value_);
    return *this;
}

Secret::~Secret() {
    wipe(value_);
}

bool operator==(const Secret& a, const Secret& b) {
    if (a.value_.size() != b.value_.size()) return false;
    volatile unsigned difference = 0;  // volatile: no early exit by the optimizer.
    for (std::size_t i = 0; i < a.value_.size(); ++i) {
        difference = difference | static_cast<unsigned char>(a.value_[i] ^ b.value_[i]);
    }
    return difference == 0;
}

}  // namespace cofre
