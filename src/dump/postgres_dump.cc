#include "dump/postgres_dump.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/parallel.h"
#include "base/utf8.h"
#include "db/conninfo.h"
#include "dump/postgres_catalog.h"
#include "dump/postgres_client.h"
#include "dump/postgres_connection.h"
#include "dump/postgres_facts.h"
#include "dump/postgres_options.h"
#include "dump/postgres_plan.h"
#include "dump/tool_reader.h"

namespace cofre::dump {
namespace {

constexpr std::string_view kBegin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// One database: its snapshot lives as long as the session's transaction.
struct SnapshotSession {
    std::string database;
    std::unique_ptr<db::PostgresSession> session;
    std::string snapshot;
    PostgresContents contents;
};

/// Hands over what the tool said, once it has ended well.
class NotingReader final : public DumpReader {
public:
    NotingReader(std::unique_ptr<DumpReader> inner, std::string name, Guarded<std::vector<std::string>>& notes)
        : inner_(std::move(inner)), name_(std::move(name)), notes_(notes) {}

    Result<std::size_t> read(std::span<std::byte> room) override {
        auto count = inner_->read(room);
        if (count && *count == 0 && !std::exchange(is_over_, true)) {
            const auto said = inner_->log();
            if (!said.empty()) {
                notes_.with([&](auto& notes) { notes.push_back(name_ + ": " + escape_controls(said)); });
            }
        }
        return count;
    }
    std::string log() const override { return inner_->log(); }

private:
    std::unique_ptr<DumpReader> inner_;
    const std::string name_;
    Guarded<std::vector<std::string>>& notes_;
    bool is_over_ = false;
};

class PostgresDump final : public Dump {
public:
    PostgresDump(DumpRequest request, PostgresOptions options)
        : request_(std::move(request)), options_(std::move(options)) {}

    Status begin(const CallContext& ctx);

    const std::vector<DumpStream>& streams() const override { return streams_; }
    int jobs() const override { return std::max(request_.jobs, 1); }
    const DumpRecord& record() const override { return record_; }
    Result<DumpRecord> finish(const CallContext& ctx) override;

private:
    Status choose_databases(const CallContext& ctx);
    Status open_snapshot(const CallContext& ctx, const std::string& database);
    void add_globals(bool with_passwords);
    void add_stream(PlannedStream planned, Command command);
    Command tool_command(std::string_view tool, const std::string& database) const;
    Status take_all_facts(const CallContext& ctx, SnapshotSession& part);

    const DumpRequest request_;
    const PostgresOptions options_;
    PostgresClient client_;
    std::vector<SnapshotSession> parts_;
    std::vector<DumpStream> streams_;
    DumpNames names_;
    DumpRecord record_;
    Guarded<std::vector<std::string>> notes_;
};

Command PostgresDump::tool_command(std::string_view tool, const std::string& database) const {
    Command command;
    command.argv = {client_.program(tool), "--dbname=" + postgres_conninfo(request_.address, database),
                    "--no-password"};
    command.environment = postgres_environment(request_.address);
    return command;
}

void PostgresDump::add_stream(PlannedStream planned, Command command) {
    DumpStream stream;
    stream.file = std::move(planned.file);
    stream.estimated_bytes = planned.estimated_bytes;
    stream.open = [this, command = std::move(command), format = stream.file.format,
                   name = stream.file.name](const CallContext& ctx) -> Result<std::unique_ptr<DumpReader>> {
        ToolStream tool;
        tool.command = command;
        tool.idle_timeout = request_.idle_timeout;
        tool.allow_empty = request_.allow_empty;
        if (!request_.allow_empty) {
            tool.check_ends = [format](std::string_view first, std::string_view last) {
                return check_postgres_ends(format, first, last);
            };
        }
        return std::unique_ptr<DumpReader>(
            std::make_unique<NotingReader>(open_tool(ctx, std::move(tool)), name, notes_));
    };
    streams_.push_back(std::move(stream));
}

Status PostgresDump::choose_databases(const CallContext& ctx) {
    if (!request_.databases.empty()) {
        record_.databases = request_.databases;
    } else if (!request_.address.database.empty()) {
        record_.databases = {request_.address.database};
    }
    const bool is_all = record_.databases.empty();
    auto opened = is_all ? open_maintenance(ctx, request_.address, "")
                         : open_postgres(ctx, request_.address, record_.databases.front());
    COFRE_ASSIGN(auto session, std::move(opened));
    const int number = session->version_number();
    record_.server_version = session->version();
    COFRE_ASSIGN(client_, find_postgres_client(ctx, {.server_major = number / 10000, .tools = request_.tools}));
    record_.tool = "pg_dump";
    record_.tool_version = client_.version.text;
    if (client_.is_newer) {
        record_.warnings.push_back(
            "pg_dump " + client_.version.text + " is newer than the server (" + record_.server_version +
            "): its dump may not restore into that version with other tools (SET transaction_timeout); install "
            "postgresql-client-" +
            std::to_string(number / 10000));
    }
    if (is_all) {
        COFRE_ASSIGN(record_.databases, list_databases(ctx, *session));
    }
    if (!request_.globals) return {};
    COFRE_ASSIGN(const auto rows, session->query(ctx, "SELECT has_table_privilege('pg_authid', 'SELECT')"));
    add_globals(rows.truth(0, 0));
    return {};
}

void PostgresDump::add_globals(bool with_passwords) {
    PlannedStream planned;
    planned.file.name = names_.add("", "globals", ".sql");
    planned.file.role = FileRole::kGlobals;
    planned.file.format = "plain";
    Command command = tool_command("pg_dumpall", record_.databases.front());
    command.argv.emplace_back("--globals-only");
    if (!with_passwords) {
        command.argv.emplace_back("--no-role-passwords");
        record_.warnings.emplace_back(
            "roles are dumped without their passwords, which only a superuser may read: set them after a restore");
    }
    add_stream(std::move(planned), std::move(command));
}

Status PostgresDump::open_snapshot(const CallContext& ctx, const std::string& database) {
    SnapshotSession part;
    part.database = database;
    COFRE_ASSIGN(part.session, open_postgres(ctx, request_.address, database));
    if (!options_.role.empty()) COFRE_TRY(part.session->query(ctx, "SET ROLE " + db::quote_identifier(options_.role)));
    COFRE_TRY(part.session->query(ctx, std::string(kBegin)));
    COFRE_ASSIGN(const auto exported, part.session->query(ctx, "SELECT pg_export_snapshot()"));
    part.snapshot = exported.text(0, 0);
    COFRE_ASSIGN(part.contents, read_contents(ctx, *part.session, options_));
    if (!options_.sees_rows_by_policy) COFRE_TRY(check_readable(database, part.contents));
    COFRE_ASSIGN(DatabaseTraits traits, read_traits(ctx, *part.session, database));
    record_.traits.push_back(std::move(traits));
    for (auto& planned : plan_database(database, part.contents, options_, request_, names_)) {
        Command command = tool_command("pg_dump", database);
        command.argv.push_back("--snapshot=" + part.snapshot);
        command.argv.push_back("--format=" + planned.file.format);
        if (planned.file.format == "custom") command.argv.emplace_back("--compress=0");
        command.argv.insert(command.argv.end(), planned.arguments.begin(), planned.arguments.end());
        add_stream(std::move(planned), std::move(command));
    }
    parts_.push_back(std::move(part));
    return {};
}

Status PostgresDump::begin(const CallContext& ctx) {
    record_.engine = Engine::kPostgres;
    record_.source = request_.address.display();
    record_.started_at = system_clock().wall_now();
    COFRE_TRY(choose_databases(ctx));
    for (const auto& database : record_.databases) {
        if (Status opened = open_snapshot(ctx, database); !opened) {
            return std::move(opened).error().context("database \"" + escape_for_display(database) + "\"");
        }
    }
    record_.consistency = parts_.size() == 1 ? "one exported snapshot" : "one exported snapshot for each database";
    if (request_.jobs > 1 && request_.format == DumpFormat::kCustom) {
        record_.warnings.emplace_back(
            "an archive in the custom format is one stream: \"jobs\" counts for databases only");
    }
    for (const auto& stream : streams_)
        record_.files.push_back(stream.file);
    return {};
}

/// On as many sessions as there are jobs, all in the one snapshot.
Status PostgresDump::take_all_facts(const CallContext& ctx, SnapshotSession& part) {
    std::vector<const PostgresTable*> tables;
    for (const auto& table : part.contents.tables) {
        if (table.has_data && !table.is_config) tables.push_back(&table);
    }
    const std::size_t workers = std::min<std::size_t>(static_cast<std::size_t>(jobs()), tables.size() / 8 + 1);
    std::vector<std::unique_ptr<db::PostgresSession>> more;
    for (std::size_t i = 1; i < workers; ++i) {
        COFRE_ASSIGN(auto session, open_postgres(ctx, request_.address, part.database));
        if (!options_.role.empty()) COFRE_TRY(session->query(ctx, "SET ROLE " + db::quote_identifier(options_.role)));
        COFRE_TRY(session->query(ctx, std::string(kBegin)));
        COFRE_TRY(session->query(ctx, "SET TRANSACTION SNAPSHOT " + db::quote_literal(part.snapshot)));
        more.push_back(std::move(session));
    }
    std::vector<TableFacts> facts(tables.size());
    COFRE_TRY(parallel_for(
        ctx, workers, static_cast<int>(workers), [&](const CallContext& own, std::size_t worker) -> Status {
            auto& session = worker == 0 ? *part.session : *more[worker - 1];
            COFRE_TRY(fix_text_forms(own, session));
            for (std::size_t i = worker; i < tables.size(); i += workers) {
                COFRE_ASSIGN(facts[i], take_facts(own, session, part.database, *tables[i], request_.sample_rows));
            }
            return {};
        }));
    std::move(facts.begin(), facts.end(), std::back_inserter(record_.tables));
    return {};
}

Result<DumpRecord> PostgresDump::finish(const CallContext& ctx) {
    const bool has_facts = request_.count_rows && options_.has_data && !options_.sees_rows_by_policy;
    for (auto& part : parts_) {
        const std::string what = "take the facts of database \"" + escape_for_display(part.database) + "\"";
        if (has_facts) {
            if (Status taken = take_all_facts(ctx, part); !taken) return std::move(taken).error().context(what);
        }
        if (auto ended = part.session->query(ctx, "COMMIT"); !ended) return std::move(ended).error().context(what);
        part.session.reset();
    }
    record_.facts_are_exact = has_facts;
    notes_.with([&](auto& notes) {
        std::move(notes.begin(), notes.end(), std::back_inserter(record_.warnings));
        notes.clear();
    });
    record_.finished_at = system_clock().wall_now();
    return record_;
}

}  // namespace

Status check_postgres_ends(const std::string& format, std::string_view first, std::string_view last) {
    if (format == "custom") {
        if (first.starts_with("PGDMP")) return {};
        return Error(ErrorCode::kCorruption, "it does not begin as an archive of pg_dump does (PGDMP)");
    }
    const bool is_complete = last.find("-- PostgreSQL database dump complete") != std::string_view::npos ||
                             last.find("-- PostgreSQL database cluster dump complete") != std::string_view::npos;
    if (is_complete) return {};
    return Error(ErrorCode::kCorruption, "its last line, \"-- PostgreSQL database dump complete\", is missing")
        .with_hint("the dump is cut short: do not keep it");
}

Result<std::unique_ptr<Dump>> begin_postgres_dump(const CallContext& ctx, const DumpRequest& request) {
    COFRE_ASSIGN(PostgresOptions options, parse_postgres_options(request));
    auto dump = std::make_unique<PostgresDump>(request, std::move(options));
    if (Status begun = dump->begin(ctx); !begun) return std::move(begun).error().context("dump PostgreSQL");
    return std::unique_ptr<Dump>(std::move(dump));
}

}  // namespace cofre::dump
