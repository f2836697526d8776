#pragma once

/// @file
/// keys/<id>: the master key, encrypted under a password. A repository may have
/// several, one for each password. Source: restic's design document, "Keys".

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/scrypt.h"
#include "crypto/sealed_box.h"
#include "repo/repo_id.h"

namespace cofre::repo {

/// What a key file says openly.
struct KeyInfo {
    std::string created;  ///< As written; RFC 3339.
    std::string username;
    std::string hostname;
    crypto::ScryptCost cost;
};

/// A key file as parsed; nothing in it is secret without the password.
struct KeyFile {
    KeyInfo info;
    std::vector<std::byte> salt;  ///< 64 bytes.
    std::vector<std::byte> data;  ///< The box that holds the master key.
};

constexpr std::size_t kMaxKeyFileBytes = 64UL * 1024;

/// kCorruption: not JSON of the form, another KDF, a salt that is not 64 bytes.
Result<KeyFile> parse_key_file(std::string_view json);

std::string encode_key_file(const KeyFile& file);

/// Derives and opens. kWrongPassword: the MAC does not fit, and only then.
/// kCorruption: it fits, but what is inside is not a key.
/// Blocks for about half a second; memory as the cost says.
Result<crypto::BoxKey> open_key_file(const KeyFile& file, const Secret& password);

/// A new key file for `master`. `cost`: calibrate_key_cost() in production.
Result<KeyFile> create_key_file(const crypto::BoxKey& master, const Secret& password, const KeyInfo& info);

/// 500 ms and 60 MiB, as restic. In builds with tests COFRE_KEY_COST=cheap gives keys that take no time.
crypto::ScryptCost calibrate_key_cost(Clock& clock);

/// Who and where we are, for key files, locks and snapshots.
struct Identity {
    std::string username;
    std::string hostname;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t pid = 0;
};
Identity current_identity();

}  // namespace cofre::repo
