#pragma once

/// @file
/// What of a dump reaches the client that restores it. Private to dump.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dump/mysql_script.h"

namespace cofre::dump {

struct MysqlFilterOptions {
    /// The new name of a database; nullopt: it is left out.
    std::function<std::optional<std::string>(const std::string& old_name)> target;
    bool names_databases = false;     ///< The script chooses its databases itself, by USE.
    std::vector<std::string> tables;  ///< Only these; empty: all.
    /// Rows of one table are joined to statements of about this size.
    std::size_t join_bytes = 1UL << 20U;
};

/// Lets through only statements that dumps consist of, so that nothing in a dump
/// is a command to the client (`\!`, `system`, `source`, `tee`, ...) and no other
/// database is named; renames databases; joins one-row INSERTs, which makes a
/// restore several times faster. Comments between statements are dropped.
/// What the statements themselves do is up to the server: a dump is restored with
/// the privileges of the user that restores it.
class MysqlFilter {
public:
    explicit MysqlFilter(MysqlFilterOptions options) : options_(std::move(options)) {}

    /// Appends to `out` what the client is to read. kPermissionDenied: names the
    /// line and what stands there.
    Status feed(std::string_view script, std::string& out);
    /// kCorruption: the script ends inside of a statement.
    Status finish(std::string& out);

private:
    Status visit(const ScriptPiece& piece, std::string& out);
    Status begin_statement(std::string_view text, std::string& out);
    Status choose_database(const StatementHead& head, std::string_view text, std::string& out);
    void begin_insert(const StatementHead& head, std::string_view text, std::string& out);
    bool is_left_out(const StatementHead& head) const;
    void put_delimiter(std::string& out);
    void close_run(std::string& out);
    Error refuse(const std::string& what) const;

    const MysqlFilterOptions options_;
    ScriptLexer lexer_;
    std::string out_delimiter_ = ";";
    bool skips_database_ = false;
    bool skips_statement_ = false;
    bool is_insert_ = false;
    bool run_is_open_ = false;  ///< An INSERT is out without its delimiter: a row may follow.
    std::string run_prefix_;
    std::size_t run_bytes_ = 0;
};

}  // namespace cofre::dump
