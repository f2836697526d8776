#pragma once

/// @file
/// Keeping the PG* variables of the environment out of a connection.

#include <string_view>

#include "db/conninfo.h"

namespace cofre::db {

bool is_given(const PostgresParameters& parameters, std::string_view keyword);

/// Every keyword that libpq would take from a variable that is set gets a value,
/// if only an empty one: in a connection string that counts as given.
void pin_environment(PostgresParameters& parameters);

}  // namespace cofre::db
