#pragma once

/// @file
/// What `cofre doctor` finds, whichever check it runs.

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/console.h"

namespace cofre::cli {

enum class Health : std::uint8_t {
    kGood,
    kWarning,  ///< Works, but somebody should look.
    kBad,
    kPassed,  ///< Looked at, or left out, without any consequence.
};

/// One line of a diagnosis: what was looked at, and how it is.
struct Finding {
    std::string subject;
    Health health = Health::kGood;
    std::string text;
    std::string hint = {};  ///< What the operator can do; empty: nothing is needed.
};

struct Diagnosis {
    std::string check;  ///< "credentials".
    std::vector<Finding> findings;

    /// Nothing is bad.
    bool is_healthy() const;
};

/// As a table on stdout, redacted.
void show(const Console& console, const Diagnosis& diagnosis);

/// {"check","healthy","findings":[{"subject","health","text","hint"}]}
nlohmann::ordered_json to_json(const Diagnosis& diagnosis);

}  // namespace cofre::cli
