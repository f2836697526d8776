#include "dump/mysql_options.h"

#include <set>
#include <string_view>

#include "base/utf8.h"

namespace cofre::dump {
namespace {

using Names = std::set<std::string, std::less<>>;

// What the dump has or takes for granted already is accepted, too, so that the
// DUMP_OPTIONS of others need not be edited.
const Names& plain_mysqldump_options() {
    static const Names kNames = {
        "add-drop-trigger", "column-statistics",   "complete-insert",    "compress",      "compression-algorithms",
        "default-auth",     "get-server-public-key", "hex-blob",         "ignore-error",  "max-allowed-packet",
        "max-statement-time", "net-buffer-length", "no-tablespaces",     "order-by-primary", "order-by-size",
        "plugin-dir",       "quick",               "routines",           "triggers",      "events",
        "set-gtid-purged",  "single-transaction",  "skip-column-statistics", "skip-events", "skip-routines",
        "skip-triggers",    "skip-lock-tables",    "skip-add-locks",     "skip-disable-keys", "skip-dump-date",
        "skip-extended-insert", "tls-version",     "verbose"};
    return kNames;
}

const Names& row_mysqldump_options() {
    static const Names kNames = {"where", "no-data", "no-data-med", "ignore-table-data", "as-of", "dump-history"};
    return kNames;
}

}  // namespace

Result<MysqlExtraOptions> check_mysql_options(const std::vector<std::string>& options) {
    MysqlExtraOptions checked;
    for (const std::string& word : options) {
        const std::string_view text = word;
        const std::string_view name = text.starts_with("--") ? text.substr(2, text.find('=') - 2) : std::string_view();
        const bool changes_rows = row_mysqldump_options().find(name) != row_mysqldump_options().end();
        if (!changes_rows && plain_mysqldump_options().find(name) == plain_mysqldump_options().end()) {
            return Error(ErrorCode::kInvalidArgument,
                         "options of the dump tool: \"" + escape_for_display(word) + "\" is not accepted")
                .with_hint("it could change the server, the target or the form of the dump; docs/databases.md lists "
                           "what may be given, as --name or --name=value");
        }
        checked.changes_rows = checked.changes_rows || changes_rows;
        checked.words.push_back(word);
    }
    return checked;
}

}  // namespace cofre::dump
