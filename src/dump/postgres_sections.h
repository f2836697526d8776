#pragma once

/// @file
/// Some tables or schemas out of a plain dump of PostgreSQL: pg_dump writes what each part of its
/// script is into a comment before it. Private to dump.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dump/postgres_script.h"

namespace cofre::dump {

/// "-- Name: orders; Type: TABLE; Schema: sales; Owner: ana", as pg_dump 13 to 18 writes it.
struct ScriptSection {
    std::string name;    ///< With spaces where the name has line ends; of a part of a table "orders orders_pkey".
    std::string type;    ///< "TABLE", "TABLE DATA", "INDEX", ...
    std::string schema;  ///< "-": of none.
};
std::optional<ScriptSection> parse_section(std::string_view line);

struct TableName {
    std::string schema, name;  ///< Plain, not quoted.
};

struct SectionChoice {
    std::vector<TableName> tables;
    std::vector<std::string> schemas;
};

/// Passes the beginning of a script, whose settings the rest needs, and the sections that belong
/// to what was chosen.
///
/// Of a table: itself, its rows, the sequences that it owns with their values, defaults, indexes,
/// keys and checks, extended statistics, comments. Left out, because what they refer to may not be
/// there, and listed: foreign keys, triggers, rules, policies, grants, its place in a partitioned
/// table. Of a schema: everything in it, and itself. Large objects are left out.
///
/// Every byte goes through the PostgresScript, also of what does not pass. Memory: the longest
/// definition, at most 16 MiB, and the sequences before the definition that says whose they are.
class PostgresSections {
public:
    /// `sequences`: passed_sequences() of the file before, if the dump is several.
    explicit PostgresSections(SectionChoice choice, std::set<std::string> sequences = {});

    /// Feeds `script` and appends to `out` what is chosen. Errors are those of PostgresScript;
    /// kResourceExhausted: a longer definition.
    Status feed(PostgresScript& script, std::string_view bytes, std::string& out);
    Status finish(PostgresScript& script, std::string& out);

    /// "FK CONSTRAINT orders orders_client_fkey": of chosen tables.
    const std::vector<std::string>& left_out() const { return left_out_; }
    /// "schema.name" of those that belong to chosen tables: their values are elsewhere in the dump.
    const std::set<std::string>& passed_sequences() const { return passed_sequences_; }
    /// Chosen tables and schemas that the script defines, or has rows of, as they were chosen.
    const std::set<std::string>& found() const { return found_; }

private:
    enum class Mode : std::uint8_t { kPass, kDrop, kHold };

    Status take_line(PostgresScript& script, std::string_view line, std::string& out);
    Status begin_section(ScriptSection section, std::string& out);
    Status end_section(std::string& out);
    bool is_of_chosen_schema(const ScriptSection& section);
    const TableName* chosen_table(std::string_view schema, std::string_view name);
    const TableName* table_of(std::string_view statement, std::string_view before) const;
    const TableName* owner_of(const ScriptSection& section, std::string_view text) const;
    bool decide(const ScriptSection& section, const std::string& text, std::string& out);

    SectionChoice choice_;
    std::vector<std::vector<std::string>> spellings_;  ///< Of each table, qualified, with and without quotes.
    Mode mode_ = Mode::kPass;
    std::optional<ScriptSection> section_;
    std::string line_;                              ///< The beginning of one, between statements.
    std::string held_;                              ///< Of a section that may pass.
    std::map<std::string, std::string> sequences_;  ///< "schema.name" and definition: nobody's yet.
    std::set<std::string> passed_sequences_;
    std::vector<std::string> left_out_;
    std::set<std::string> found_;
};

}  // namespace cofre::dump
