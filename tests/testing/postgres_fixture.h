#pragma once

/// @file
/// A throw-away PostgreSQL server for a test binary, and dumps held in memory.

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/subprocess.h"
#include "db/postgres_session.h"
#include "dump/dump.h"
#include "dump/dump_restore.h"
#include "dump/scratch_server.h"
#include "testing/child_process.h"

namespace cofre::testing {

inline constexpr const char* kPostgresPrograms = "/usr/lib/postgresql/15/bin";

/// Files of a dump in memory. A test may change their bytes.
class MemoryDump final : public dump::DumpFiles {
public:
    Result<std::unique_ptr<dump::DumpReader>> open(const CallContext& /*ctx*/, const std::string& name) override {
        class Reader final : public dump::DumpReader {
        public:
            explicit Reader(const std::string& bytes) : rest_(bytes) {}
            Result<std::size_t> read(std::span<std::byte> room) override {
                const auto piece = as_bytes(rest_.substr(0, room.size()));
                std::copy(piece.begin(), piece.end(), room.begin());
                rest_.remove_prefix(piece.size());
                return piece.size();
            }

        private:
            std::string_view rest_;
        };
        const auto found = files.find(name);
        if (found == files.end()) return Error(ErrorCode::kNotFound, "no file " + name);
        return std::unique_ptr<dump::DumpReader>(std::make_unique<Reader>(found->second));
    }

    std::map<std::string, std::string> files;
    dump::DumpRecord record;
};

/// One server for all tests of a binary; each test has databases of its own.
class PostgresServerTest : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        if (server()) return;
        auto started = dump::start_scratch_server({}, dump::Engine::kPostgres, {"/tmp", "15.0"});
        ASSERT_TRUE(started) << started.error().message();
        server() = *std::move(started);
    }
    /// Not at exit: the threads of the log and of base must still be there.
    static void TearDownTestSuite() { server().reset(); }
    static std::unique_ptr<dump::ScratchServer>& server() {
        static std::unique_ptr<dump::ScratchServer> one;
        return one;
    }

    static dump::DatabaseAddress address(const std::string& database = "") {
        auto where = server()->address();
        where.database = database;
        return where;
    }

    static std::unique_ptr<db::PostgresSession> connect(const std::string& database) {
        const auto where = address();
        auto session = db::PostgresSession::open(
            {},
            {{{"host", where.host}, {"port", std::to_string(where.port)}, {"user", where.user}, {"dbname", database}},
             Secret()});
        EXPECT_TRUE(session) << session.error().message();
        return session ? *std::move(session) : nullptr;
    }

    static db::PostgresRows sql(const std::string& database, const std::string& text) {
        const auto session = connect(database);
        auto rows = session->query({}, text);
        EXPECT_TRUE(rows) << text << ": " << rows.error().message();
        return rows ? *std::move(rows) : db::PostgresRows();
    }

    /// Runs a whole script with psql.
    static void script(const std::string& database, const std::string& text) {
        const auto ran = run_tool(
            {"psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", db::build_conninfo({{"dbname", database}})}, text);
        ASSERT_EQ(ran.exit_code, 0) << ran.describe();
    }

    static ChildResult run_tool(const std::vector<std::string>& argv, const std::string& input = "") {
        return run_tool_at(address(), argv, input);
    }
    static ChildResult run_tool_at(const dump::DatabaseAddress& where, std::vector<std::string> argv,
                                   const std::string& input = "") {
        argv.front() = std::string(kPostgresPrograms) + "/" + argv.front();
        argv.insert(argv.begin() + 1, {"-h", where.host, "-p", std::to_string(where.port), "-U", where.user});
        const auto home = temporary_home();
        auto ran = run_child({argv, clean_environment(home.path()), home.path(), input});
        EXPECT_TRUE(ran) << ran.error().message();
        return ran ? *ran : ChildResult();
    }

    static void make_database(const std::string& name, const std::string& clauses = "") {
        sql("postgres", "CREATE DATABASE \"" + name + "\" TEMPLATE template0 " + clauses);
    }

    /// What pg_dump, which we did not write, says of a database.
    static std::string text_of(const std::string& database) {
        const auto ran = run_tool({"pg_dump", "-d", db::build_conninfo({{"dbname", database}})});
        EXPECT_EQ(ran.exit_code, 0) << ran.describe();
        return without_restrict(ran.out);
    }

    static std::string without_restrict(std::string_view rest) {
        std::string text;
        while (!rest.empty()) {
            const auto line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            if (!line.starts_with("\\restrict") && !line.starts_with("\\unrestrict")) text += std::string(line) + "\n";
        }
        return text;
    }

    /// Empty if both are the same; else the first lines that differ.
    static std::string first_difference(std::string_view left, std::string_view right) {
        while (!left.empty() || !right.empty()) {
            const auto one = left.substr(0, left.find('\n'));
            const auto other = right.substr(0, right.find('\n'));
            if (one != other) return std::string(one) + "\n--- instead of ---\n" + std::string(other);
            left.remove_prefix(std::min(one.size() + 1, left.size()));
            right.remove_prefix(std::min(other.size() + 1, right.size()));
        }
        return {};
    }

    static Status read_stream(const dump::DumpStream& stream, std::string& bytes) {
        COFRE_ASSIGN(auto reader, stream.open({}));
        std::vector<std::byte> room(70'000);
        for (;;) {
            COFRE_ASSIGN(const std::size_t count, reader->read(room));
            if (count == 0) return {};
            bytes += to_text(std::span(room).first(count));
        }
    }

    static Result<std::unique_ptr<MemoryDump>> take(const dump::DumpRequest& request) {
        COFRE_ASSIGN(auto taken, dump::begin_dump({}, request));
        auto memory = std::make_unique<MemoryDump>();
        for (const auto& stream : taken->streams())
            COFRE_TRY(read_stream(stream, memory->files[stream.file.name]));
        COFRE_ASSIGN(memory->record, taken->finish({}));
        return memory;
    }

    static dump::DumpRequest request_of(const std::string& database) {
        dump::DumpRequest request;
        request.address = address(database);
        request.globals = false;
        return request;
    }

    static Result<dump::RestoreOutcome> restore(MemoryDump& memory, const dump::RestoreRequest& request) {
        dump::RestoreProgress progress;
        return dump::restore_dump({}, memory.record, memory, request, progress);
    }
    static Status parse(MemoryDump& memory) {
        dump::RestoreProgress progress;
        return dump::parse_dump({}, memory.record, memory, progress);
    }
};

}  // namespace cofre::testing
