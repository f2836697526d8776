#pragma once

/// @file
/// A string that must not be shown.

#include <string>
#include <string_view>
#include <utility>

namespace cofre {

/// Holds a password, key or token. It has no formatter, no operator<< and no
/// conversion to string, so that it cannot reach a log by accident; its memory
/// is zeroed when it dies. Copies are allowed, and zeroed too.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept;
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    bool empty() const { return value_.empty(); }

    /// The text itself. Name every call of this in review.
    std::string_view reveal() const { return value_; }

    /// Compares in time that depends on the lengths only.
    friend bool operator==(const Secret& a, const Secret& b);

private:
    std::string value_;
};

/// Replaces, in text meant for people or logs, what looks like a secret:
/// `user:password@` in URLs, X-Amz-Signature, X-Amz-Security-Token and
/// Authorization values, `password=`/`secret=`/`token=` pairs, PEM blocks and age
/// identities.
/// The last line of defence, at the sinks; not a reason to format secrets.
std::string redact(std::string_view text);

}  // namespace cofre
