#pragma once

/// @file
/// Into which streams a database of PostgreSQL is cut. Private to dump. Pure.

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "dump/dump.h"
#include "dump/postgres_catalog.h"
#include "dump/postgres_options.h"

namespace cofre::dump {

/// Names of files below a dump's folder: letters, digits and "-_~%." only, no two alike.
class DumpNames {
public:
    /// `folder` and `ending` are taken as they are; `name` may hold any bytes.
    std::string add(std::string_view folder, std::string_view name, std::string_view ending);

private:
    std::set<std::string> taken_;
};

/// One run of pg_dump.
struct PlannedStream {
    DumpFile file;
    std::vector<std::string> arguments;  ///< Beside connection, snapshot and format.
    std::uint64_t estimated_bytes = 0;
};

/// One stream; or, with `jobs` above 1 and a plain dump of definitions and rows,
/// what stands before the rows, one stream for each table (many small ones
/// together: up to 64 tables or 64 MiB), values of sequences that no such table
/// owns, large objects, and what stands after the rows.
std::vector<PlannedStream> plan_database(const std::string& database, const PostgresContents& contents,
                                         const PostgresOptions& options, const DumpRequest& request, DumpNames& names);

}  // namespace cofre::dump
