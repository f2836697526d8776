#pragma once

/// @file
/// What a person needs to restore from a repository with nothing but the
/// storage and the password: plain data. kit_page() makes the page of it,
/// kit_json() the form for programs.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"

namespace cofre::report {

/// A key file of the repository: each has a password of its own.
struct KitKey {
    std::string id;  ///< 64 hexadecimal digits.
    std::string user;
    std::string host;
    std::string created;      ///< RFC 3339.
    bool is_current = false;  ///< The one that was opened for this kit.
};

/// Where the repository is, as other programs find it.
struct KitLocation {
    std::string description;  ///< For people: "s3://bucket/prefix at https://host".
    std::string restic_name;  ///< The value of RESTIC_REPOSITORY, for restic and cofre alike.
    bool is_s3 = false;

    // Of S3.
    std::string bucket;
    std::string prefix;    ///< Without a '/' at the end.
    std::string endpoint;  ///< "https://host[:port]"
    std::string region;
    std::string role_arn;           ///< Empty: the keys sign themselves.
    std::string ca_bundle;          ///< PEM file that is needed to trust the endpoint; empty: the system's.
    bool is_virtual_host = false;   ///< restic must be told that the bucket is a part of the host's name.
    bool has_customer_key = false;  ///< SSE-C, which restic does not know.

    std::string folder;  ///< Of a disk: absolute.
};

enum class KitLanguage : std::uint8_t { kEnglish, kPortuguese };
/// "en" or "pt-BR" ("pt" too). kInvalidArgument.
Result<KitLanguage> parse_kit_language(std::string_view text);
std::string_view to_string(KitLanguage language);

struct RecoveryKit {
    std::string made_at;  ///< "2026-11-22 09:26:41 -03:00"
    std::string made_by;  ///< "maria@server"
    std::string program;  ///< "cofre 0.1.0"
    std::string repository_id;
    std::uint32_t format_version = 2;
    KitLocation location;
    std::vector<KitKey> keys;
    /// Only if a person has asked for it: the kit is then as good as the data.
    std::optional<Secret> password;

    /// SHA-256 of the id's 64 digits, as `printf %s ID | sha256sum` shows it.
    std::string fingerprint() const;

    /// kUnsupported: a name that cannot be printed and typed again (control
    /// characters, bytes that are no UTF-8), or a password that cannot.
    Status check_printable() const;
};

}  // namespace cofre::report
