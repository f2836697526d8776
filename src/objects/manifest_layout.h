#pragma once

/// @file
/// The fixed texts and limits of a manifest, version 1. Do not change them:
/// docs/formats/objects-manifest.md is the format.

#include <cstddef>
#include <string_view>

namespace cofre::objects {

inline constexpr unsigned kManifestVersion = 1;

/// The first line: kHeaderStart, 64 hexadecimal digits, kHeaderDigestEnd, the
/// members that the digits are the SHA-256 of, kHeaderEnd included.
inline constexpr std::string_view kVersionStart = R"({"cofre_manifest":)";
inline constexpr std::string_view kHeaderStart = R"({"cofre_manifest":1,"header_sha256":")";
inline constexpr std::string_view kHeaderDigestEnd = R"(",)";
inline constexpr std::string_view kHeaderEnd = R"("files":[)";

/// The lines between and after the entries and the errors.
inline constexpr std::string_view kErrorsStart = R"(],"errors":[)";
inline constexpr std::string_view kDocumentEnd = "]}";

/// Bytes of a line without its newline. Seven times PATH_MAX twice, for a link
/// and its target whose every byte is escaped and repeated in base64, fits four
/// times over.
inline constexpr std::size_t kMaxLineBytes = std::size_t{256} << 10U;
/// The header holds the sources, which come from a command line.
inline constexpr std::size_t kMaxHeaderBytes = std::size_t{4} << 20U;

/// 16 lower-case hexadecimal digits.
inline bool is_snapshot_id(std::string_view text) {
    return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace cofre::objects
