#include "dump/mysql_dump.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/guarded.h"
#include "base/number.h"
#include "base/utf8.h"
#include "dump/mysql_client.h"
#include "dump/mysql_facts.h"
#include "dump/mysql_globals.h"
#include "dump/mysql_options.h"
#include "dump/mysql_snapshot.h"
#include "dump/mysql_survey.h"
#include "dump/mysql_tally.h"
#include "dump/text_reader.h"
#include "dump/tool_reader.h"

namespace cofre::dump {
namespace {

using db::quote_mariadb_name;

// What the streams leave behind for finish().
struct DumpedState {
    std::optional<MysqlTally::Rows> rows;
    std::optional<db::MariadbSession> snapshot;  ///< In the very snapshot of the dump.
    std::vector<std::string> warnings;
};

// What does not change any more once the dump has begun.
struct MysqlPlan {
    DumpRequest request;
    MysqlTool tool;
    MysqlSurvey survey;
    MysqlExtraOptions extra;
    std::string script_head;  ///< Before what the tool writes.
    bool may_lock = true;
};

// The tool's transaction has begun when it writes of the first thing it dumps.
bool has_begun_dumping(std::string_view output) {
    static constexpr std::array<std::string_view, 7> kMarks = {
        "\n-- Table structure for", "\n-- Current Database", "\n-- Temporary ",
        "\n-- Sequence structure",  "\n-- Dumping ",         "\n-- Final view",
        "\n-- Dump completed"};
    return std::any_of(kMarks.begin(), kMarks.end(),
                       [&](std::string_view mark) { return output.find(mark) != std::string_view::npos; });
}

class MysqlDumpReader final : public DumpReader {
public:
    MysqlDumpReader(const MysqlPlan& plan, Guarded<DumpedState>& state, std::unique_ptr<DumpReader> tool)
        : plan_(plan),
          state_(state),
          tool_(std::move(tool)),
          held_(plan.script_head),
          tally_(plan.survey.databases.front()) {}

    // Reads on until the tool's transaction has begun; what it read is kept.
    Status wait_for_transaction() {
        constexpr std::size_t kMost = 256UL * 1024;
        std::vector<std::byte> room(64UL * 1024);
        std::string seen;
        while (seen.size() < kMost && !has_begun_dumping(seen)) {
            COFRE_ASSIGN(const std::size_t count, read_tool(room));
            if (count == 0) break;
            const std::string text = to_text(std::span(room).first(count));
            seen += text;
            held_ += text;
        }
        return {};
    }

    Result<std::size_t> read(std::span<std::byte> room) override {
        if (held_at_ < held_.size()) {
            const std::size_t count = std::min(room.size(), held_.size() - held_at_);
            std::copy_n(as_bytes(held_).begin() + static_cast<std::ptrdiff_t>(held_at_), count, room.begin());
            held_at_ += count;
            if (held_at_ == held_.size()) {
                held_ = {};
                held_at_ = 0;
            }
            return count;
        }
        return read_tool(room);
    }

    std::string log() const override { return tool_->log(); }

private:
    Result<std::size_t> read_tool(std::span<std::byte> room) {
        if (is_over_) return std::size_t{0};
        auto count = tool_->read(room);
        if (!count) return explain_mysql_tool_error(std::move(count).error());
        if (*count > 0) {
            COFRE_TRY(tally_.feed(to_text(room.first(*count))));
            return *count;
        }
        is_over_ = true;
        COFRE_TRY(tally_.finish());
        state_.with([&](DumpedState& state) {
            state.rows = tally_.rows();
            if (const std::string said = tool_->log(); !said.empty()) {
                state.warnings.push_back(plan_.tool.name + " said: " + escape_controls(said));
            }
        });
        return std::size_t{0};
    }

    const MysqlPlan& plan_;
    Guarded<DumpedState>& state_;
    std::unique_ptr<DumpReader> tool_;
    std::string held_;
    std::size_t held_at_ = 0;
    bool is_over_ = false;
    MysqlTally tally_;
};

class MysqlDump final : public Dump {
public:
    MysqlDump(MysqlPlan plan, DumpRecord record, MysqlGlobals globals)
        : plan_(std::move(plan)), record_(std::move(record)) {
        if (!globals.script.empty()) {
            DumpStream stream;
            stream.file = {"globals.sql", FileRole::kGlobals, "plain", "", "", 0, ""};
            stream.open = [script =
                               std::move(globals.script)](const CallContext&) -> Result<std::unique_ptr<DumpReader>> {
                return std::unique_ptr<DumpReader>(std::make_unique<TextReader>(script));
            };
            streams_.push_back(std::move(stream));
        }
        const auto& databases = plan_.survey.databases;
        DumpStream stream;
        stream.file.format = "plain";
        if (is_single()) {
            stream.file.name = percent_encode(databases.front()) + ".sql";
            stream.file.database = databases.front();
        } else {
            stream.file.name = "databases.sql";
        }
        stream.estimated_bytes = plan_.survey.bytes;
        stream.open = [this](const CallContext& ctx) { return open_tool_stream(ctx); };
        streams_.push_back(std::move(stream));
        for (const DumpStream& one : streams_)
            record_.files.push_back(one.file);
    }

    const std::vector<DumpStream>& streams() const override { return streams_; }
    int jobs() const override { return 1; }
    const DumpRecord& record() const override { return record_; }

    Result<DumpRecord> finish(const CallContext& ctx) override {
        auto state = state_.with([](DumpedState& inner) { return std::exchange(inner, {}); });
        if (!state.rows) return Error(ErrorCode::kInternal, "finish the dump: it has not been read to its end");
        std::move(state.warnings.begin(), state.warnings.end(), std::back_inserter(record_.warnings));
        if (plan_.request.count_rows) COFRE_TRY(take_facts(ctx, *state.rows, state.snapshot));
        record_.finished_at = system_clock().wall_now();
        return record_;
    }

private:
    // Asked for by one name: restorable under any, as the stream does not say it.
    bool is_single() const {
        return plan_.survey.databases.size() == 1 &&
               (plan_.request.databases.size() == 1 || !plan_.request.address.database.empty());
    }

    Result<std::unique_ptr<DumpReader>> open_tool_stream(const CallContext& ctx) {
        COFRE_ASSIGN(auto option_file, MysqlOptionFile::create(plan_.request.address, plan_.tool.is_mariadb));
        ToolStream stream;
        stream.command = option_file->command(plan_.tool);
        add_arguments(stream.command.argv);
        stream.idle_timeout = plan_.request.idle_timeout;
        stream.allow_empty = plan_.request.allow_empty;
        stream.keeps = option_file;
        stream.check_ends = [allow_empty = plan_.request.allow_empty](std::string_view,
                                                                      std::string_view last) -> Status {
            if (ends_as_mysql_dump(last) || (allow_empty && last.empty())) return {};
            return Error(ErrorCode::kInvalidArgument, "it ended well but without the mark of a complete dump");
        };
        std::unique_ptr<BriefLock> lock = take_lock(ctx);
        auto reader = std::make_unique<MysqlDumpReader>(plan_, state_, open_tool(ctx, std::move(stream)));
        if (lock) {
            COFRE_TRY(reader->wait_for_transaction());
            COFRE_TRY(begin_twin(ctx, *lock));
        }
        return std::unique_ptr<DumpReader>(std::move(reader));
    }

    std::unique_ptr<BriefLock> take_lock(const CallContext& ctx) {
        const bool needs_facts = plan_.request.count_rows && !plan_.survey.tables.empty();
        if (!needs_facts || !plan_.may_lock) return nullptr;
        auto lock = BriefLock::take(ctx, plan_.request.address);
        if (lock) return *std::move(lock);
        warn("rows are counted in the dump only, and none are sampled: a lock of a moment was not given (" +
             lock.error().message() + ")");
        return nullptr;
    }

    Status begin_twin(const CallContext& ctx, BriefLock& lock) {
        COFRE_ASSIGN(auto snapshot, lock.begin_snapshot(ctx));
        if (!snapshot) {
            warn("rows are counted in the dump only, and none are sampled: the dump took too long to begin");
            return {};
        }
        state_.with([&](DumpedState& state) { state.snapshot = std::move(snapshot); });
        return {};
    }

    void warn(std::string text) {
        state_.with([&](DumpedState& state) { state.warnings.push_back(std::move(text)); });
    }

    void add_arguments(std::vector<std::string>& argv) const {
        // One row per statement: where statements of many rows break depends on all
        // rows before, so that one new row changes every part of the file after it,
        // and nothing of it deduplicates. A restore joins them again.
        for (const char* flag :
             {"--single-transaction", "--quick", "--routines", "--triggers", "--events", "--hex-blob",
              "--no-tablespaces", "--default-character-set=utf8mb4", "--skip-extended-insert", "--no-autocommit",
              "--skip-dump-date", "--comments", "--max-allowed-packet=1G"}) {
            argv.emplace_back(flag);
        }
        if (!plan_.tool.is_mariadb) {
            argv.emplace_back("--set-gtid-purged=OFF");
            if (parse_number<int>(plan_.tool.version.substr(0, plan_.tool.version.find('.'))).value_or(0) >= 8) {
                argv.emplace_back("--column-statistics=0");
            }
        }
        argv.insert(argv.end(), plan_.extra.words.begin(), plan_.extra.words.end());
        for (const std::string& table : plan_.request.exclude_tables) {
            if (table.find('.') != std::string::npos) {
                argv.push_back("--ignore-table=" + table);
                continue;
            }
            for (const std::string& database : plan_.survey.databases) {
                argv.push_back("--ignore-table=");
                argv.back().append(database).append(".").append(table);
            }
        }
        const auto& tables = plan_.request.tables;
        if (!tables.empty()) argv.insert(argv.end(), {"--skip-routines", "--skip-events"});
        if (!is_single()) argv.emplace_back("--databases");
        argv.emplace_back("--");
        argv.insert(argv.end(), plan_.survey.databases.begin(), plan_.survey.databases.end());
        argv.insert(argv.end(), tables.begin(), tables.end());
    }

    Status take_facts(const CallContext& ctx, const MysqlTally::Rows& rows,
                      std::optional<db::MariadbSession>& snapshot) {
        for (const SurveyedTable& table : plan_.survey.tables) {
            TableFacts fact;
            fact.database = table.database;
            fact.name = quote_mariadb_name(table.name);
            const auto in_database = rows.find(table.database);
            if (in_database == rows.end()) continue;
            const auto counted = in_database->second.find(table.name);
            if (counted == in_database->second.end()) continue;  // Dropped since we looked, or left out on purpose.
            fact.rows = counted->second;
            if (snapshot && table.is_transactional && !plan_.extra.changes_rows) {
                COFRE_TRY(check_against_server(ctx, *snapshot, fact));
            }
            record_.tables.push_back(std::move(fact));
        }
        // The counts are those of the dump, and samples come from its own snapshot.
        record_.facts_are_exact = true;
        return {};
    }

    Status check_against_server(const CallContext& ctx, db::MariadbSession& snapshot, TableFacts& fact) {
        const std::string shown = escape_for_display(fact.database) + "." + escape_for_display(fact.name);
        auto rows = count_mysql_rows(ctx, snapshot, fact.database, fact.name);
        Status sampled;
        if (rows && *rows != fact.rows) {
            return Error(ErrorCode::kCorruption, "dump table " + shown + ": the server has " + std::to_string(*rows) +
                                                     " rows in the snapshot of the dump, and the dump has " +
                                                     std::to_string(fact.rows));
        }
        if (rows && plan_.request.sample_rows > 0) {
            sampled = take_mysql_sample(ctx, snapshot, plan_.request.sample_rows, fact);
        }
        if (rows && sampled) return {};
        const Error& error = rows ? sampled.error() : rows.error();
        if (error.code() == ErrorCode::kCancelled || error.code() == ErrorCode::kDeadlineExceeded ||
            error.code() == ErrorCode::kUnavailable) {
            return Error(error.code(), "count the rows of " + shown + ": " + error.message());
        }
        record_.warnings.push_back("table " + shown + " could not be compared with the dump: " + error.message());
        return {};
    }

    const MysqlPlan plan_;
    DumpRecord record_;
    std::vector<DumpStream> streams_;
    Guarded<DumpedState> state_;
};

Status check_tables_choice(const DumpRequest& request, const MysqlSurvey& survey) {
    if (!request.schemas.empty() || !request.exclude_schemas.empty()) {
        return Error(ErrorCode::kUnsupported, "dump chosen schemas: MariaDB and MySQL have databases only")
            .with_hint("name databases instead");
    }
    if (!request.tables.empty() && survey.databases.size() != 1) {
        return Error(ErrorCode::kUnsupported, "dump chosen tables: name exactly one database as well");
    }
    return {};
}

// A plain dump of one database does not say its character set; without a name
// the statement goes to whatever database the script is read into.
Result<std::string> character_set_statement(const CallContext& ctx, db::MariadbSession& session,
                                            const std::string& database) {
    COFRE_ASSIGN(const auto rows, session.query(ctx,
                                                "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM"
                                                " information_schema.SCHEMATA WHERE SCHEMA_NAME = " +
                                                    db::quote_mariadb_text(database)));
    if (rows.empty()) return std::string();
    return "ALTER DATABASE CHARACTER SET " + rows.front().at(0).value_or("utf8mb4") + " COLLATE " +
           rows.front().at(1).value_or("utf8mb4_general_ci") + ";\n";
}

// Galera stops the whole cluster's writes, not only this node's, while one is locked.
bool may_lock_server(const CallContext& ctx, db::MariadbSession& session, const DatabaseAddress& address) {
    const auto wanted = address.options.find("lock");
    if (wanted != address.options.end() && wanted->second == "never") return false;
    const auto rows = session.query(ctx, "SHOW GLOBAL VARIABLES LIKE 'wsrep_on'");
    return !rows || rows->empty() || rows->front().at(1).value_or("OFF") != "ON";
}

}  // namespace

Result<std::unique_ptr<Dump>> begin_mysql_dump(const CallContext& ctx, const DumpRequest& request) {
    MysqlPlan plan;
    plan.request = request;
    COFRE_ASSIGN(plan.extra, check_mysql_options(request.options));
    COFRE_ASSIGN(auto session, open_mysql_session(ctx, request.address, ""));
    COFRE_ASSIGN(plan.tool, find_mysql_tool(ctx, MysqlToolRole::kDump, session.is_mariadb(), request.tools));
    COFRE_ASSIGN(plan.survey, survey_mysql(ctx, session, request));
    COFRE_TRY(check_tables_choice(request, plan.survey));
    plan.may_lock = may_lock_server(ctx, session, request.address);

    DumpRecord record;
    record.engine = session.is_mariadb() ? Engine::kMariadb : Engine::kMysql;
    record.source = request.address.display();
    record.server_version = session.server_version();
    record.tool = plan.tool.name;
    record.tool_version = plan.tool.version;
    record.databases = plan.survey.databases;
    record.consistency = "single transaction";
    record.warnings = plan.survey.warnings;
    record.started_at = system_clock().wall_now();
    if (plan.tool.is_mariadb != session.is_mariadb()) {
        record.warnings.push_back(std::string("a program of ") + (plan.tool.is_mariadb ? "MariaDB" : "MySQL") +
                                  " dumps a server of " + (session.is_mariadb() ? "MariaDB" : "MySQL") +
                                  ": install the server's own client");
    }
    const auto major = [](const std::string& version) {
        return parse_number<int>(version.substr(0, version.find('.'))).value_or(0);
    };
    if (plan.tool.is_mariadb == session.is_mariadb() && major(plan.tool.version) < major(record.server_version)) {
        record.warnings.push_back(plan.tool.name + " " + plan.tool.version + " is older than the server, " +
                                  record.server_version + ", and may not know all that it holds");
    }
    const bool dumps_all = request.databases.empty() && request.address.database.empty();
    MysqlGlobals globals;
    if (dumps_all && request.globals) {
        COFRE_ASSIGN(globals, read_mysql_globals(ctx, session));
        std::move(globals.warnings.begin(), globals.warnings.end(), std::back_inserter(record.warnings));
    }
    if (!dumps_all && plan.survey.databases.size() == 1 && request.tables.empty()) {
        COFRE_ASSIGN(plan.script_head, character_set_statement(ctx, session, plan.survey.databases.front()));
    }
    return std::unique_ptr<Dump>(std::make_unique<MysqlDump>(std::move(plan), std::move(record), std::move(globals)));
}

}  // namespace cofre::dump
