#pragma once

/// @file
/// The file `config`: what a repository is.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "repo/polynomial.h"
#include "repo/repo_id.h"

namespace cofre::repo {

struct RepoConfig {
    std::uint32_t version = 2;  ///< 1: no compression. 2: what we create.
    Id id;                      ///< Random; the same for the repository's whole life.
    Polynomial chunker_polynomial;
};

/// kCorruption: malformed, or a polynomial that is not irreducible.
/// kUnsupported: a version that we do not know.
Result<RepoConfig> parse_repo_config(std::string_view json);
std::string encode_repo_config(const RepoConfig& config);

/// Random id and polynomial. `version` is 1 or 2.
RepoConfig new_repo_config(std::uint32_t version);

}  // namespace cofre::repo
