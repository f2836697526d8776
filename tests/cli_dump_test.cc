// Databases through the binary, as a user runs it: into both layouts, on a disk and
// on a real S3 server, and back into a real PostgreSQL.

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "base/encoding.h"
#include "base/file.h"
#include "testing/cli_runner.h"
#include "testing/postgres_fixture.h"
#include "testing/rgw_server.h"

namespace cofre::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kShop = R"(
CREATE TABLE orders (id bigserial PRIMARY KEY, customer text NOT NULL, total numeric(12,2), at timestamptz DEFAULT now());
INSERT INTO orders (customer, total) SELECT 'cliente ' || i, i * 1.5 FROM generate_series(1, 5000) i;
CREATE TABLE "Odd ""Name" (a int, b bytea);
INSERT INTO "Odd ""Name" VALUES (1, '\x00ff'), (2, NULL);
CREATE VIEW big AS SELECT * FROM orders WHERE total > 100;
CREATE INDEX ON orders (customer);
CREATE TABLE media (path text);
INSERT INTO media VALUES ('a.jpg'), ('sub/b.jpg');
SELECT lo_from_bytea(0, 'a large object');
)";

/// A place for backups of one layout.
struct DumpPlace {
    const char* name;
    bool on_s3;
    std::vector<std::string> options;
    std::vector<std::string> dump;
};

class CliDump : public PostgresServerTest {
protected:
    void SetUp() override {
        name_ = "shop" + std::to_string(++count_);
        make_database(name_);
        script(name_, kShop);
        cofre_.set_all(shared_rgw().environment()).set("COFRE_PASSWORD", "a password");
        cofre_.set("TMPDIR", "/tmp");
    }

    static std::string url(const std::string& database) {
        const auto where = address();
        return "postgres://" + where.user + "@/" + percent_encode(database) + "?host=" + percent_encode(where.host) +
               "&port=" + std::to_string(where.port);
    }

    std::string place(bool on_s3) {
        if (place_.empty())
            place_ = on_s3 ? "s3://" + fresh_bucket() + "/db" : "file://" + (cofre_.home() / "to").string();
        return place_;
    }

    ChildResult run(std::vector<std::string> args, int status = 0) {
        auto result = cofre_.run(args);
        EXPECT_EQ(result.exit_code, status) << result.describe();
        return result;
    }

    /// A folder with programs that take the places of PostgreSQL's own.
    fs::path tools(const std::string& pg_dump) {
        const auto folder = cofre_.home() / "bin";
        fs::create_directories(folder);
        for (const auto& entry : fs::directory_iterator(kPostgresPrograms)) {
            std::error_code ignored;
            fs::create_symlink(entry.path(), folder / entry.path().filename(), ignored);
        }
        fs::remove(folder / "pg_dump");
        EXPECT_TRUE(write_file_atomic(folder / "pg_dump",
                                      "#!/bin/sh\n[ \"$1\" = --version ] && exec " + std::string(kPostgresPrograms) +
                                          "/pg_dump --version\n" + pg_dump + "\n",
                                      0755));
        return folder;
    }

    /// As a disk that rots: nothing but the bytes changes.
    static void write_in_place(const fs::path& path, const std::string& bytes) {
        const auto time = fs::last_write_time(path);
        std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
        fs::last_write_time(path, time);
    }

    std::vector<std::string> objects() {
        std::vector<std::string> found;
        std::error_code none;
        for (const auto& entry : fs::recursive_directory_iterator(cofre_.home() / "to", none)) {
            if (entry.is_regular_file()) found.push_back(entry.path().lexically_relative(cofre_.home() / "to"));
        }
        std::sort(found.begin(), found.end());
        return found;
    }

    std::string name_;
    std::string place_;
    CliRunner cofre_;
    static inline int count_ = 0;
};

class CliDumpPlaces : public CliDump, public ::testing::WithParamInterface<DumpPlace> {};

TEST_P(CliDumpPlaces, ComesBackAndIsProven) {
    const auto& param = GetParam();
    const std::string to = place(param.on_s3);
    if (param.options.empty()) run({"init", "--repo", to});
    std::vector<std::string> backup = {"backup", url(name_), "--to", to};
    backup.insert(backup.end(), param.options.begin(), param.options.end());
    backup.insert(backup.end(), param.dump.begin(), param.dump.end());
    run(backup);

    const auto proven = json_lines_of(run({"verify", "--from", to, "--level", "restore", "--json"})).back();
    ASSERT_EQ(proven["dumps"].size(), 1U);
    const auto& dump = proven["dumps"][0];
    EXPECT_EQ(dump["good"], true);
    EXPECT_EQ(dump["rows"], 5'004);
    EXPECT_EQ(dump["tables"], 3);
    EXPECT_THAT(dump["proven_with"], HasSubstr("PostgreSQL"));

    const std::string copy = name_ + " \"copy\"";
    run({"restore", "latest", "--from", to, "--into", url(copy)});
    EXPECT_EQ(text_of(copy), text_of(name_));
    const auto again = run({"restore", "latest", "--from", to, "--into", url(copy)}, 1);
    EXPECT_THAT(again.err, HasSubstr("--clean"));
    run({"restore", "latest", "--from", to, "--into", url(copy), "--clean"});
    EXPECT_EQ(text_of(copy), text_of(name_));

    const auto shown = json_of(run({"proof", "show", "--from", to, "--json"}));
    ASSERT_EQ(shown["proofs"].size(), 1U);
    EXPECT_EQ(shown["proofs"][0]["level"], "restore");
    EXPECT_GT(shown["rto_seconds"], 0);
}

const std::vector<std::string> kObjects = {"--layout", "objects", "--compression"};
std::vector<std::string> as_objects(const std::string& compression) {
    auto options = kObjects;
    options.push_back(compression);
    return options;
}

INSTANTIATE_TEST_SUITE_P(Places, CliDumpPlaces,
                         ::testing::Values(DumpPlace{"RepositoryOnDisk", false, {}, {}},
                                           DumpPlace{"RepositoryOnS3ByTable", true, {}, {"--dump-jobs", "2"}},
                                           DumpPlace{
                                               "ObjectsOnDisk", false, as_objects("none"), {"--dump-format", "custom"}},
                                           DumpPlace{"ObjectsOnS3", true, as_objects("gzip"), {}}),
                         [](const auto& test) { return test.param.name; });

struct BadTool {
    const char* name;
    const char* script;
    const char* message;
};

class CliDumpFaults : public CliDump, public ::testing::WithParamInterface<BadTool> {};

/// An older good backup, then a tool that fails: no new one of either layout, and
/// the older one stays, although retention would let it go.
TEST_P(CliDumpFaults, LeavesNothingUnderAFinalName) {
    const std::string to = place(false);
    const std::vector<std::string> good = {"backup", url(name_), "--to", to, "--layout", "objects"};
    run(good);
    const auto before = objects();
    auto bad = good;
    bad.insert(bad.end(), {"--dump-tools", tools(GetParam().script).string()});
    const auto failed = run(bad, 1);
    EXPECT_THAT(failed.err, HasSubstr(GetParam().message));
    EXPECT_EQ(objects(), before);

    const std::string repo = "file://" + (cofre_.home() / "repo").string();
    run({"init", "--repo", repo});
    auto into_repository =
        std::vector<std::string>{"backup", url(name_), "--to", repo, "--dump-tools", (cofre_.home() / "bin").string()};
    EXPECT_THAT(run(into_repository, 1).err, HasSubstr(GetParam().message));
    EXPECT_EQ(json_of(run({"snapshots", "--repo", repo, "--json"})).size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Tools, CliDumpFaults,
    ::testing::Values(BadTool{"F01_ExitsWithAnErrorInTheMiddle",
                              "head -c 300000 /dev/zero; echo 'server closed the connection' >&2; exit 1",
                              "server closed the connection"},
                      BadTool{"F02_IsKilled", "head -c 300000 /dev/zero; kill -9 $$", "SIGKILL"},
                      BadTool{"F04_WritesNothing", "exit 0", "wrote nothing"},
                      BadTool{"HasNoEnd", "echo 'SELECT 1;'", "complete"}),
    [](const auto& test) { return test.param.name; });

TEST_F(CliDump, F03_AMissingToolIsKnownBeforeTheStoreIsAsked) {
    fs::create_directories(cofre_.home() / "empty");
    // A store that nobody serves: asking it would fail otherwise, and later.
    cofre_.set("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1");
    const auto failed =
        run({"backup", url(name_), "--to", "s3://b/p", "--dump-tools", (cofre_.home() / "empty").string()}, 1);
    EXPECT_THAT(failed.err, AllOf(HasSubstr("pg_dump"), Not(HasSubstr("127.0.0.1:1"))));
}

TEST_F(CliDump, F05_WhatAToolSaysIsAWarningOfAGoodRun) {
    const auto bin =
        tools("echo 'careful: circular foreign keys' >&2; exec " + std::string(kPostgresPrograms) + "/pg_dump \"$@\"");
    const auto done =
        run({"backup", url(name_), "--to", place(false), "--layout", "objects", "--dump-tools", bin.string()});
    EXPECT_THAT(done.err, HasSubstr("careful: circular foreign keys"));
}

TEST_F(CliDump, F06_TenMegabytesOfStandardErrorBlockNothing) {
    const auto bin = tools("head -c 10000000 /dev/zero | tr '\\0' x >&2; exec " + std::string(kPostgresPrograms) +
                           "/pg_dump \"$@\"");
    run({"backup", url(name_), "--to", place(false), "--layout", "objects", "--dump-tools", bin.string()});
}

/// What may be wrong with a dump, and the first grade of `verify` that finds it. The table of
/// docs/databases.md says the same.
struct Damage {
    const char* name;
    const char* first_found_by;                 ///< Grades before it must pass: that is what they cost less for.
    const char* tool;                           ///< Stands in for pg_dump while the dump is made; empty: its own.
    std::string (*damaged)(std::string bytes);  ///< Of the largest stored file, afterwards.
    bool in_repository;
};

std::string with_a_flipped_bit(std::string bytes) {
    bytes[bytes.size() / 2] ^= 1;
    return bytes;
}
std::string without_its_tail(std::string bytes) {
    bytes.resize(bytes.size() - 100);
    return bytes;
}

class CliDumpDamage : public CliDump, public ::testing::WithParamInterface<Damage> {};

TEST_P(CliDumpDamage, IsFoundByTheGradeThatCanFindIt) {
    const auto& damage = GetParam();
    const std::string to = place(false);
    std::vector<std::string> backup = {"backup", url(name_), "--to", to};
    if (damage.in_repository) run({"init", "--repo", to});
    if (!damage.in_repository) backup.insert(backup.end(), {"--layout", "objects"});
    if (*damage.tool != 0) backup.insert(backup.end(), {"--dump-tools", tools(damage.tool).string()});
    run(backup);
    if (damage.damaged != nullptr) {
        fs::path largest;
        std::uintmax_t size = 0;
        for (const auto& object : objects()) {
            const auto path = cofre_.home() / "to" / object;
            if (fs::file_size(path) <= size) continue;
            size = fs::file_size(path);
            largest = path;
        }
        write_in_place(largest, damage.damaged(*read_small_file(largest, 1U << 28U)));
    }
    for (const char* grade : {"list", "read", "semantic", "restore"}) {
        const auto result = cofre_.run({"verify", "--from", to, "--level", grade});
        if (std::string(grade) == damage.first_found_by) {
            // 1 if nothing of the snapshot is left, 2 if some is.
            EXPECT_THAT(result.exit_code, ::testing::AnyOf(1, 2)) << result.describe();
            EXPECT_THAT(result.err, HasSubstr("problem"));
            return;
        }
        EXPECT_EQ(result.exit_code, 0) << grade << ": " << result.describe();
    }
    ADD_FAILURE() << "no grade found it";
}

#define COFRE_PG_DUMP "/usr/lib/postgresql/15/bin/pg_dump \"$@\""
INSTANTIATE_TEST_SUITE_P(
    Kinds, CliDumpDamage,
    ::testing::Values(
        Damage{"StoredObjectCutShort", "list", "", without_its_tail, false},
        Damage{"ByteOfAnObjectFlipped", "read", "", with_a_flipped_bit, false},
        Damage{"ByteOfAPackFlipped", "read", "", with_a_flipped_bit, true},
        Damage{"PackCutShort", "list", "", without_its_tail, true},
        Damage{"ScriptBroken", "semantic", COFRE_PG_DUMP " | sed \"s/^CREATE VIEW/CREATE 'VIEW/\"", nullptr, true},
        Damage{"TableLeftOut", "restore", COFRE_PG_DUMP " --exclude-table=media", nullptr, true},
        Damage{"RowsLeftOut", "restore", COFRE_PG_DUMP " --exclude-table-data=media", nullptr, false},
        Damage{"ValueChanged", "restore", COFRE_PG_DUMP " | sed 's/cliente 42\\t/cliente 43\\t/'", nullptr, true}),
    [](const auto& test) { return test.param.name; });
#undef COFRE_PG_DUMP

TEST_F(CliDump, TheEnvironmentAloneDumpsVerifiesAndForgets) {
    cofre_.set("DB_TYPE", "postgresql").set("DB_HOST", address().host).set("DB_PORT", std::to_string(address().port));
    cofre_.set("DB_USER", address().user).set("DB_NAME", name_);
    const std::string bucket = fresh_bucket();
    cofre_.set("S3_BUCKET", bucket);
    cofre_.set("S3_PREFIX", "prod").set("PERIODICITY", "daily").set("RETENTION_DAYS", "7");
    const auto done = run({"run"});
    EXPECT_THAT(done.err, HasSubstr(": done"));
    const auto list = run({"s3", "ls", "-r", "s3://" + bucket + "/prod/"});
    EXPECT_THAT(list.out, AllOf(HasSubstr("prod/daily/"), HasSubstr(".sql.gz"), HasSubstr("/dump_")));
    const auto copy = name_ + "_env";
    run({"restore", "latest", "--from", "s3://" + bucket + "/prod/", "--into", url(copy)});
    EXPECT_EQ(text_of(copy), text_of(name_));
}

TEST_F(CliDump, ADatabaseAndItsFilesAreOneSnapshot) {
    const auto media = cofre_.home() / "media";
    fs::create_directories(media / "sub");
    ASSERT_TRUE(write_file_atomic(media / "a.jpg", "a", 0600));
    ASSERT_TRUE(write_file_atomic(media / "sub/b.jpg", "b", 0600));
    const std::string repo = "file://" + (cofre_.home() / "repo").string();
    run({"init", "--repo", repo});
    const auto mark = (cofre_.home() / "mark").string();
    ASSERT_TRUE(write_file_atomic(cofre_.home() / "cofre.yaml",
                                  "targets: {main: {url: \"" + repo + "\"}}\n" + "databases:\n  shop:\n    url: \"" +
                                      url(name_) +
                                      "\"\n    assertions: [\"SELECT count(*) = 5000 FROM orders\"]\n"
                                      "    paths_query: SELECT path FROM media\n    paths_root: \"" +
                                      media.string() + "\"\njobs:\n  app:\n    databases: [shop]\n    sources: [\"" +
                                      media.string() + "\"]\n    freeze: sh -c 'echo frozen >>" + mark +
                                      "'\n    thaw: sh -c 'echo thawed >>" + mark + "'\n    verify_after: restore\n",
                                  0600));
    run({"run"});
    EXPECT_EQ(*read_small_file(mark, 100), "frozen\nthawed\n");
    const auto snapshots = json_of(run({"snapshots", "--repo", repo, "--json"}));
    ASSERT_EQ(snapshots.size(), 1U);
    EXPECT_EQ(snapshots[0]["paths"].size(), 2U);

    // A row whose file is not there: the copy is not what the application needs.
    sql(name_, "INSERT INTO media VALUES ('missing.jpg')");
    const auto bad = run({"run"}, 2);
    EXPECT_THAT(bad.err, HasSubstr("missing.jpg"));
}

TEST_F(CliDump, ADumpByTableIsOneScriptAgain) {
    const std::string repo = "file://" + (cofre_.home() / "repo").string();
    run({"init", "--repo", repo});
    run({"backup", url(name_), "--to", repo, "--dump-jobs", "2"});
    const auto whole = run({"dump", "latest", "--sql", "--repo", repo});
    const auto copy = name_ + "_script";
    make_database(copy);
    script(copy, whole.out);
    EXPECT_EQ(text_of(copy), text_of(name_));
    run({"dump", "latest", "--repo", repo}, 1);
}

TEST_F(CliDump, WhatACommandWritesIsADumpToo) {
    const std::string repo = "file://" + (cofre_.home() / "repo").string();
    run({"init", "--repo", repo});
    const auto configure = [&](const std::string& command) {
        ASSERT_TRUE(write_file_atomic(cofre_.home() / "cofre.yaml",
                                      "targets: {main: {url: \"" + repo + "\"}}\ndatabases:\n  queue:\n    command: " +
                                          command + "\njobs:\n  q: {databases: [queue], verify_after: semantic}\n",
                                      0600));
    };
    configure("sh -c 'echo all of it'");
    run({"run"});
    EXPECT_EQ(run({"dump", "latest", "/databases/command/local/queue/queue", "--repo", repo}).out, "all of it\n");
    configure("sh -c 'echo half of it; exit 3'");
    EXPECT_THAT(run({"run"}, 1).err, HasSubstr("exit status 3"));
    EXPECT_EQ(json_of(run({"snapshots", "--repo", repo, "--json"})).size(), 1U);
}

TEST_F(CliDump, AMariadbDatabaseComesBackFromS3) {
    auto server = dump::start_scratch_server({}, dump::Engine::kMariadb, {"/tmp", "10.11"});
    ASSERT_TRUE(server) << server.error().message();
    const auto where = [&](const std::string& database) {
        return "mariadb://root@/" + database + "?socket=" + percent_encode((*server)->address().options.at("socket"));
    };
    const auto client = [&](const std::string& database, const std::string& sql) {
        const auto home = temporary_home();
        auto ran = run_child({{"mariadb", "--no-defaults", "-N", "-u", "root",
                               "--socket=" + (*server)->address().options.at("socket"), database},
                              clean_environment(home.path()),
                              home.path(),
                              sql});
        EXPECT_EQ(ran->exit_code, 0) << ran->describe();
        return ran->out;
    };
    client("",
           "CREATE DATABASE shop; USE shop; CREATE TABLE t (id int PRIMARY KEY, v text);"
           "INSERT INTO t SELECT seq, concat('v', seq) FROM seq_1_to_3000;");
    for (const std::string layout : {"objects", "repository"}) {
        const std::string to = "s3://" + fresh_bucket() + "/db";
        if (layout == "repository") run({"init", "--repo", to});
        run({"backup", where("shop"), "--to", to, "--layout", layout});
        const auto proven = json_lines_of(run({"verify", "--from", to, "--level", "restore", "--json"})).back();
        EXPECT_EQ(proven["dumps"][0]["rows"], 3'000);
        run({"restore", "latest", "--from", to, "--into", where("copy_" + layout)});
        EXPECT_EQ(client("copy_" + layout, "SELECT count(*), max(id), min(v) FROM t"), "3000\t3000\tv1\n");
    }
}

TEST_F(CliDump, AFileThatLooksLikeARecordIsOnlyAFile) {
    const auto folder = cofre_.home() / "home";
    fs::create_directories(folder);
    ASSERT_TRUE(write_file_atomic(folder / "cofre-dump.json", "{\"cofre_dump\": 1, \"engine\": \"postgres\"}", 0600));
    const std::string repo = "file://" + (cofre_.home() / "repo").string();
    run({"init", "--repo", repo});
    run({"backup", folder.string(), "--to", repo});
    run({"verify", "--from", repo, "--level", "restore"});
    const std::string objects = "file://" + (cofre_.home() / "to").string();
    run({"backup", folder.string(), "--to", objects, "--layout", "objects"});
    run({"verify", "--from", objects, "--level", "restore"});
}

TEST_F(CliDump, ADatabaseBesideStandardInputIsRefused) {
    const std::string repo = "file://" + (cofre_.home() / "repo").string();
    run({"init", "--repo", repo});
    run({"backup", "--stdin", url(name_), "--to", repo}, 1);
}

TEST_F(CliDump, AWrongPasswordOrServerSaysSo) {
    const auto refused = run({"backup", "postgres://nobody@127.0.0.1:1/x", "--to", place(false)}, 1);
    EXPECT_THAT(refused.err, AllOf(HasSubstr("Connection refused"), HasSubstr("hint:")));
    const auto unknown = run({"backup", url("no such database"), "--to", place(false)}, 1);
    EXPECT_THAT(unknown.err, HasSubstr("does not exist"));
    const auto secret = run({"backup", "postgres://u:hunter2@127.0.0.1:1/x", "--to", place(false)}, 1);
    EXPECT_THAT(secret.err, AllOf(HasSubstr("--database-password-file"), Not(HasSubstr("hunter2"))));
}

}  // namespace
}  // namespace cofre::testing
