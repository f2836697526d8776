#pragma once

/// @file
/// Counts the rows in a dump while it passes. Private to dump.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dump/mysql_script.h"

namespace cofre::dump {

/// Of a dump with one row per INSERT, as we have it written. Memory: one entry
/// per table, and ScriptLexer's.
class MysqlTally {
public:
    using Rows = std::map<std::string, std::map<std::string, std::uint64_t>>;  ///< By database and table.

    /// `database`: of statements before any USE.
    explicit MysqlTally(std::string database) : database_(std::move(database)) {}

    Status feed(std::string_view bytes);
    /// kCorruption: the script ends inside of a statement.
    Status finish();

    const Rows& rows() const { return rows_; }

private:
    Status visit(const ScriptPiece& piece);

    ScriptLexer lexer_;
    std::string database_;
    std::string last_prefix_;  ///< Of an INSERT, up to its row: the next is mostly the same.
    std::uint64_t* last_rows_ = nullptr;
    Rows rows_;
};

/// The mark at the end of a complete dump.
bool ends_as_mysql_dump(std::string_view last_bytes);

}  // namespace cofre::dump
