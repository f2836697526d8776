// MariaDB, with a real server: what is dumped comes back, and what does not come
// back is noticed.

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/number.h"
#include "db/mariadb_session.h"
#include "dump/mysql_client.h"
#include "dump/testing/memory_dump.h"
#include "testing/child_process.h"
#include "testing/script_server.h"

namespace cofre::dump {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::MemoryDump;
using ::testing::Not;
using testing::take_dump;

// Every test of this binary shares one server.
class MariadbServer {
public:
    static MariadbServer& shared() {
        static MariadbServer server;
        return server;
    }

    const DatabaseAddress& address() const { return (*server_)->address(); }
    const std::string& version() const { return (*server_)->version(); }
    DatabaseAddress address(const std::string& database) const {
        DatabaseAddress address = (*server_)->address();
        address.database = database;
        return address;
    }
    bool is_up() const { return server_.has_value(); }
    std::string why() const { return server_ ? "" : server_.error().message(); }
    const std::filesystem::path& folder() const { return folder_->path(); }

private:
    MariadbServer() {
        std::filesystem::permissions(folder_->path(), std::filesystem::perms(0711));
        server_ = mariadb_driver().start_scratch({}, {folder_->path(), ""});
    }
    Result<TempDir> folder_ = TempDir::create("cofre-mariadb-test");
    Result<std::unique_ptr<ScratchServer>> server_ = Error(ErrorCode::kInternal, "not started");
};

class MariadbDump : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(MariadbServer::shared().is_up()) << MariadbServer::shared().why();
        auto session = open_mysql_session({}, server_.address(), "");
        ASSERT_TRUE(session) << session.error().message();
        session_ = std::make_unique<db::MariadbSession>(*std::move(session));
        for (const char* name : {"shop", "copy", "other"})
            sql("DROP DATABASE IF EXISTS " + std::string(name));
        sql("CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci");
    }

    void sql(const std::string& statement) {
        const Status done = session_->execute({}, statement);
        ASSERT_TRUE(done) << statement << ": " << done.error().message();
    }

    std::string value(const std::string& query) {
        auto result = session_->query_value({}, query);
        EXPECT_TRUE(result) << query << ": " << (result ? "" : result.error().message());
        return result ? result->value_or("NULL") : "";
    }

    // A script through the stock client.
    void run_script(const std::string& script, const std::string& database) {
        const auto result = cofre::testing::run_child(
            {.argv = {"mariadb", "--no-defaults", "--binary-mode", "--comments", "--default-character-set=utf8mb4",
                      "--user=root", "--socket=" + server_.address().options.at("socket"), "--database=" + database},
             .environment = cofre::testing::clean_environment(home_.path()),
             .input = script});
        ASSERT_TRUE(result);
        ASSERT_EQ(result->exit_code, 0) << result->describe();
    }

    // What the stock tool says of a database.
    std::string stock_dump(const std::string& database) {
        const auto result = cofre::testing::run_child(
            {.argv = {"mariadb-dump", "--no-defaults", "--user=root",
                      "--socket=" + server_.address().options.at("socket"), "--single-transaction", "--routines",
                      "--triggers", "--events", "--hex-blob", "--skip-dump-date", "--skip-comments", database},
             .environment = cofre::testing::clean_environment(home_.path())});
        EXPECT_TRUE(result);
        EXPECT_EQ(result->exit_code, 0) << result->describe();
        return result->out;
    }

    DumpRequest request(const std::string& database) {
        DumpRequest request;
        request.address = server_.address(database);
        return request;
    }

    std::unique_ptr<MemoryDump> dump_of(const DumpRequest& request) {
        auto dump = take_dump(mariadb_driver(), request);
        EXPECT_TRUE(dump) << dump.error().message();
        return dump ? *std::move(dump) : nullptr;
    }

    Result<RestoreOutcome> restore(MemoryDump& dump, const RestoreRequest& request) {
        RestoreProgress progress;
        return mariadb_driver().restore({}, dump.record, dump.files, request, progress);
    }

    Status parse(MemoryDump& dump) {
        RestoreProgress progress;
        return mariadb_driver().parse({}, dump.record, dump.files, progress);
    }

    MariadbServer& server_ = MariadbServer::shared();
    std::unique_ptr<db::MariadbSession> session_;
    TempDir home_ = cofre::testing::temporary_home();
};

constexpr const char* kEverything = R"(
CREATE TABLE `all types` (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  i8 TINYINT, i16 SMALLINT, i24 MEDIUMINT, dec_ DECIMAL(30,10), f FLOAT, d DOUBLE, b BIT(7),
  dt DATE, tm TIME(6), ts TIMESTAMP(6) NULL, dtt DATETIME(3), y YEAR,
  c CHAR(5), vc VARCHAR(200) CHARACTER SET latin1, tx LONGTEXT, bn BINARY(4), vb VARBINARY(200), bl LONGBLOB,
  e ENUM('a','b''c'), s SET('x','y'), j JSON, g GEOMETRY, u UUID, ip INET6,
  v INT GENERATED ALWAYS AS (i8 + 1) VIRTUAL, st INT GENERATED ALWAYS AS (i16 * 2) STORED,
  hid INT INVISIBLE DEFAULT 7, KEY (vc), FULLTEXT KEY (tx)
) ENGINE=InnoDB;
INSERT INTO `all types` (i8,i16,i24,dec_,f,d,b,dt,tm,ts,dtt,y,c,vc,tx,bn,vb,bl,e,s,j,g,u,ip) VALUES
 (1,-2,3,'12345678901234567890.0123456789',0.1,1e-300,b'1010101','2024-02-29','-838:59:59.5',
  '2026-11-22 10:11:12.123456','9999-12-31 23:59:59.999',2155,'ab','caf',
  'line\nwith ''quotes'' "double" `back` \\ and ; -- no comment /* nor this */ # nor this \0 \Z end',
  0x00ff,0x27,0x000102fffe,'b''c','x,y','{"a": "\\n"}',ST_GeomFromText('POINT(1 2)'),
  '123e4567-e89b-12d3-a456-426614174000','::1'),
 (NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'😀 ção 漢字',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE `back``tick` (`we``ird 'col"` INT PRIMARY KEY, `ü` TEXT CHARACTER SET utf16) ENGINE=InnoDB;
INSERT INTO `back``tick` VALUES (1,'olá'),(2,'\\');
CREATE TABLE empty_one (id INT PRIMARY KEY);
CREATE TABLE parent (id INT PRIMARY KEY, name VARCHAR(20)) ENGINE=InnoDB;
CREATE TABLE child (id INT PRIMARY KEY, parent INT, CONSTRAINT fk FOREIGN KEY (parent) REFERENCES parent(id)) ENGINE=InnoDB;
INSERT INTO parent VALUES (1,'one'),(2,'two'); INSERT INTO child VALUES (10,1),(11,2);
CREATE TABLE a_child_first (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent(id)) ENGINE=InnoDB;
INSERT INTO a_child_first VALUES (1,2);
CREATE TABLE parts (id INT, d DATE, PRIMARY KEY (id, d)) ENGINE=InnoDB
 PARTITION BY RANGE (YEAR(d)) (PARTITION p0 VALUES LESS THAN (2000), PARTITION p1 VALUES LESS THAN MAXVALUE);
INSERT INTO parts VALUES (1,'1999-01-01'),(2,'2020-01-01');
CREATE TABLE no_key (a INT, b VARCHAR(10)); INSERT INTO no_key VALUES (1,'x'),(1,'x'),(2,NULL);
CREATE SEQUENCE numbers START WITH 5; SELECT NEXTVAL(numbers);
CREATE VIEW both_ AS SELECT p.name, c.id FROM parent p JOIN child c ON c.parent = p.id;
CREATE VIEW on_view AS SELECT COUNT(*) AS n FROM both_;
CREATE TABLE log_ (what VARCHAR(50));
DELIMITER //
CREATE TRIGGER on_parent AFTER INSERT ON parent FOR EACH ROW BEGIN
  -- it's a comment; with a ' quote
  INSERT INTO log_ VALUES (CONCAT('new; ', NEW.name)); # another ' one
END//
CREATE PROCEDURE count_them(OUT n INT) BEGIN /* don't; stop */ SELECT COUNT(*) INTO n FROM parent; END//
CREATE FUNCTION twice(n INT) RETURNS INT DETERMINISTIC RETURN n * 2//
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DO BEGIN DELETE FROM log_; END//
SET sql_mode = 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'//
CREATE PROCEDURE odd_mode() BEGIN SELECT 'a\' AS "x;y"; SELECT '//'; END//
SET sql_mode = DEFAULT//
DELIMITER ;
)";

TEST_F(MariadbDump, EverythingComesBackUnderAnotherName) {
    run_script(kEverything, "shop");
    const auto dump = dump_of(request("shop"));
    ASSERT_TRUE(dump);
    EXPECT_EQ(dump->record.databases, std::vector<std::string>{"shop"});
    EXPECT_TRUE(dump->record.facts_are_exact);
    EXPECT_THAT(dump->record.warnings, IsEmpty());
    ASSERT_TRUE(parse(*dump));

    RestoreRequest into;
    into.into = server_.address("copy");
    const auto outcome = restore(*dump, into);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(outcome->databases, std::vector<std::string>{"copy"});
    EXPECT_EQ(stock_dump("copy"), stock_dump("shop"));
    EXPECT_EQ(value("SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'copy'"),
              "utf8mb4_unicode_ci");
    EXPECT_THAT(value("SELECT ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = 'copy'"
                      " AND ROUTINE_NAME = 'count_them'"),
                HasSubstr("don't; stop"));

    const auto compared = mariadb_driver().compare_facts({}, dump->record, into);
    ASSERT_TRUE(compared) << compared.error().message();
    for (const auto& difference : compared->differences)
        ADD_FAILURE() << difference.table << ": " << difference.message;
    EXPECT_EQ(compared->tables, 9U);
    EXPECT_EQ(compared->samples, 9U);
}

TEST_F(MariadbDump, SeveralDatabasesAreChosenAndRenamedOnTheWayBack) {
    sql("CREATE DATABASE other CHARACTER SET latin1");
    run_script("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1),(2); CREATE VIEW v AS SELECT id FROM t;",
               "shop");
    run_script("CREATE TABLE t (id INT PRIMARY KEY, s TEXT); INSERT INTO t VALUES (7,'USE `shop`;');", "other");
    DumpRequest wanted;
    wanted.address = server_.address();
    wanted.databases = {"shop", "other"};
    const auto dump = dump_of(wanted);
    ASSERT_TRUE(dump);
    ASSERT_TRUE(parse(*dump));
    RestoreRequest into;
    into.into = server_.address();
    into.databases = {"other"};
    into.rename = {{"other", "copy"}};
    const auto outcome = restore(*dump, into);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(stock_dump("copy"), stock_dump("other"));
    const auto compared = mariadb_driver().compare_facts({}, dump->record, into);
    ASSERT_TRUE(compared);
    EXPECT_EQ(compared->tables, 1U);
    EXPECT_THAT(compared->differences, IsEmpty());
}

TEST_F(MariadbDump, NothingIsReplacedWithoutBeingAsked) {
    run_script("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1);", "shop");
    const auto dump = dump_of(request("shop"));
    ASSERT_TRUE(dump);
    sql("INSERT INTO shop.t VALUES (2)");
    sql("CREATE TABLE shop.more (x INT)");
    RestoreRequest into;
    into.into = server_.address("shop");
    const auto refused = restore(*dump, into);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::kConflict);
    EXPECT_EQ(value("SELECT COUNT(*) FROM shop.t"), "2");
    into.clean = true;
    ASSERT_TRUE(restore(*dump, into));
    EXPECT_EQ(value("SELECT COUNT(*) FROM shop.t"), "1");
    EXPECT_EQ(value("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'shop'"), "1");
    into.into = server_.address("mysql");
    EXPECT_EQ(restore(*dump, into).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(MariadbDump, AWholeServerBringsItsUsersAndLeavesExistingOnesAlone) {
    run_script("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1);", "shop");
    sql("CREATE OR REPLACE USER 'clerk'@'%' IDENTIFIED BY 'it''s; secret'");
    sql("GRANT SELECT ON shop.* TO 'clerk'@'%'");
    sql("CREATE OR REPLACE ROLE boss");
    sql("GRANT boss TO 'clerk'@'%'");
    DumpRequest wanted;
    wanted.address = server_.address();
    const auto dump = dump_of(wanted);
    ASSERT_TRUE(dump);
    ASSERT_EQ(dump->record.files.size(), 2U);
    EXPECT_EQ(dump->record.files.front().role, FileRole::kGlobals);
    const std::string grants = value("SELECT GROUP_CONCAT(Select_priv) FROM mysql.db WHERE User = 'clerk'");
    sql("DROP USER 'clerk'@'%'");
    sql("DROP ROLE boss");
    RestoreRequest into;
    into.into = server_.address();
    into.databases = {"shop"};
    into.rename = {{"shop", "copy"}};
    into.globals = true;
    const auto outcome = restore(*dump, into);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_THAT(outcome->warnings, IsEmpty());
    EXPECT_EQ(value("SELECT GROUP_CONCAT(Select_priv) FROM mysql.db WHERE User = 'clerk'"), grants);
    EXPECT_EQ(value("SELECT COUNT(*) FROM mysql.roles_mapping WHERE User = 'clerk' AND Role = 'boss'"), "1");
    sql("REVOKE SELECT ON shop.* FROM 'clerk'@'%'");
    sql("DROP DATABASE copy");
    ASSERT_TRUE(restore(*dump, into));
    EXPECT_EQ(value("SELECT COUNT(*) FROM mysql.db WHERE User = 'clerk'"), "0");
}

// Every transaction moves money: the sum is always the same in a true snapshot.
TEST_F(MariadbDump, IsOneSnapshotWithItsFactsWhileOthersWrite) {
    run_script(
        "CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, n INT, pad VARCHAR(500)); CREATE TABLE b LIKE a;"
        "INSERT INTO a (n, pad) SELECT 100, REPEAT('x', 400) FROM seq_1_to_20000; INSERT INTO b (n, pad) SELECT 0, '' "
        "FROM seq_1_to_100;",
        "shop");
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        auto own = open_mysql_session({}, server_.address(), "shop");
        for (int i = 1; own && !stop; i = i % 20000 + 1) {
            static_cast<void>(own->execute({}, "START TRANSACTION"));
            static_cast<void>(own->execute({}, "UPDATE a SET n = n - 1 WHERE id = " + std::to_string(i)));
            static_cast<void>(own->execute({}, "INSERT INTO b (n, pad) VALUES (1, 'new')"));
            static_cast<void>(own->execute({}, "COMMIT"));
        }
    });
    const auto dump = dump_of(request("shop"));
    stop = true;
    writer.join();
    ASSERT_TRUE(dump);
    EXPECT_THAT(dump->record.warnings, IsEmpty());
    EXPECT_TRUE(dump->record.facts_are_exact);
    RestoreRequest into;
    into.into = server_.address("copy");
    ASSERT_TRUE(restore(*dump, into));
    EXPECT_EQ(value("SELECT (SELECT SUM(n) FROM copy.a) + (SELECT SUM(n) FROM copy.b)"), "2000000");
    const auto compared = mariadb_driver().compare_facts({}, dump->record, into);
    ASSERT_TRUE(compared);
    EXPECT_EQ(compared->samples, 2U);
    for (const auto& difference : compared->differences)
        ADD_FAILURE() << difference.table << ": " << difference.message;
    // And they can differ.
    sql("UPDATE copy.a SET n = n + 1 WHERE id = 1");
    sql("DELETE FROM copy.b LIMIT 1");
    EXPECT_EQ(mariadb_driver().compare_facts({}, dump->record, into)->differences.size(), 2U);
    sql("DROP TABLE copy.b");
    EXPECT_EQ(mariadb_driver().compare_facts({}, dump->record, into)->differences.size(), 2U);
}

TEST_F(MariadbDump, AUserWithTheDocumentedPrivilegesGetsExactCountsWithoutSamples) {
    run_script(kEverything, "shop");
    sql("CREATE OR REPLACE USER 'backup'@'localhost' IDENTIFIED BY 'p\"w d\\\\#'");
    sql("GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON shop.* TO 'backup'@'localhost'");
    sql("GRANT SELECT ON mysql.proc TO 'backup'@'localhost'");
    DumpRequest wanted = request("shop");
    wanted.address.user = "backup";
    wanted.address.password = Secret("p\"w d\\#");
    const auto dump = dump_of(wanted);
    ASSERT_TRUE(dump);
    EXPECT_TRUE(dump->record.facts_are_exact);
    ASSERT_EQ(dump->record.warnings.size(), 1U);
    EXPECT_THAT(dump->record.warnings.front(), HasSubstr("RELOAD"));
    for (const auto& fact : dump->record.tables)
        EXPECT_EQ(fact.sampled_rows, 0U);
    RestoreRequest into;
    into.into = server_.address("copy");
    ASSERT_TRUE(restore(*dump, into));
    EXPECT_EQ(stock_dump("copy"), stock_dump("shop"));

    wanted.address.password = Secret("wrong");
    EXPECT_EQ(take_dump(mariadb_driver(), wanted).error().code(), ErrorCode::kUnauthenticated);
    sql("REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'backup'@'localhost'");
    wanted.address.password = Secret("p\"w d\\#");
    EXPECT_EQ(take_dump(mariadb_driver(), wanted).error().code(), ErrorCode::kNotFound);
}

TEST_F(MariadbDump, TablesWithoutTransactionsAreNamed) {
    run_script(
        "CREATE TABLE safe (id INT); CREATE TABLE old_ (id INT) ENGINE=MyISAM; CREATE TABLE aria_ (id INT) "
        "ENGINE=Aria;",
        "shop");
    const auto dump = dump_of(request("shop"));
    ASSERT_TRUE(dump);
    EXPECT_THAT(dump->record.warnings, Contains(HasSubstr("shop.aria_ (Aria), shop.old_ (MyISAM)")));
    EXPECT_THAT(dump->record.warnings, Not(Contains(HasSubstr("safe"))));
}

TEST_F(MariadbDump, ALargeRowComesBack) {
    run_script(
        "CREATE TABLE big (id INT PRIMARY KEY, b LONGBLOB); INSERT INTO big VALUES (1, REPEAT(x'00ff27', 8000000));",
        "shop");
    const auto dump = dump_of(request("shop"));
    ASSERT_TRUE(dump);
    RestoreRequest into;
    into.into = server_.address("copy");
    ASSERT_TRUE(restore(*dump, into));
    EXPECT_EQ(value("SELECT MD5(b) FROM copy.big"), value("SELECT MD5(b) FROM shop.big"));
}

TEST_F(MariadbDump, ChosenTablesAndTheirRestore) {
    run_script("CREATE TABLE a (id INT); INSERT INTO a VALUES (1); CREATE TABLE b (id INT); CREATE TABLE c (id INT);",
               "shop");
    DumpRequest wanted = request("shop");
    wanted.exclude_tables = {"c"};
    const auto dump = dump_of(wanted);
    ASSERT_TRUE(dump);
    EXPECT_EQ(dump->record.tables.size(), 2U);
    RestoreRequest into;
    into.into = server_.address("copy");
    into.tables = {"a"};
    ASSERT_TRUE(restore(*dump, into));
    EXPECT_EQ(value("SELECT GROUP_CONCAT(TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'copy'"), "a");
}

TEST_F(MariadbDump, DamageIsNoticed) {
    run_script(
        "CREATE TABLE a (id INT PRIMARY KEY, s TEXT); INSERT INTO a SELECT seq, 'some text' FROM seq_1_to_1000;"
        "CREATE TABLE b (id INT); INSERT INTO b VALUES (1);",
        "shop");
    const auto dump = dump_of(request("shop"));
    ASSERT_TRUE(dump);
    std::string& file = dump->files.contents.at("shop.sql");
    const std::string whole = file;
    file = whole.substr(0, whole.size() - 20);  // The tail.
    EXPECT_EQ(parse(*dump).error().code(), ErrorCode::kCorruption);
    file = whole;
    const std::size_t row = file.find("INSERT INTO `a` VALUES (500,");
    file.erase(row, file.find('\n', row) + 1 - row);  // A row.
    EXPECT_THAT(parse(*dump).error().message(), HasSubstr("999 rows in the file"));
    file = whole;
    const std::size_t table = file.find("CREATE TABLE `b`");
    file.erase(table, file.find("\n-- Dumping routines", table) - table);  // A table, cleanly.
    EXPECT_THAT(parse(*dump).error().message(), HasSubstr("no such table"));
    file = whole;
    file[file.find("some text", row) + 2] = 'X';  // A byte within a string: only a restore with samples can tell.
    EXPECT_TRUE(parse(*dump));
    RestoreRequest into;
    into.into = server_.address("copy");
    ASSERT_TRUE(restore(*dump, into));
    EXPECT_EQ(mariadb_driver().compare_facts({}, dump->record, into)->differences.size(), 1U);
    file = whole;
    file.insert(file.find("INSERT INTO `a`"), "\\! touch /tmp/owned\n");
    into.clean = true;
    EXPECT_EQ(restore(*dump, into).error().code(), ErrorCode::kPermissionDenied);
}

TEST_F(MariadbDump, AssertionsReadAndDoNotWrite) {
    run_script("CREATE TABLE a (id INT); INSERT INTO a VALUES (1);", "shop");
    const auto holds = [&](const char* statement) {
        return mariadb_driver().check_assertion({}, server_.address("shop"), statement);
    };
    EXPECT_TRUE(*holds("SELECT COUNT(*) = 1 FROM a"));
    EXPECT_FALSE(*holds("SELECT COUNT(*) - 1 FROM a"));
    EXPECT_FALSE(*holds("SELECT NULL"));
    EXPECT_FALSE(holds("DELETE FROM a"));
    EXPECT_EQ(value("SELECT COUNT(*) FROM shop.a"), "1");
}

// Stand-ins for mariadb-dump, as the fault rows ask for.
class MariadbDumpFaults : public MariadbDump {
protected:
    void SetUp() override {
        MariadbDump::SetUp();
        run_script(
            "CREATE TABLE a (id INT PRIMARY KEY, s TEXT); INSERT INTO a SELECT seq, REPEAT('x', 1000) FROM "
            "seq_1_to_20000;",
            "shop");
    }
    Result<std::unique_ptr<MemoryDump>> dump_with(const std::string& body) {
        std::ofstream(tools_->path() / "mariadb-dump")
            << "#!/bin/sh\ncase \"$*\" in *--version*) exec /usr/bin/mariadb-dump \"$@\";; esac\n"
            << body;
        std::filesystem::permissions(tools_->path() / "mariadb-dump", std::filesystem::perms(0755));
        DumpRequest wanted = request("shop");
        wanted.tools = tools_->path();
        return take_dump(mariadb_driver(), wanted);
    }
    Result<TempDir> tools_ = TempDir::create("cofre-tools");
};

TEST_F(MariadbDumpFaults, F01_AToolThatFailsAfterAllItsBytesFailsTheStream) {
    const auto dump = dump_with("/usr/bin/mariadb-dump \"$@\"; echo 'disk on fire' >&2; exit 3");
    ASSERT_FALSE(dump);
    EXPECT_THAT(dump.error().message(), HasSubstr("exit status 3"));
    EXPECT_THAT(dump.error().message(), HasSubstr("disk on fire"));
}

TEST_F(MariadbDumpFaults, F01_AConnectionThatIsKilledFailsTheStream) {
    const auto dump = mariadb_driver().begin_dump({}, request("shop"));
    ASSERT_TRUE(dump);
    const auto reader = (*dump)->streams().front().open({});
    ASSERT_TRUE(reader) << reader.error().message();
    std::vector<std::byte> room(4096);
    ASSERT_TRUE((*reader)->read(room));
    const std::string id = value(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT%SQL_NO_CACHE%' AND ID <> "
        "CONNECTION_ID()");
    sql("KILL CONNECTION " + id);
    const auto text = testing::read_all(**reader);
    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code(), ErrorCode::kUnavailable) << text.error().message();
    EXPECT_FALSE((*dump)->finish({}));
}

TEST_F(MariadbDumpFaults, F02_AToolThatIsKilledFailsTheStream) {
    const auto dump = dump_with("/usr/bin/mariadb-dump \"$@\" | head -c 100000; kill -9 $$");
    ASSERT_FALSE(dump);
    EXPECT_THAT(dump.error().message(), HasSubstr("SIGKILL"));
}

TEST_F(MariadbDumpFaults, F03_AMissingToolIsNamedBeforeAnythingElse) {
    DumpRequest wanted = request("shop");
    wanted.tools = tools_->path();
    const auto dump = mariadb_driver().begin_dump({}, wanted);
    ASSERT_FALSE(dump);
    EXPECT_EQ(dump.error().code(), ErrorCode::kNotFound);
    EXPECT_THAT(dump.error().hint(), HasSubstr("mariadb-client"));
}

TEST_F(MariadbDumpFaults, F04_NothingOrHalfADumpIsNoDump) {
    EXPECT_FALSE(dump_with("exit 0"));
    const auto half = dump_with("/usr/bin/mariadb-dump \"$@\" | head -c 100000; exit 0");
    ASSERT_FALSE(half);
    const auto without_end = dump_with("/usr/bin/mariadb-dump \"$@\" | head -n -1; exit 0");
    ASSERT_FALSE(without_end);
    EXPECT_THAT(without_end.error().message(), HasSubstr("mark of a complete dump"));
    // Whole in form, but a row is missing: the server knows better.
    const auto without_row = dump_with("/usr/bin/mariadb-dump \"$@\" | grep -v 'VALUES (777,'; exit 0");
    ASSERT_FALSE(without_row);
    EXPECT_THAT(without_row.error().message(), HasSubstr("20000 rows in the snapshot"));
}

TEST_F(MariadbDumpFaults, F05_WhatAToolSaysIsAWarning) {
    const auto dump = dump_with("echo 'watch out' >&2; exec /usr/bin/mariadb-dump \"$@\"");
    ASSERT_TRUE(dump) << dump.error().message();
    EXPECT_THAT((*dump)->record.warnings, Contains(HasSubstr("watch out")));
}

TEST_F(MariadbDumpFaults, F06_AFloodOfMessagesBlocksNothing) {
    const auto dump = dump_with("head -c 10000000 /dev/zero | tr '\\0' 'e' >&2; exec /usr/bin/mariadb-dump \"$@\"");
    ASSERT_TRUE(dump) << dump.error().message();
    EXPECT_LT((*dump)->log.size(), 100'000U);
}

TEST_F(MariadbDumpFaults, NoPasswordIsInArgumentsOrEnvironment) {
    sql("CREATE OR REPLACE USER 'backup'@'localhost' IDENTIFIED BY 'Xy7secret'");
    sql("GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, RELOAD, PROCESS ON *.* TO 'backup'@'localhost'");
    const std::string notes = (tools_->path() / "notes").string();
    std::ofstream(tools_->path() / "mariadb-dump")
        << "#!/bin/sh\ncase \"$*\" in *--version*) exec /usr/bin/mariadb-dump \"$@\";; esac\n(echo \"$@\"; env) > "
        << notes << "\nexec /usr/bin/mariadb-dump \"$@\"";
    std::filesystem::permissions(tools_->path() / "mariadb-dump", std::filesystem::perms(0755));
    DumpRequest wanted = request("shop");
    wanted.tools = tools_->path();
    wanted.address.user = "backup";
    wanted.address.password = Secret("Xy7secret");
    ASSERT_TRUE(take_dump(mariadb_driver(), wanted));
    const auto noted = read_small_file(notes, 1U << 20U);
    ASSERT_TRUE(noted);
    EXPECT_THAT(*noted, ::testing::StartsWith("--defaults-file="));
    EXPECT_THAT(*noted, Not(HasSubstr("Xy7secret")));
}

TEST_F(MariadbDumpFaults, AServerThatIsGoneIsUnavailable) {
    DumpRequest wanted = request("shop");
    wanted.address.options["socket"] = "/nonexistent/mysqld.sock";
    EXPECT_EQ(take_dump(mariadb_driver(), wanted).error().code(), ErrorCode::kUnavailable);
    wanted = request("nowhere");
    EXPECT_EQ(take_dump(mariadb_driver(), wanted).error().code(), ErrorCode::kNotFound);
}

TEST_F(MariadbDumpFaults, ASecondDumpIsTheSame) {
    const auto first = dump_of(request("shop"));
    const auto second = dump_of(request("shop"));
    ASSERT_TRUE(first && second);
    EXPECT_EQ(first->files.contents, second->files.contents);
}

TEST_F(MariadbDumpFaults, AStopEndsASession) {
    std::stop_source stop;
    auto session = open_mysql_session({stop.get_token()}, server_.address(), "");
    ASSERT_TRUE(session);
    std::thread stopper([&] {
        cofre::testing::wait_until([&] {
            auto watch = open_mysql_session({}, server_.address(), "");
            const auto rows =
                watch->query({}, "SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP%'");
            return rows && !rows->empty();
        });
        stop.request_stop();
    });
    const Status done = session->execute({stop.get_token()}, "SELECT SLEEP(100)");
    stopper.join();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace cofre::dump
