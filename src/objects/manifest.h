#pragma once

/// @file
/// What one backup in the `objects` layout holds. The manifest is written
/// last: without it there is no backup, and with it nothing else is needed to
/// restore. Format: docs/formats/objects-manifest.md (version 1).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time_format.h"
#include "crypto/digest.h"

namespace cofre::objects {

enum class EntryType : std::uint8_t { kFile, kDirectory, kSymlink };
enum class Compression : std::uint8_t { kNone, kZstd, kGzip };

std::string_view to_string(EntryType type);
std::string_view to_string(Compression compression);
Result<Compression> parse_compression(std::string_view text);

/// How it is known that the store holds the bytes that were read.
enum class Proof : std::uint8_t {
    kNone,      ///< Not looked at (never written for a file that counts as safe).
    kSize,      ///< The store lists the object with the right size and ETag as at upload.
    kChecksum,  ///< The store returned its own SHA-256, and it is ours.
    kReadBack,  ///< The object was read again and hashed.
};
std::string_view to_string(Proof proof);

/// The object that holds a file's bytes.
struct StoredObject {
    std::string key;
    std::uint64_t size = 0;       ///< Of the object, after compression.
    crypto::Sha256Digest sha256;  ///< Of the object's bytes.
    std::string etag;
    std::string version_id;
    Compression compression = Compression::kNone;
    Proof proof = Proof::kNone;
};

/// One file, folder or symbolic link.
struct ManifestEntry {
    std::string path;  ///< Bytes as on disk, relative, '/' between parts, no leading or trailing '/'.
    EntryType type = EntryType::kFile;
    std::uint32_t mode = 0;  ///< Permission bits 07777.
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string user;  ///< Empty if the id has no name.
    std::string group;
    std::int64_t mtime_ns = 0;  ///< Since 1970, as are the others.
    std::int64_t ctime_ns = 0;  ///< Only for telling an unchanged file; never restored.
    std::uint64_t inode = 0;    ///< Likewise.
    std::string link_target;    ///< kSymlink only; bytes.

    std::uint64_t size = 0;       ///< kFile only, as the rest below: of the source's bytes.
    crypto::Sha256Digest sha256;  ///< Of the source's bytes.
    StoredObject stored;
    /// The job deletes its sources once they are proven: the entry stays in
    /// later manifests of the job, although the file is gone from the source.
    bool archived = false;
};

/// A file that is not in the backup although it should be.
struct ManifestError {
    std::string path;  ///< Any bytes: for people only, never to be opened.
    std::string message;
};

struct ManifestSummary {
    std::uint64_t files = 0;            ///< Entries of type kFile.
    std::uint64_t bytes = 0;            ///< Of their sources.
    std::uint64_t uploaded_files = 0;   ///< Sent by this run; the rest was there.
    std::uint64_t uploaded_bytes = 0;   ///< As stored.
    std::uint64_t skipped_special = 0;  ///< Sockets, FIFOs, devices.
    std::uint64_t errors = 0;
};

/// The first line of a manifest. `entries_sha256` covers all bytes that follow
/// it, so that a damaged manifest is noticed before it is used; the line itself
/// has a digest that encode_header() writes and decode_header() checks.
struct ManifestHeader {
    std::string id;   ///< 16 hexadecimal digits, random; people name a snapshot by a prefix of it.
    std::string job;  ///< Name of the job; "adhoc" for `cofre backup`.
    std::string host;
    std::string tool_version;
    WallTime started_at{};
    WallTime finished_at{};
    std::vector<std::string> sources;  ///< Absolute paths, bytes.
    std::string prefix;                ///< What keys begin with.
    std::string encryption;            ///< Recipients of age; empty: none. (Not written yet.)
    int exit_status = 0;               ///< 0, or 2 when files are missing.
    ManifestSummary summary;
    std::uint64_t entries = 0;
    crypto::Sha256Digest entries_sha256;
};

/// One line each, without the newline. Names that are not UTF-8 are written
/// escaped, with their bytes as base64 beside them.
std::string encode_header(const ManifestHeader& header);
std::string encode_entry(const ManifestEntry& entry);
std::string encode_error(const ManifestError& error);

/// kCorruption: not such a line. kUnsupported: a newer version of the format.
/// Never trusts: entries' paths that are absolute, empty, or hold "." or ".." or
/// NUL are kCorruption too.
Result<ManifestHeader> decode_header(std::string_view line);
Result<ManifestEntry> decode_entry(std::string_view line);
Result<ManifestError> decode_error(std::string_view line);

/// True if `path` is relative and has no empty, "." or ".." part and no NUL.
bool is_safe_relative_path(std::string_view path);

}  // namespace cofre::objects
