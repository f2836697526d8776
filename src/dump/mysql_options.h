#pragma once

/// @file
/// Arguments that a user adds to mysqldump's. Private to dump.

#include <string>
#include <vector>

#include "base/result.h"

namespace cofre::dump {

struct MysqlExtraOptions {
    std::vector<std::string> words;
    bool changes_rows = false;  ///< Fewer or other rows than the tables have.
};

/// Only what docs/databases.md lists: everything else could change the server, the
/// target or the form of the dump, and option names may be abbreviated, so that a
/// list of what is forbidden would leak. kInvalidArgument names the first refused.
Result<MysqlExtraOptions> check_mysql_options(const std::vector<std::string>& options);

}  // namespace cofre::dump
