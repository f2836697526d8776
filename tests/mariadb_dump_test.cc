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

namespace cofre::dump {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::MemoryDump;
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
        for (const char* name : {"shop", "copy", "other"}) sql("DROP DATABASE IF EXISTS " + std::string(name));
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
    for (const auto& difference : compared->differences) ADD_FAILURE() << difference.table << ": " << difference.message;
    EXPECT_EQ(compared->tables, 9U);
    EXPECT_EQ(compared->samples, 9U);
}

}  // namespace
}  // namespace cofre::dump
