#include "cli/dump_options.h"

#include <utility>

#include "base/file.h"
#include "dump/database_address.h"

namespace cofre::cli {
namespace {

constexpr std::size_t kMaxPasswordFile = 4'096;

}  // namespace

Status apply_dump_options(const App& app, const DumpToolOptions& options, config::DatabaseConfig& database) {
    if (options.password_file) {
        COFRE_ASSIGN(auto text, read_small_file(*options.password_file, kMaxPasswordFile));
        while (text.ends_with('\n') || text.ends_with('\r'))
            text.pop_back();
        database.password = Secret(std::move(text));
    } else if (const auto address = dump::parse_database_url(database.url); address && !address->password.empty()) {
        app.console.warning("the password of " + address->display() +
                            " stands in the command line, where every user of this machine can read it; "
                            "--database-password-file keeps it secret");
    }
    if (!options.format.empty()) database.format = options.format;
    if (options.jobs > 0) database.jobs = options.jobs;
    if (!options.options.empty()) database.options = options.options;
    if (!options.object_name.empty()) database.object_name = options.object_name;
    database.databases = options.databases;
    database.tables = options.tables;
    database.exclude_tables = options.exclude_tables;
    database.schemas = options.schemas;
    database.exclude_schemas = options.exclude_schemas;
    if (options.tools) database.tools = options.tools;
    if (options.no_globals) database.globals = false;
    if (options.no_counts) database.count_rows = false;
    return {};
}

}  // namespace cofre::cli
