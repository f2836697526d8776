#include "dump/mysql_options.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "dump/tool_output.h"

namespace cofre::dump {
namespace {

// What the dump has or takes for granted already is accepted, too, so that the
// DUMP_OPTIONS of others need not be edited.
constexpr std::array<std::string_view, 34> kPlainMysqlOptions = {"add-drop-trigger",
                                                                 "column-statistics",
                                                                 "complete-insert",
                                                                 "compress",
                                                                 "compression-algorithms",
                                                                 "default-auth",
                                                                 "get-server-public-key",
                                                                 "hex-blob",
                                                                 "ignore-error",
                                                                 "max-allowed-packet",
                                                                 "max-statement-time",
                                                                 "net-buffer-length",
                                                                 "no-tablespaces",
                                                                 "order-by-primary",
                                                                 "order-by-size",
                                                                 "plugin-dir",
                                                                 "quick",
                                                                 "routines",
                                                                 "triggers",
                                                                 "events",
                                                                 "set-gtid-purged",
                                                                 "single-transaction",
                                                                 "skip-column-statistics",
                                                                 "skip-events",
                                                                 "skip-routines",
                                                                 "skip-triggers",
                                                                 "skip-lock-tables",
                                                                 "skip-add-locks",
                                                                 "skip-disable-keys",
                                                                 "skip-dump-date",
                                                                 "skip-extended-insert",
                                                                 "no-autocommit",
                                                                 "tls-version",
                                                                 "verbose"};

constexpr std::array<std::string_view, 6> kRowMysqlOptions = {
    "where", "no-data", "no-data-med", "ignore-table-data", "as-of", "dump-history"};

}  // namespace

Result<MysqlExtraOptions> check_mysql_options(const std::vector<std::string>& options) {
    MysqlExtraOptions checked;
    std::vector<std::string_view> allowed(kPlainMysqlOptions.begin(), kPlainMysqlOptions.end());
    allowed.insert(allowed.end(), kRowMysqlOptions.begin(), kRowMysqlOptions.end());
    COFRE_TRY(add_allowed_options(options, allowed, checked.words));
    for (const std::string& word : checked.words) {
        const std::string_view name = std::string_view(word).substr(2, word.find('=') - 2);
        checked.changes_rows = checked.changes_rows || std::find(kRowMysqlOptions.begin(), kRowMysqlOptions.end(),
                                                                 name) != kRowMysqlOptions.end();
    }
    return checked;
}

}  // namespace cofre::dump
