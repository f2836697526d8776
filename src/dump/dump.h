#pragma once

/// @file
/// A dump while it is taken: streams that end well only if their producers do.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "dump/database_address.h"
#include "dump/dump_record.h"

namespace cofre::dump {

enum class DumpFormat : std::uint8_t {
    kPlain,   ///< SQL text, or whatever the engine's tool streams uncompressed: deduplicates.
    kCustom,  ///< PostgreSQL's archive, uncompressed: pg_restore can choose from it. Others: as kPlain.
};

struct DumpRequest {
    DatabaseAddress address;
    std::vector<std::string> databases;  ///< Instead of address.database; both empty: all.
    bool globals = true;                 ///< Roles and tablespaces too, where the engine has them.
    DumpFormat format = DumpFormat::kPlain;
    /// More than 1: PostgreSQL by table, so many streams at once, all in one exported snapshot.
    int jobs = 1;
    std::vector<std::string> tables, exclude_tables;    ///< The tool's own patterns.
    std::vector<std::string> schemas, exclude_schemas;  ///< Likewise.
    std::vector<std::string>
        options;             ///< More arguments for the tool, as words; what would change target or format is refused.
    bool count_rows = true;  ///< Take the facts that a proof compares.
    std::uint64_t sample_rows = 1000;  ///< Of each table; 0: none.
    std::optional<std::filesystem::path>
        tools;  ///< Folder with the client programs; absent: found by the server's version.
    std::chrono::milliseconds idle_timeout{std::chrono::minutes(30)};  ///< A tool that is silent for so long is killed.
    bool allow_empty = false;                                          ///< A stream of no bytes is not an error.
    /// SQL Server: where the server writes (its own path or an s3:// URL of 2022),
    /// and where we read it (the same folder as we see it).
    std::string server_folder;
    std::filesystem::path local_folder;
    std::vector<std::string> command;  ///< kCommand: run as it is, no shell; its standard output is the dump.
};

/// One producer at work. Destruction before the end aborts it.
class DumpReader {
public:
    DumpReader() = default;
    DumpReader(const DumpReader&) = delete;
    DumpReader& operator=(const DumpReader&) = delete;
    virtual ~DumpReader() = default;

    /// Fills a part of `room`. 0 only when the producer has exited 0 and what it
    /// wrote ends as a complete dump does; an error otherwise.
    virtual Result<std::size_t> read(std::span<std::byte> room) = 0;

    /// What the tool said on standard error, once read() has given 0 or an error.
    virtual std::string log() const { return {}; }
};

struct DumpStream {
    DumpFile file;                      ///< `bytes` and `sha256` are the caller's to fill.
    std::uint64_t estimated_bytes = 0;  ///< 0: unknown. For progress, and to begin with the largest.
    /// Starts the producer. Once, on any thread; the Dump must outlive the reader.
    std::function<Result<std::unique_ptr<DumpReader>>(const CallContext&)> open;
};

/// Holds the server's snapshot, if it has one, from begin_dump() to finish().
/// Destruction gives it back and commits nothing.
class Dump {
public:
    Dump() = default;
    Dump(const Dump&) = delete;
    Dump& operator=(const Dump&) = delete;
    virtual ~Dump() = default;

    /// In the order of restoring.
    virtual const std::vector<DumpStream>& streams() const = 0;

    /// How many streams may usefully be open at once; at least 1.
    virtual int jobs() const = 0;

    /// What is known so far: versions, databases, warnings.
    virtual const DumpRecord& record() const = 0;

    /// Call when every stream has ended well. Takes the facts that are still
    /// missing and closes the session; `files` of the result is as in streams(),
    /// without bytes and digests. An error: do not commit.
    virtual Result<DumpRecord> finish(const CallContext& ctx) = 0;
};

/// Connects, chooses the client by the server's version, checks what the user may
/// read, and opens the snapshot; no stream has begun. Not thread-safe; `request`
/// is copied. kUnauthenticated, kPermissionDenied, kUnavailable: the server's
/// answer; kNotFound: no such database or no such tool, with its package;
/// kUnsupported: client and server do not match.
Result<std::unique_ptr<Dump>> begin_dump(const CallContext& ctx, const DumpRequest& request);

}  // namespace cofre::dump
