#pragma once

/// @file
/// pg_dump's patterns of names, as conditions of SQL: which tables a dump with
/// filters holds must be known before it is taken. Private to dump. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "dump/postgres_options.h"

namespace cofre::dump {

/// As regular expressions of PostgreSQL, anchored.
struct NamePattern {
    std::string schema;  ///< Empty: what the search path shows.
    std::string name;
};

/// "sales.*", "\"Odd.Name\"", "order?": `*` and `?` are wild, letters outside of
/// quotes are folded, a dot parts schema and name, other signs are those of
/// regular expressions. Source: psql's documentation, "Patterns".
NamePattern parse_name_pattern(std::string_view pattern);

/// A condition over pg_class c and pg_namespace n, and its values, to be bound
/// from $1 on; the schemas of the search path are $1, as an array's text. Which
/// filter counts when several are given is as in pg_dump.
struct TableCondition {
    std::string sql;
    std::vector<std::string> values;
};
TableCondition table_condition(const PostgresOptions& options, const std::string& search_path);

/// The same for tables whose rows are left out.
TableCondition data_exclusion(const PostgresOptions& options, const std::string& search_path);

}  // namespace cofre::dump
