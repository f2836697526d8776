#pragma once

/// @file
/// What a dump says of itself: enough to restore it, and to prove that what was
/// restored is what the server had. Format: docs/formats/dump-record.md.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time_format.h"
#include "dump/database_address.h"

namespace cofre::dump {

/// What a file of a dump holds; restored in this order.
enum class FileRole : std::uint8_t {
    kGlobals,       ///< Roles and tablespaces of the server.
    kWhole,         ///< One database, or all of a server, in one stream.
    kSchemaBefore,  ///< Definitions that data needs.
    kData,          ///< Rows, usually of one table.
    kLargeObjects,
    kSchemaAfter,  ///< Indexes, constraints, triggers.
};

struct DumpFile {
    std::string name;  ///< Below the dump's folder, e.g. "shop/data/public.orders.sql".
    FileRole role = FileRole::kWhole;
    std::string format;    ///< "plain", "custom", "archive", "rdb", "bak", "sqlite", "raw".
    std::string database;  ///< Empty: the whole server.
    std::string table;     ///< kData of one table: qualified and quoted as the engine does; else empty.
    std::uint64_t bytes = 0;
    std::string sha256;  ///< Hexadecimal, of the bytes that the tool wrote.
};

/// One table, as it was in the same snapshot as the dump.
struct TableFacts {
    std::string database;
    std::string name;  ///< Qualified and quoted as the engine does.
    std::uint64_t rows = 0;
    std::uint64_t sampled_rows = 0;  ///< How many rows `sample` covers; 0: none were sampled.
    std::string sample;              ///< Digest of these rows, by the engine's own SQL; see the engine's source.
    std::string sample_query;        ///< What gives it; read only.
};

/// What a database needs beside its contents in order to be made again; the keys
/// are the engine's own, see its source, e.g. {"encoding", "UTF8"}.
struct DatabaseTraits {
    std::string database;
    std::map<std::string, std::string> values;
};

struct DumpRecord {
    static constexpr int kVersion = 1;
    Engine engine = Engine::kPostgres;
    std::string source;  ///< DatabaseAddress::display().
    std::string server_version;
    std::string tool;  ///< "pg_dump"
    std::string tool_version;
    std::vector<std::string> databases;
    /// How the files and the facts belong together: "one exported snapshot",
    /// "single transaction", "none".
    std::string consistency;
    std::vector<DatabaseTraits> traits;
    std::vector<DumpFile> files;
    std::vector<TableFacts> tables;
    bool facts_are_exact = false;       ///< The facts were taken in the very snapshot of the dump.
    std::vector<std::string> warnings;  ///< Never a secret.
    WallTime started_at{};
    WallTime finished_at{};
};

/// One JSON document. Unknown keys are ignored on reading, so that older
/// programs read newer records of the same version.
std::string encode_record(const DumpRecord& record);

/// kCorruption: not a record, or a file name that is not a safe relative path;
/// kUnsupported: of a newer version.
Result<DumpRecord> decode_record(std::string_view json);

/// The name under which the record lies in the dump's folder.
inline constexpr std::string_view kRecordName = "cofre-dump.json";

}  // namespace cofre::dump
