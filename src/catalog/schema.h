#pragma once

/// @file
/// The catalog's tables. Private. Times are BIGINT nanoseconds since 1970 (*_ns).

#include <vector>

#include "db/sql_migration.h"

namespace cofre::catalog {

const std::vector<db::SqlMigration>& schema_steps();

/// Every table, for `cofre catalog info`.
const std::vector<std::string_view>& table_names();

}  // namespace cofre::catalog
