#pragma once

/// @file
/// From the files of a dump back into a server, and whether they arrived.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "dump/dump.h"

namespace cofre::dump {

/// Where the files of a dump come from. Thread-safe.
class DumpFiles {
public:
    DumpFiles() = default;
    DumpFiles(const DumpFiles&) = delete;
    DumpFiles& operator=(const DumpFiles&) = delete;
    virtual ~DumpFiles() = default;

    /// The bytes that the tool wrote, from the first, checked by whoever stores
    /// them. kNotFound: no such file. The reader must not outlive this object.
    virtual Result<std::unique_ptr<DumpReader>> open(const CallContext& ctx, const std::string& name) = 0;
};

struct RestoreRequest {
    DatabaseAddress into;                       ///< `database` empty: under the old names.
    std::map<std::string, std::string> rename;  ///< Old name of a database to its new one.
    bool clean = false;                         ///< Drop what stands in the way; without it, that is an error.
    bool globals = false;                       ///< Roles and tablespaces first; those that exist are left alone.
    std::vector<std::string> databases;         ///< Of those in the dump; empty: all.
    std::vector<std::string> tables, schemas;   ///< Only these; kUnsupported where the dump cannot tell them apart.
    int jobs = 1;
    std::optional<std::filesystem::path> tools;  ///< As DumpRequest::tools.
    std::string server_folder;                   ///< SQL Server: as in DumpRequest.
    std::filesystem::path local_folder;
};

/// Written by the restore, read by whoever shows it.
struct RestoreProgress {
    std::atomic<std::uint64_t> bytes_done{0};
    std::atomic<std::uint64_t> files_done{0};
};

struct RestoreOutcome {
    std::vector<std::string> databases;  ///< As they are called now.
    std::vector<std::string> warnings;
};

/// kConflict: a database is there, is not empty, and `clean` is not set: nothing
/// was changed. kUnsupported: the engine cannot be restored from a client; the
/// message says by what. kPermissionDenied: a psql meta-command in a plain dump.
/// After another error the databases may hold a part; the message says which.
/// Never through a shell. Memory: `jobs` pipes.
Result<RestoreOutcome> restore_dump(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                    const RestoreRequest& request, RestoreProgress& progress);

/// Drops the database that `address` names, and who is connected to it. For
/// copies that a proof made.
Status drop_database(const CallContext& ctx, const DatabaseAddress& address);

/// Reads every file to its end, as the engine's own tool reads it where it has
/// one that needs no server, and checks the marks by which a complete dump ends.
/// kCorruption: names the file and what is missing.
Status parse_dump(const CallContext& ctx, const DumpRecord& record, DumpFiles& files, RestoreProgress& progress);

/// A table of which the restored database says something else than the record.
struct FactDifference {
    std::string table;
    std::string message;  ///< "1000 rows at the time of the dump, 998 restored"
};

struct FactComparison {
    std::uint64_t tables = 0;
    std::uint64_t rows = 0;
    std::uint64_t samples = 0;
    std::vector<FactDifference> differences;  ///< At most 100.
};

/// Counts and samples again, in the restored copy of `record.databases` that
/// `into` and `rename` name.
Result<FactComparison> compare_facts(const CallContext& ctx, const DumpRecord& record, const RestoreRequest& restored);

/// Runs one statement; true if it gives exactly one row whose first column is
/// true, or not zero. For assertions from the configuration.
Result<bool> check_assertion(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql);

/// Passes the first column of each row as text; rows whose first column is NULL
/// are left out. Read only. For checks that compare data with files.
using TextVisitor = std::function<Status(const std::string&)>;
Status query_texts(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql,
                   const TextVisitor& visit);

}  // namespace cofre::dump
