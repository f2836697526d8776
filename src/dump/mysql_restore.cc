#include "dump/mysql_restore.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "base/number.h"
#include "base/utf8.h"
#include "dump/mysql_client.h"
#include "dump/mysql_facts.h"
#include "dump/mysql_filter.h"
#include "dump/mysql_globals.h"
#include "dump/mysql_survey.h"
#include "dump/mysql_tally.h"
#include "dump/tool_reader.h"

namespace cofre::dump {
namespace {

using db::quote_mariadb_name;
using db::quote_mariadb_text;

constexpr std::size_t kReadBytes = 64UL * 1024;

// Old names to new ones, of the databases that are restored.
using Targets = std::map<std::string, std::string>;

Result<Targets> choose_targets(const DumpRecord& record, const RestoreRequest& request) {
    const auto check_in_dump = [&](const std::string& name) -> Status {
        if (std::find(record.databases.begin(), record.databases.end(), name) != record.databases.end()) return {};
        return Error(ErrorCode::kNotFound,
                     "restore database \"" + escape_for_display(name) + "\": it is not in the dump");
    };
    for (const auto& [old_name, new_name] : request.rename)
        COFRE_TRY(check_in_dump(old_name));
    for (const std::string& name : request.databases)
        COFRE_TRY(check_in_dump(name));
    if (!request.into.database.empty() && record.databases.size() != 1) {
        return Error(ErrorCode::kInvalidArgument, "restore " + std::to_string(record.databases.size()) +
                                                      " databases into one: leave it out of the address")
            .with_hint("choose one by its name, and rename it");
    }
    Targets targets;
    std::set<std::string> taken;
    const auto& names = request.databases.empty() ? record.databases : request.databases;
    for (const std::string& name : names) {
        const std::string target = mysql_target_database(record, request, name);
        if (is_mysql_system_database(target) || target.empty() || !taken.insert(target).second) {
            std::string what = "restore database \"";
            what.append(name).append("\" as \"").append(target).append("\": the server's own, or named twice");
            return Error(ErrorCode::kInvalidArgument, what);
        }
        targets[name] = target;
    }
    return targets;
}

// How many things stand in a database that a restore would meet.
Result<std::uint64_t> objects_in_the_way(const CallContext& ctx, db::MariadbSession& session,
                                         const std::string& database, const std::vector<std::string>& tables) {
    const std::string name = quote_mariadb_text(database);
    std::string sql = "SELECT (SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = " + name;
    if (!tables.empty()) {
        sql += " AND TABLE_NAME IN (" + mysql_text_list(tables) + "))";
    } else {
        sql += ") + (SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = " + name +
               ") + (SELECT COUNT(*) FROM information_schema.EVENTS WHERE EVENT_SCHEMA = " + name + ")";
    }
    COFRE_ASSIGN(const auto count, session.query_value(ctx, sql));
    return parse_number<std::uint64_t>(count.value_or("")).value_or(1);
}

Status prepare_targets(const CallContext& ctx, db::MariadbSession& session, const Targets& targets,
                       const RestoreRequest& request, bool creates) {
    for (const auto& [old_name, target] : targets) {
        COFRE_ASSIGN(const std::uint64_t count, objects_in_the_way(ctx, session, target, request.tables));
        if (count > 0 && !request.clean) {
            return Error(ErrorCode::kConflict, "restore into database \"" + escape_for_display(target) +
                                                   "\": it is not empty; nothing was changed")
                .with_hint("restore under another name, or ask for what is there to be dropped");
        }
    }
    for (const auto& [old_name, target] : targets) {
        if (request.clean && request.tables.empty()) {
            COFRE_TRY(session.execute(ctx, "DROP DATABASE IF EXISTS " + quote_mariadb_name(target)));
        }
        if (creates) COFRE_TRY(session.execute(ctx, "CREATE DATABASE IF NOT EXISTS " + quote_mariadb_name(target)));
    }
    return {};
}

// A dump on its way into the client.
class FilteredScript {
public:
    FilteredScript(std::unique_ptr<DumpReader> reader, MysqlFilterOptions options, RestoreProgress& progress)
        : reader_(std::move(reader)), filter_(std::move(options)), progress_(progress) {}

    Result<std::size_t> pull(std::span<std::byte> room) {
        while (at_ == ready_.size() && !is_over_) {
            ready_.clear();
            at_ = 0;
            COFRE_ASSIGN(const std::size_t count, reader_->read(input_));
            progress_.bytes_done += count;
            if (count == 0) {
                is_over_ = true;
                COFRE_TRY(filter_.finish(ready_));
            } else {
                COFRE_TRY(filter_.feed(to_text(std::span(input_).first(count)), ready_));
            }
        }
        const std::size_t count = std::min(room.size(), ready_.size() - at_);
        std::copy_n(as_bytes(ready_).begin() + static_cast<std::ptrdiff_t>(at_), count, room.begin());
        at_ += count;
        return count;
    }

    bool is_over() const { return is_over_ && at_ == ready_.size(); }

private:
    std::unique_ptr<DumpReader> reader_;
    MysqlFilter filter_;
    RestoreProgress& progress_;
    std::vector<std::byte> input_ = std::vector<std::byte>(kReadBytes);
    std::string ready_;
    std::size_t at_ = 0;
    bool is_over_ = false;
};

struct ClientRun {
    const MysqlTool& tool;
    const MysqlOptionFile& option_file;
    std::string database;  // Empty: the script says.
};

Result<std::string> run_client(const CallContext& ctx, const ClientRun& run, FilteredScript& script) {
    Command command = run.option_file.command(run.tool);
    // --binary-mode: the client keeps every byte of a string, and reads no command
    // but DELIMITER. --comments: those inside of routines belong to them.
    command.argv.insert(command.argv.end(),
                        {"--batch", "--binary-mode", "--comments", "--no-auto-rehash",
                         "--default-character-set=utf8mb4", "--max-allowed-packet=1G", "--local-infile=0"});
    if (!run.database.empty()) command.argv.push_back("--database=" + run.database);
    CommandIo io;
    io.pull_input = [&](std::span<std::byte> room) { return script.pull(room); };
    COFRE_ASSIGN(CommandResult result, run_command(ctx, command, io));
    if (!result.status.ok()) {
        return explain_mysql_tool_error(
            Error(ErrorCode::kInvalidArgument,
                  run.tool.name + ": " + result.status.describe() + ": " + escape_controls(result.error_output)));
    }
    if (!script.is_over()) return Error(ErrorCode::kInternal, run.tool.name + ": it ended before the dump did");
    return std::move(result.error_output);
}

Result<std::string> read_whole_script(const CallContext& ctx, DumpFiles& files, const std::string& name) {
    constexpr std::size_t kMost = 256UL << 20U;  // Of users and grants.
    COFRE_ASSIGN(auto reader, files.open(ctx, name));
    std::vector<std::byte> room(kReadBytes);
    std::string text;
    for (;;) {
        COFRE_ASSIGN(const std::size_t count, reader->read(room));
        if (count == 0) return text;
        text += to_text(std::span(room).first(count));
        if (text.size() > kMost) return Error(ErrorCode::kResourceExhausted, "read " + name + ": it is too long");
    }
}

Status parse_script_file(const CallContext& ctx, const DumpRecord& record, const DumpFile& file, DumpFiles& files,
                         MysqlTally::Rows& rows, RestoreProgress& progress) {
    COFRE_ASSIGN(auto reader, files.open(ctx, file.name));
    MysqlTally tally(file.database.empty() ? record.databases.front() : file.database);
    std::vector<std::byte> room(kReadBytes);
    std::string last;
    for (;;) {
        if (ctx.stop.stop_requested()) return Error(ErrorCode::kCancelled, "parse the dump");
        COFRE_ASSIGN(const std::size_t count, reader->read(room));
        if (count == 0) break;
        const std::string text = to_text(std::span(room).first(count));
        COFRE_TRY(tally.feed(text));
        last += text;
        if (last.size() > ToolStream::kSeenBytes) last.erase(0, last.size() - ToolStream::kSeenBytes);
        progress.bytes_done += count;
    }
    if (file.role == FileRole::kGlobals) return {};
    if (Status whole = tally.finish(); !whole) {
        return Error(ErrorCode::kCorruption, "dump file " + file.name + ": " + whole.error().message());
    }
    if (!ends_as_mysql_dump(last)) {
        return Error(ErrorCode::kCorruption,
                     "dump file " + file.name + ": its last line, \"-- Dump completed\", is missing");
    }
    for (const auto& [database, tables] : tally.rows()) {
        for (const auto& [table, count] : tables)
            rows[database][table] += count;
    }
    return {};
}

}  // namespace

Result<RestoreOutcome> restore_mysql_dump(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                          const RestoreRequest& request, RestoreProgress& progress) {
    if (!request.schemas.empty()) {
        return Error(ErrorCode::kUnsupported, "restore chosen schemas: MariaDB and MySQL have databases only");
    }
    COFRE_ASSIGN(const Targets targets, choose_targets(record, request));
    COFRE_ASSIGN(auto session, open_mysql_session(ctx, request.into, ""));
    COFRE_ASSIGN(const MysqlTool tool,
                 find_mysql_tool(ctx, MysqlToolRole::kClient, session.is_mariadb(), request.tools));
    COFRE_ASSIGN(const auto option_file, MysqlOptionFile::create(request.into, tool.is_mariadb));
    const bool names_databases = std::any_of(record.files.begin(), record.files.end(), [](const DumpFile& file) {
        return file.role == FileRole::kWhole && file.database.empty();
    });
    COFRE_TRY(prepare_targets(ctx, session, targets, request, /*creates=*/!names_databases));

    RestoreOutcome outcome;
    for (const auto& [old_name, target] : targets)
        outcome.databases.push_back(target);
    if (!request.tables.empty()) {
        outcome.warnings.emplace_back("chosen tables only: views, triggers, routines and events were left out");
    }
    for (const DumpFile& file : record.files) {
        if (file.role == FileRole::kGlobals) {
            if (request.globals) {
                COFRE_ASSIGN(const std::string script, read_whole_script(ctx, files, file.name));
                COFRE_ASSIGN(auto warnings, apply_mysql_globals(ctx, session, script));
                std::move(warnings.begin(), warnings.end(), std::back_inserter(outcome.warnings));
            }
            ++progress.files_done;
            continue;
        }
        if (!file.database.empty() && targets.find(file.database) == targets.end()) continue;
        MysqlFilterOptions options;
        options.names_databases = file.database.empty();
        options.tables = request.tables;
        // In a dump of one database the name may be that of any former one.
        const std::string only = file.database.empty() ? std::string() : targets.at(file.database);
        options.target = [&targets, only](const std::string& old_name) -> std::optional<std::string> {
            if (!only.empty()) return only;
            const auto found = targets.find(old_name);
            return found == targets.end() ? std::nullopt : std::optional<std::string>(found->second);
        };
        COFRE_ASSIGN(auto reader, files.open(ctx, file.name));
        FilteredScript script(std::move(reader), std::move(options), progress);
        auto said = run_client(ctx, {tool, *option_file, only}, script);
        if (!said) {
            return std::move(said).error().context("restore " + file.name +
                                                   " (the databases may hold a part of it now)");
        }
        if (!said->empty()) outcome.warnings.push_back(tool.name + " said: " + escape_controls(*said));
        ++progress.files_done;
    }
    return outcome;
}

Status parse_mysql_dump(const CallContext& ctx, const DumpRecord& record, DumpFiles& files, RestoreProgress& progress) {
    if (record.databases.empty()) return Error(ErrorCode::kCorruption, "dump record: it names no database");
    MysqlTally::Rows rows;
    for (const DumpFile& file : record.files) {
        COFRE_TRY(parse_script_file(ctx, record, file, files, rows, progress));
        ++progress.files_done;
    }
    for (const TableFacts& fact : record.tables) {
        const auto& tables = rows[fact.database];
        const auto found = std::find_if(tables.begin(), tables.end(), [&](const auto& entry) {
            return quote_mariadb_name(entry.first) == fact.name;
        });
        if (found != tables.end() && found->second == fact.rows) continue;
        return Error(ErrorCode::kCorruption,
                     "dump of " + escape_for_display(fact.database + "." + fact.name) + ": " +
                         (found == tables.end() ? "no such table" : std::to_string(found->second) + " rows") +
                         " in the file, " + std::to_string(fact.rows) + " rows when it was taken");
    }
    return {};
}

Result<bool> check_mysql_assertion(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql) {
    COFRE_ASSIGN(auto session, open_mysql_session(ctx, address, address.database));
    COFRE_TRY(session.execute(ctx, "START TRANSACTION READ ONLY"));
    COFRE_ASSIGN(const auto rows, session.query(ctx, sql));
    if (rows.size() != 1 || rows.front().empty() || !rows.front().front()) return false;
    const std::string& value = *rows.front().front();
    if (value == "true" || value == "TRUE") return true;
    return parse_number<double>(value).value_or(0) != 0;
}

Status drop_mysql_database(const CallContext& ctx, const DatabaseAddress& address) {
    COFRE_ASSIGN(auto session, open_mysql_session(ctx, address, ""));
    return session.execute(ctx, "DROP DATABASE IF EXISTS " + quote_mariadb_name(address.database));
}

Status query_mysql_texts(const CallContext& ctx, const DatabaseAddress& address, const std::string& sql,
                         const TextVisitor& visit) {
    COFRE_ASSIGN(auto session, open_mysql_session(ctx, address, address.database));
    COFRE_TRY(session.execute(ctx, "START TRANSACTION READ ONLY"));
    COFRE_ASSIGN(const auto rows, session.query(ctx, sql));
    for (const auto& row : rows) {
        if (!row.empty() && row.front()) COFRE_TRY(visit(*row.front()));
    }
    return {};
}

}  // namespace cofre::dump
