#pragma once

/// @file
/// What a request may ask of pg_dump. Private to dump. Pure.

#include <string>
#include <vector>

#include "base/result.h"
#include "dump/dump.h"

namespace cofre::dump {

struct PostgresOptions {
    std::vector<std::string> words;  ///< For pg_dump as they are; no filter among them.
    std::vector<std::string> tables, exclude_tables, schemas, exclude_schemas, exclude_table_data;
    std::string role;  ///< SET ROLE.
    bool has_data = true;
    bool has_schema = true;
    bool excludes_large_objects = false;
    bool includes_large_objects = false;  ///< In spite of filters.
    bool sees_rows_by_policy = false;     ///< --enable-row-security: counts mean nothing.

    bool has_filters() const {
        return !(tables.empty() && exclude_tables.empty() && schemas.empty() && exclude_schemas.empty());
    }
    /// `words` and the filters.
    std::vector<std::string> arguments() const;
};

/// The request's filters and its `options`, of which only known ones pass, spelt
/// in full: what would change the target, the format, the connection or the
/// snapshot is kInvalidArgument, and so is what pg_dump does not have.
/// Source: documentation of pg_dump 15 to 18.
Result<PostgresOptions> parse_postgres_options(const DumpRequest& request);

}  // namespace cofre::dump
