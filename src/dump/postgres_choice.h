#pragma once

/// @file
/// Some tables or schemas of a dump, on their way into a database that may have them. Private to dump.

#include <set>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "db/postgres_session.h"
#include "dump/dump_restore.h"
#include "dump/postgres_sections.h"

namespace cofre::dump {

/// Immutable, so thread-safe.
class PostgresChoice {
public:
    PostgresChoice() = default;
    /// kInvalidArgument: no "schema.table".
    static Result<PostgresChoice> create(const RestoreRequest& request);

    bool is_everything() const { return sections_.tables.empty() && sections_.schemas.empty(); }
    const SectionChoice& sections() const { return sections_; }

    /// kConflict: something that was chosen is there. Call inside the database.
    Status check_free(const CallContext& ctx, db::PostgresSession& inside) const;

    /// Makes the schemas; with `clean` drops chosen tables, and chosen schemas with all that is in
    /// them or depends on them.
    Status make_room(const CallContext& ctx, db::PostgresSession& inside, bool clean) const;

    /// False: a file that need not be fetched.
    bool may_be_in(const DumpFile& file) const;

    /// Arguments of pg_restore, one run each; one empty run for everything.
    std::vector<std::vector<std::string>> archive_runs() const;

    /// kNotFound: names the first that is not in `found`, see PostgresSections::found().
    Status check_found(const std::set<std::string>& found) const;

private:
    SectionChoice sections_;
};

}  // namespace cofre::dump
