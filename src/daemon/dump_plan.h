#pragma once

/// @file
/// From a configured database, or a URL, to dumps that have begun.

#include <string>
#include <vector>

#include "backup/dump_store.h"
#include "base/call_context.h"
#include "base/result.h"
#include "base/time_format.h"
#include "config/config.h"
#include "dump/dump.h"

namespace cofre::daemon {

/// A database that a URL names, with the defaults of everything else.
config::DatabaseConfig database_of_url(std::string url);

/// kInvalidArgument: the URL or the tool's options cannot be understood.
Result<dump::DumpRequest> dump_request(const config::DatabaseConfig& database);

/// DatabaseConfig::object_name for this dump, in local time, and the suffix that
/// it ends in, if it does. kInvalidArgument: an unknown {word}, or what would be
/// no safe path.
struct DumpObjectName {
    std::string name;
    std::string suffix;  ///< ".sql", or empty.
};
Result<DumpObjectName> dump_object_name(const config::DatabaseConfig& database, const dump::DatabaseAddress& address,
                                        const std::string& job, WallTime now);

/// The databases of a job: those it names, then those its sources name by URL,
/// which are taken out of `job.sources`.
std::vector<config::DatabaseConfig> take_databases(const config::Config& config, config::JobConfig& job);

/// Begins each of them, in order: whatever is wrong with a server, a tool or a
/// password is known before anything is stored. Two dumps that would lie in the
/// same place: kInvalidArgument.
Result<std::vector<backup::OpenDump>> begin_dumps(const CallContext& ctx,
                                                  const std::vector<config::DatabaseConfig>& databases,
                                                  const std::string& job, WallTime now);

}  // namespace cofre::daemon
