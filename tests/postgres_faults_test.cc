// What becomes of a dump of PostgreSQL when the server, the tool or the stored
// bytes fail.

#include <csignal>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/task_group.h"
#include "testing/postgres_fixture.h"

namespace cofre::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PostgresFaults : public PostgresServerTest {
protected:
    /// A database with one table of some 20 MB.
    static void make_large(const std::string& name) {
        make_database(name);
        script(name,
               "CREATE TABLE big (id int PRIMARY KEY, t text);"
               "INSERT INTO big SELECT k, repeat(md5(k::text), 20) FROM generate_series(1, 30000) k;");
    }

    /// A folder with PostgreSQL's programs, of which `name` is a shell script.
    void put_stub(const std::string& name, const std::string& text, const std::string& version = "15.18") {
        for (const char* tool : {"pg_dump", "pg_dumpall", "psql", "pg_restore"}) {
            std::error_code ignored;
            std::filesystem::create_symlink(std::filesystem::path(kPostgresPrograms) / tool, tools_.path() / tool,
                                            ignored);
        }
        std::filesystem::remove(tools_.path() / name);
        std::ofstream(tools_.path() / name)
            << "#!/bin/sh\n"
            << "if [ \"$1\" = --version ]; then echo '" << name << " (PostgreSQL) " << version << "'; exit 0; fi\n"
            << text << "\n";
        ::chmod((tools_.path() / name).c_str(), 0755);
    }

    dump::DumpRequest stubbed(const std::string& database) const {
        auto request = request_of(database);
        request.tools = tools_.path();
        return request;
    }

    TempDir tools_ = *TempDir::create("cofre-stubs-");
};

TEST_F(PostgresFaults, F01_AServerThatEndsTheSessionFailsTheDump) {
    make_large("f01");
    const auto taken = dump::begin_dump({}, request_of("f01"));
    ASSERT_TRUE(taken) << taken.error().message();
    auto reader = (*taken)->streams().front().open({});
    ASSERT_TRUE(reader);
    std::vector<std::byte> room(1024);
    ASSERT_TRUE((*reader)->read(room));
    // The pipe is full, pg_dump waits in the middle of COPY.
    sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pg_dump'");
    room.resize(1 << 20);
    Result<std::size_t> count = std::size_t{1};
    while (count && *count > 0)
        count = (*reader)->read(room);
    ASSERT_FALSE(count);
    EXPECT_THAT(count.error().message(), HasSubstr("exit status 1"));
    EXPECT_THAT(count.error().message(), HasSubstr("big"));
}

TEST_F(PostgresFaults, F01_ALostSnapshotFailsTheDump) {
    make_large("f01b");
    const auto taken = dump::begin_dump({}, request_of("f01b"));
    ASSERT_TRUE(taken) << taken.error().message();
    sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'f01b'");
    std::string bytes;
    const Status read = read_stream((*taken)->streams().front(), bytes);
    ASSERT_FALSE(read);
    EXPECT_THAT(read.error().message(), HasSubstr("snapshot"));
    const auto finished = (*taken)->finish({});
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code(), ErrorCode::kUnavailable) << finished.error().message();
}

TEST_F(PostgresFaults, F02_AKilledToolIsAnErrorThatNamesTheSignal) {
    make_database("f02");
    put_stub("pg_dump", "echo '-- PostgreSQL database dump complete'; kill -KILL $$");
    const auto taken = take(stubbed("f02"));
    ASSERT_FALSE(taken);
    EXPECT_THAT(taken.error().message(), HasSubstr("SIGKILL"));
}

TEST_F(PostgresFaults, F03_AMissingOrOldToolIsNamedBeforeAnythingIsRead) {
    make_database("f03");
    auto request = request_of("f03");
    const auto empty = *TempDir::create("cofre-no-tools-");
    request.tools = empty.path();
    const auto missing = dump::begin_dump({}, request);
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
    EXPECT_THAT(missing.error().hint(), HasSubstr("postgresql-client-15"));

    put_stub("pg_dump", "exit 0", "14.9");
    const auto old = dump::begin_dump({}, stubbed("f03"));
    ASSERT_FALSE(old);
    EXPECT_EQ(old.error().code(), ErrorCode::kUnsupported);
    EXPECT_THAT(old.error().message(), HasSubstr("14.9"));

    put_stub("pg_dump", "exit 0", "17.2");
    const auto newer = dump::begin_dump({}, stubbed("f03"));
    ASSERT_TRUE(newer) << newer.error().message();
    ASSERT_EQ((*newer)->record().warnings.size(), 1U);
    EXPECT_THAT((*newer)->record().warnings.front(), HasSubstr("transaction_timeout"));
}

TEST_F(PostgresFaults, F04_NoBytesOrNoEndAreErrors) {
    make_database("f04");
    put_stub("pg_dump", "exit 0");
    const auto empty = take(stubbed("f04"));
    ASSERT_FALSE(empty);
    EXPECT_THAT(empty.error().message(), HasSubstr("wrote nothing"));

    put_stub("pg_dump", "echo 'SELECT 1;'; exit 0");
    const auto cut = take(stubbed("f04"));
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code(), ErrorCode::kCorruption) << cut.error().message();
    auto custom = stubbed("f04");
    custom.format = dump::DumpFormat::kCustom;
    EXPECT_EQ(take(custom).error().code(), ErrorCode::kCorruption);
}

TEST_F(PostgresFaults, F05_WhatAToolSaysThoughItSucceedsIsAWarning) {
    make_database("f05");
    put_stub("pg_dump",
             std::string("echo 'pg_dump: warning: something odd' >&2; exec ") + kPostgresPrograms + "/pg_dump \"$@\"");
    const auto taken = take(stubbed("f05"));
    ASSERT_TRUE(taken) << taken.error().message();
    ASSERT_EQ((*taken)->record.warnings.size(), 1U);
    EXPECT_THAT((*taken)->record.warnings.front(), HasSubstr("something odd"));
    EXPECT_THAT((*taken)->files.begin()->second, Not(HasSubstr("something odd")));
}

TEST_F(PostgresFaults, F06_AFloodOfErrorsBlocksNothing) {
    make_database("f06");
    put_stub("pg_dump",
             std::string("head -c 10000000 /dev/zero | tr '\\0' x >&2; exec ") + kPostgresPrograms + "/pg_dump \"$@\"");
    const auto taken = take(stubbed("f06"));
    ASSERT_TRUE(taken) << taken.error().message();
    ASSERT_EQ((*taken)->record.warnings.size(), 1U);
    EXPECT_LT((*taken)->record.warnings.front().size(), 100'000U);
}

TEST_F(PostgresFaults, AStopEndsAQueryAndItsServerProcess) {
    make_database("stopped");
    const auto session = connect("stopped");
    std::stop_source stop;
    TaskGroup group{std::stop_token()};
    group.spawn([&](const std::stop_token&) -> Status {
        while (sql("postgres", "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(6%'").size() == 0) {
        }
        stop.request_stop();
        return {};
    });
    const auto rows = session->query({stop.get_token()}, "SELECT pg_sleep(600)");
    ASSERT_TRUE(group.wait());
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().code(), ErrorCode::kCancelled);
    while (sql("postgres", "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep(6%'")
               .size() > 0) {
    }
    const auto late = connect("stopped")->query({{}, std::chrono::steady_clock::now() + std::chrono::milliseconds(50)},
                                                "SELECT pg_sleep(600)");
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code(), ErrorCode::kDeadlineExceeded);
}

TEST_F(PostgresFaults, AnIdleToolIsKilled) {
    make_database("idle");
    put_stub("pg_dump", "echo; exec sleep 600");
    auto request = stubbed("idle");
    request.idle_timeout = std::chrono::milliseconds(200);
    const auto taken = take(request);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code(), ErrorCode::kDeadlineExceeded) << taken.error().message();
}

TEST_F(PostgresFaults, AWrongPasswordIsUnauthenticatedAndNeverShown) {
    const auto folder = std::filesystem::path(address().host) / "data" / "pg_hba.conf";
    script("postgres", "CREATE ROLE locked LOGIN PASSWORD 'right'; CREATE DATABASE locked_db OWNER locked;");
    const auto before = *read_small_file(folder, 100'000);
    std::ofstream(folder) << "local all locked scram-sha-256\n" << before;
    sql("postgres", "SELECT pg_reload_conf()");
    auto request = request_of("locked_db");
    request.address.user = "locked";
    request.address.password = Secret("hunter2-wrong");
    Result<std::unique_ptr<dump::Dump>> refused = dump::begin_dump({}, request);
    while (refused)  // Until the server has read its file again.
        refused = dump::begin_dump({}, request);
    EXPECT_EQ(refused.error().code(), ErrorCode::kUnauthenticated);
    EXPECT_THAT(refused.error().message() + refused.error().hint(), Not(HasSubstr("hunter2")));
    request.address.password = Secret();
    EXPECT_EQ(dump::begin_dump({}, request).error().code(), ErrorCode::kUnauthenticated);
    request.address.password = Secret("right");
    const auto taken = take(request);
    ASSERT_TRUE(taken) << taken.error().message();
    EXPECT_THAT(dump::encode_record((*taken)->record), Not(HasSubstr("right\"")));
    std::ofstream(folder) << before;
    sql("postgres", "SELECT pg_reload_conf()");
}

TEST_F(PostgresFaults, AnAbsentServerDatabaseOrRightIsToldApart) {
    auto request = request_of("nowhere");
    EXPECT_EQ(dump::begin_dump({}, request).error().code(), ErrorCode::kNotFound);
    request.address.host = "/nonexistent";
    EXPECT_EQ(dump::begin_dump({}, request).error().code(), ErrorCode::kUnavailable);

    make_database("rights");
    script("rights",
           "CREATE ROLE poor LOGIN; CREATE TABLE secret (a int); CREATE TABLE open (a int); GRANT SELECT ON open TO "
           "poor;");
    request = request_of("rights");
    request.address.user = "poor";
    const auto refused = dump::begin_dump({}, request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kPermissionDenied);
    EXPECT_THAT(refused.error().message(), HasSubstr("public.secret"));
    EXPECT_THAT(refused.error().message(), Not(HasSubstr("public.open")));
    EXPECT_THAT(refused.error().hint(), HasSubstr("pg_read_all_data"));
    request.tables = {"open"};
    request.globals = true;
    const auto allowed = take(request);
    ASSERT_TRUE(allowed) << allowed.error().message();
    EXPECT_EQ((*allowed)->record.tables.size(), 1U);
    ASSERT_EQ((*allowed)->record.warnings.size(), 1U);
    EXPECT_THAT((*allowed)->record.warnings.front(), HasSubstr("without their passwords"));

    script("rights", "ALTER TABLE open ENABLE ROW LEVEL SECURITY;");
    const auto hidden = dump::begin_dump({}, request);
    ASSERT_FALSE(hidden);
    EXPECT_THAT(hidden.error().message(), HasSubstr("row level security"));
}

/// Which of parse_dump() and compare_facts() sees what is wrong with a dump.
class PostgresDamage : public PostgresFaults {
protected:
    void SetUp() override {
        if (sql("postgres", "SELECT 1 FROM pg_database WHERE datname = 'damaged'").size() == 0) {
            make_database("damaged");
            script("damaged",
                   "CREATE TABLE one (id int PRIMARY KEY, t text); INSERT INTO one SELECT k, 'row ' || k FROM "
                   "generate_series(1, 500) k; CREATE TABLE two (a int); INSERT INTO two VALUES (1), (2);");
        }
    }
    static Result<dump::FactComparison> restored_facts(MemoryDump& memory) {
        dump::RestoreRequest into;
        into.into = address("damaged_copy");
        into.clean = true;
        COFRE_TRY(restore(memory, into));
        return dump::compare_facts({}, memory.record, into);
    }
};

TEST_F(PostgresDamage, AFlippedByteOfARowIsSeenByTheSample) {
    const auto memory = take(request_of("damaged"));
    ASSERT_TRUE(memory);
    auto& text = (*memory)->files.begin()->second;
    const auto at = text.find("row 250");
    ASSERT_NE(at, std::string::npos);
    text[at] = 'R';
    EXPECT_TRUE(parse(**memory));  // It is still a script.
    const auto compared = restored_facts(**memory);
    ASSERT_TRUE(compared) << compared.error().message();
    ASSERT_EQ(compared->differences.size(), 1U);
    EXPECT_THAT(compared->differences[0].table, HasSubstr("public.one"));
}

TEST_F(PostgresDamage, ARowThatIsMissingIsSeenByTheCount) {
    const auto memory = take(request_of("damaged"));
    ASSERT_TRUE(memory);
    auto& text = (*memory)->files.begin()->second;
    text.erase(text.find("250\trow 250\n"), 12);
    const auto compared = restored_facts(**memory);
    ASSERT_TRUE(compared) << compared.error().message();
    ASSERT_EQ(compared->differences.size(), 1U);
    EXPECT_THAT(compared->differences[0].message, HasSubstr("500 rows at the time of the dump, 499 restored"));
}

TEST_F(PostgresDamage, ATableThatIsMissingIsSeen) {
    const auto memory = take(request_of("damaged"));
    ASSERT_TRUE(memory);
    auto without = request_of("damaged");
    without.exclude_tables = {"two"};
    const auto less = take(without);
    ASSERT_TRUE(less);
    EXPECT_EQ((*less)->record.tables.size(), 1U);
    (*memory)->files = (*less)->files;
    const auto compared = restored_facts(**memory);
    ASSERT_TRUE(compared) << compared.error().message();
    ASSERT_EQ(compared->differences.size(), 1U);
    EXPECT_THAT(compared->differences[0].table, HasSubstr("public.two"));
}

TEST_F(PostgresDamage, ACutTailIsSeenByParsing) {
    for (const auto format : {dump::DumpFormat::kPlain, dump::DumpFormat::kCustom}) {
        auto request = request_of("damaged");
        request.format = format;
        const auto memory = take(request);
        ASSERT_TRUE(memory);
        auto& bytes = (*memory)->files.begin()->second;
        const auto whole = bytes;
        // An archive has no mark at its end: what is cut is seen only if it belongs to an entry.
        const std::size_t step = whole.size() / 17;
        for (std::size_t size = step; size + step / 2 < whole.size(); size += step) {
            bytes = whole.substr(0, size);
            const Status parsed = parse(**memory);
            ASSERT_FALSE(parsed) << size << " of " << whole.size();
            EXPECT_EQ(parsed.error().code(), ErrorCode::kCorruption) << parsed.error().message();
        }
        bytes = whole;
        EXPECT_TRUE(parse(**memory));
    }
}

TEST_F(PostgresDamage, ACommandToPsqlNeverRuns) {
    const auto memory = take(request_of("damaged"));
    ASSERT_TRUE(memory);
    const auto mark = tools_.path() / "ran";
    auto& text = (*memory)->files.begin()->second;
    text.insert(text.find("CREATE TABLE public.two"), "\\! touch " + mark.string() + "\n");
    dump::RestoreRequest into;
    into.into = address("hostile_copy");
    const auto restored = restore(**memory, into);
    ASSERT_FALSE(restored);
    EXPECT_EQ(restored.error().code(), ErrorCode::kPermissionDenied) << restored.error().message();
    EXPECT_FALSE(std::filesystem::exists(mark));
}

}  // namespace
}  // namespace cofre::testing
