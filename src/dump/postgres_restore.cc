#include "dump/postgres_restore.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "base/guarded.h"
#include "base/parallel.h"
#include "base/units.h"
#include "base/utf8.h"
#include "dump/postgres_choice.h"
#include "dump/postgres_client.h"
#include "dump/postgres_connection.h"
#include "dump/postgres_database.h"
#include "dump/postgres_pump.h"

namespace cofre::dump {
namespace {

constexpr int kFirstWithTransactionTimeout = 170000;
constexpr std::uint64_t kMaxGlobals = 64_MiB;

class PostgresRestore {
public:
    PostgresRestore(const CallContext& ctx, const DumpRecord& record, DumpFiles& files, const RestoreRequest& request,
                    RestoreProgress& progress)
        : ctx_(ctx), record_(record), files_(files), request_(request), progress_(progress) {}

    Result<RestoreOutcome> run();

private:
    Status check_request();
    Status choose_client(int server_version);
    Status check_target(const RestoredName& name);
    Status warn_of_encoding(const RestoredName& name, db::PostgresSession& inside);
    Status restore_globals();
    Status restore_database(const RestoredName& name);
    Status prepare_database(const RestoredName& name);
    Status restore_files(const RestoredName& name);
    Status restore_file(const CallContext& ctx, const DumpFile& file, const std::string& database);
    void note_sections(const PostgresSections& sections);
    Status rehearse(const RestoredName& name);
    Status report_choice();
    Status restore_archive(const CallContext& ctx, const DumpFile& file, const std::string& database);
    std::vector<const DumpFile*> files_of(const std::string& database, FileRole role) const;
    DatabaseTraits traits_of(const std::string& database) const;

    const CallContext& ctx_;
    const DumpRecord& record_;
    DumpFiles& files_;
    const RestoreRequest& request_;
    RestoreProgress& progress_;
    PostgresClient client_;
    int server_version_ = 0;
    std::vector<RestoredName> names_;
    PostgresChoice choice_;
    std::set<std::string> present_;  ///< Targets that are there, and empty unless `clean`.
    RestoreOutcome outcome_;
    Guarded<std::set<std::string>> sequences_;  ///< Of chosen tables, from the file of definitions.
    Guarded<std::set<std::string>> found_;      ///< Of what was chosen.
    Guarded<std::set<std::string>> left_out_;   ///< What belongs to chosen tables and was not restored.
};

DatabaseTraits PostgresRestore::traits_of(const std::string& database) const {
    const auto found = std::find_if(record_.traits.begin(), record_.traits.end(),
                                    [&](const auto& traits) { return traits.database == database; });
    return found == record_.traits.end() ? DatabaseTraits() : *found;
}

std::vector<const DumpFile*> PostgresRestore::files_of(const std::string& database, FileRole role) const {
    std::vector<const DumpFile*> found;
    for (const auto& file : record_.files) {
        if (file.role == role && file.database == database) found.push_back(&file);
    }
    return found;
}

Status PostgresRestore::check_request() {
    COFRE_ASSIGN(names_, restored_names(record_, request_));
    for (const auto& name : names_) {
        const bool has_file = std::any_of(record_.files.begin(), record_.files.end(),
                                          [&](const auto& file) { return file.database == name.source; });
        if (!has_file) {
            return Error(ErrorCode::kCorruption,
                         "the record names no file of database \"" + escape_for_display(name.source) + "\"");
        }
    }
    COFRE_ASSIGN(choice_, PostgresChoice::create(request_));
    return {};
}

/// psql of any version does; pg_restore must know the archive's format.
Status PostgresRestore::choose_client(int server_version) {
    server_version_ = server_version;
    const auto tool = parse_postgres_version(record_.tool_version);
    const int wanted = std::max(server_version / 10000, tool ? tool->major : 0);
    COFRE_ASSIGN(client_,
                 find_postgres_client(ctx_, {.server_major = wanted, .program = "psql", .tools = request_.tools}));
    const bool has_plain = std::any_of(record_.files.begin(), record_.files.end(),
                                       [](const DumpFile& file) { return file.format == "plain"; });
    if (!has_plain || knows_restrict(client_.version)) return {};
    return Error(ErrorCode::kUnsupported,
                 "psql " + client_.version.text + " cannot be kept from running the commands that a dump may hold")
        .with_hint("update postgresql-client: 13.22, 14.19, 15.14, 16.10, 17.6 and newer know \\restrict");
}

/// A database that is there keeps its own.
Status PostgresRestore::warn_of_encoding(const RestoredName& name, db::PostgresSession& inside) {
    const auto traits = traits_of(name.source);
    const auto encoding = traits.values.find("encoding");
    COFRE_ASSIGN(const auto rows, inside.query(ctx_, "SHOW server_encoding"));
    if (encoding == traits.values.end() || rows.text(0, 0) == encoding->second) return {};
    outcome_.warnings.push_back("database \"" + escape_for_display(name.target) + "\" has the encoding " +
                                rows.text(0, 0) + ", the original had " + encoding->second);
    return {};
}

Status PostgresRestore::check_target(const RestoredName& name) {
    COFRE_ASSIGN(auto session, open_maintenance(ctx_, request_.into, name.target));
    COFRE_ASSIGN(const bool is_there, has_database(ctx_, *session, name.target));
    if (!is_there) return {};
    present_.insert(name.target);
    if (request_.clean) return {};
    COFRE_ASSIGN(auto inside, open_postgres(ctx_, request_.into, name.target));
    if (!choice_.is_everything()) return choice_.check_free(ctx_, *inside);
    COFRE_ASSIGN(const bool is_empty, is_empty_database(ctx_, *inside));
    if (is_empty) return warn_of_encoding(name, *inside);
    return Error(ErrorCode::kConflict, "database \"" + escape_for_display(name.target) + "\" is there and not empty")
        .with_hint("nothing was changed; restore under another name, or with --clean, which drops it first");
}

Status PostgresRestore::restore_globals() {
    COFRE_ASSIGN(auto session, open_maintenance(ctx_, request_.into, ""));
    for (const auto& file : record_.files) {
        if (file.role != FileRole::kGlobals) continue;
        COFRE_ASSIGN(auto reader, files_.open(ctx_, file.name));
        ScriptInput input(*reader, {}, progress_.bytes_done);
        std::string script;
        std::vector<std::byte> room(64UL * 1024);
        for (;;) {
            COFRE_ASSIGN(const std::size_t count, input.pull(room));
            if (count == 0) break;
            script += to_text(std::span(room).first(count));
            if (script.size() > kMaxGlobals) return Error(ErrorCode::kCorruption, file.name + ": too long for roles");
        }
        COFRE_TRY(input.check_ends());
        COFRE_TRY(run_globals(ctx_, *session, script, outcome_.warnings));
        ++progress_.files_done;
    }
    return {};
}

Status PostgresRestore::prepare_database(const RestoredName& name) {
    const bool is_present = present_.contains(name.target);
    COFRE_ASSIGN(auto session, open_maintenance(ctx_, request_.into, name.target));
    if (is_present && request_.clean && choice_.is_everything()) {
        COFRE_TRY(drop_database(ctx_, *session, name.target));
    } else if (is_present) {
        return {};
    }
    return create_database(ctx_, *session, name.target, traits_of(name.source), outcome_.warnings);
}

Status PostgresRestore::restore_archive(const CallContext& ctx, const DumpFile& file, const std::string& database) {
    const std::string target = "--dbname=" + postgres_conninfo(request_.into, database);
    for (auto run : choice_.archive_runs()) {
        run.push_back(target);
        run.emplace_back("--no-password");
        if (!choice_.is_everything()) run.emplace_back("--strict-names");
        COFRE_ASSIGN(auto reader, files_.open(ctx, file.name));
        COFRE_TRY(run_pg_restore(ctx, client_, request_.into, run, *reader, progress_));
    }
    return {};
}

void PostgresRestore::note_sections(const PostgresSections& sections) {
    sequences_.with(
        [&](auto& all) { all.insert(sections.passed_sequences().begin(), sections.passed_sequences().end()); });
    found_.with([&](auto& all) { all.insert(sections.found().begin(), sections.found().end()); });
    left_out_.with([&](auto& all) { all.insert(sections.left_out().begin(), sections.left_out().end()); });
}

/// pg_restore says itself what an archive does not hold.
Status PostgresRestore::report_choice() {
    const bool is_plain = std::any_of(record_.files.begin(), record_.files.end(), [](const DumpFile& file) {
        return file.role != FileRole::kGlobals && file.format == "plain";
    });
    if (choice_.is_everything() || !is_plain) return {};
    COFRE_TRY(choice_.check_found(found_.with([](const auto& all) { return all; })));
    for (const auto& name : left_out_.with([](const auto& all) { return all; }))
        outcome_.warnings.push_back("not restored with its table: " + escape_for_display(name));
    return {};
}

Status PostgresRestore::restore_file(const CallContext& ctx, const DumpFile& file, const std::string& database) {
    const std::string what = "restore " + file.name + " into database \"" + escape_for_display(database) + "\"";
    Status done;
    if (file.format == "custom") {
        done = restore_archive(ctx, file, database);
    } else {
        auto reader = files_.open(ctx, file.name);
        if (!reader) return std::move(reader).error().context(what);
        PostgresSections sections(choice_.sections(), sequences_.with([](const auto& all) { return all; }));
        const PsqlRun run{.database = database,
                          .drops_timeout = server_version_ < kFirstWithTransactionTimeout,
                          .sections = choice_.is_everything() ? nullptr : &sections};
        done = run_psql(ctx, client_, request_.into, run, **reader, progress_);
        note_sections(sections);
    }
    if (!done) {
        return std::move(done).error().context(what).with_hint(
            "the database now holds a part of the dump: restore again with --clean");
    }
    ++progress_.files_done;
    return {};
}

Status PostgresRestore::restore_files(const RestoredName& name) {
    for (const FileRole role : {FileRole::kWhole, FileRole::kSchemaBefore}) {
        for (const auto* file : files_of(name.source, role))
            COFRE_TRY(restore_file(ctx_, *file, name.target));
    }
    auto data = files_of(name.source, FileRole::kData);
    const auto objects = files_of(name.source, FileRole::kLargeObjects);
    data.insert(data.end(), objects.begin(), objects.end());
    std::erase_if(data, [&](const DumpFile* file) { return !choice_.may_be_in(*file); });
    COFRE_TRY(parallel_for(ctx_, data.size(), std::max(request_.jobs, 1), [&](const CallContext& ctx, std::size_t i) {
        return restore_file(ctx, *data[i], name.target);
    }));
    for (const auto* file : files_of(name.source, FileRole::kSchemaAfter))
        COFRE_TRY(restore_file(ctx_, *file, name.target));
    return {};
}

/// Nothing is dropped before the dump is known to hold what takes its place.
Status PostgresRestore::rehearse(const RestoredName& name) {
    std::set<std::string> found;
    bool is_plain = false;
    RestoreProgress unseen;
    for (const FileRole role : {FileRole::kWhole, FileRole::kSchemaBefore}) {
        for (const auto* file : files_of(name.source, role)) {
            if (file->format == "custom") {
                for (auto run : choice_.archive_runs()) {
                    run.insert(run.end(), {"--list", "--strict-names"});
                    COFRE_ASSIGN(auto reader, files_.open(ctx_, file->name));
                    COFRE_TRY(run_pg_restore(ctx_, client_, request_.into, run, *reader, unseen));
                }
                continue;
            }
            is_plain = true;
            COFRE_ASSIGN(auto reader, files_.open(ctx_, file->name));
            PostgresSections sections(choice_.sections());
            ScriptInput input(*reader, {}, unseen.bytes_done);
            input.choose(sections);
            COFRE_TRY(input.drain());
            COFRE_TRY(input.check_ends());
            found.insert(sections.found().begin(), sections.found().end());
        }
    }
    return is_plain ? choice_.check_found(found) : Status();
}

Status PostgresRestore::restore_database(const RestoredName& name) {
    if (!choice_.is_everything() && request_.clean) COFRE_TRY(rehearse(name));
    COFRE_TRY(prepare_database(name));
    if (!choice_.is_everything()) {
        COFRE_ASSIGN(auto session, open_postgres(ctx_, request_.into, name.target));
        COFRE_TRY(choice_.make_room(ctx_, *session, request_.clean));
    }
    COFRE_TRY(restore_files(name));
    outcome_.databases.push_back(name.target);
    if (!choice_.is_everything()) return {};
    COFRE_ASSIGN(auto session, open_postgres(ctx_, request_.into, name.target));
    std::vector<std::string> warnings;
    COFRE_TRY(apply_traits(ctx_, *session, name.target, traits_of(name.source), warnings));
    for (auto& warning : warnings)
        outcome_.warnings.push_back("database \"" + escape_for_display(name.target) + "\": " + std::move(warning));
    return {};
}

Result<RestoreOutcome> PostgresRestore::run() {
    COFRE_TRY(check_request());
    {
        COFRE_ASSIGN(auto session, open_maintenance(ctx_, request_.into, ""));
        COFRE_TRY(choose_client(session->version_number()));
    }
    for (const auto& name : names_)
        COFRE_TRY(check_target(name));
    if (request_.globals) COFRE_TRY(restore_globals());
    for (const auto& name : names_)
        COFRE_TRY(restore_database(name));
    COFRE_TRY(report_choice());
    return std::move(outcome_);
}

}  // namespace

Result<std::vector<RestoredName>> restored_names(const DumpRecord& record, const RestoreRequest& request) {
    const auto& wanted = request.databases.empty() ? record.databases : request.databases;
    const auto& known = record.databases;
    std::vector<RestoredName> names;
    std::set<std::string> targets;
    for (const auto& source : wanted) {
        if (std::find(known.begin(), known.end(), source) == known.end()) {
            return Error(ErrorCode::kInvalidArgument,
                         "the dump holds no database \"" + escape_for_display(source) + "\"");
        }
        const auto renamed = request.rename.find(source);
        std::string target = renamed == request.rename.end() ? source : renamed->second;
        if (renamed == request.rename.end() && !request.into.database.empty()) target = request.into.database;
        if (!targets.insert(target).second) {
            return Error(ErrorCode::kInvalidArgument,
                         "several databases would be restored into \"" + escape_for_display(target) + "\"")
                .with_hint("name one database of the dump, or leave the database out of the address");
        }
        names.push_back({source, std::move(target)});
    }
    return names;
}

Result<RestoreOutcome> restore_postgres(const CallContext& ctx, const DumpRecord& record, DumpFiles& files,
                                        const RestoreRequest& request, RestoreProgress& progress) {
    auto outcome = PostgresRestore(ctx, record, files, request, progress).run();
    if (!outcome) return std::move(outcome).error().context("restore PostgreSQL");
    return outcome;
}

}  // namespace cofre::dump
