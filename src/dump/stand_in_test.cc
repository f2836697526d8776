// SQL Server, MongoDB and Redis, with stand-ins for their programs: what they are
// told, what they are not told, and what becomes of what they write.

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/file.h"
#include "dump/testing/memory_dump.h"

namespace cofre::dump {
namespace {

using ::testing::HasSubstr;
using testing::MemoryDump;
using ::testing::Not;
using testing::take_dump;

constexpr const char* kStandInPassword = "s3cret \"pw\\";

class StandIn : public ::testing::Test {
protected:
    void SetUp() override {
        std::filesystem::create_directories(tools());
        std::filesystem::create_directories(share());
    }
    std::filesystem::path tools() const { return folder_->path() / "tools"; }
    std::filesystem::path share() const { return folder_->path() / "share"; }

    // A shell script; $D is the test's folder. It notes its arguments and its environment.
    void install(const std::string& name, const std::string& body) {
        const auto path = tools() / name;
        std::ofstream(path) << "#!/bin/sh\nD='" << folder_->path().string() << "'\nprintf '%s\\n' \"$@\" >> \"$D/"
                            << name << ".argv\"\nenv > \"$D/" << name << ".env\"\n"
                            << body;
        std::filesystem::permissions(path, std::filesystem::perms(0755));
    }
    std::string noted(const std::string& name) const {
        auto text = read_small_file(folder_->path() / name, 1U << 20U);
        return text ? *text : "";
    }
    void put(const std::string& name, const std::string& bytes) const {
        std::ofstream(folder_->path() / name, std::ios::binary) << bytes;
    }

    DumpRequest request(Engine engine) const {
        DumpRequest request;
        request.address.engine = engine;
        request.address.host = "db.example";
        request.address.user = "backup";
        request.address.password = Secret(kStandInPassword);
        request.tools = tools();
        return request;
    }

    Result<TempDir> folder_ = TempDir::create("cofre-stand-in");
};

// Understands the statements that it is sent, as far as a backup needs.
constexpr const char* kSqlcmd = R"(
while [ $# -gt 0 ]; do if [ "$1" = -i ]; then script=$2; fi; shift; done
cat "$script" >> "$D/sqlcmd.scripts"
if grep -q ProductVersion "$script"; then echo 16.0.4105.2; fi
if grep -q 'FROM sys.databases WHERE state' "$script"; then printf 'master\nmsdb\nmy ]db\nshop\n'; fi
if grep -q 'COUNT(.) FROM sys.databases' "$script"; then cat "$D/exists" 2>/dev/null || echo 0; fi
if grep -q FILELISTONLY "$script"; then printf 'shop\tC:\\old.mdf\tD\tPRIMARY\nshop_log\tC:\\old.ldf\tL\t\n'; fi
if grep -q InstanceDefaultDataPath "$script"; then printf '/data/\t/log/\n'; fi
if grep -q '^BACKUP DATABASE \[shop' "$script" && [ -e "$D/fails" ]; then echo 'Msg 3201, Level 16: Cannot open backup device' >&2; exit 1; fi
sed -n "s|^BACKUP DATABASE .* TO DISK = N'/srv/\([^']*\)'.*|\1|p" "$script" | while read -r file; do printf 'TAPE and the rest' > "$D/share/$file"; done
)";

TEST_F(StandIn, SqlServerBacksUpToTheSharedFolderAndIsFetched) {
    install("sqlcmd", kSqlcmd);
    DumpRequest wanted = request(Engine::kMssql);
    wanted.server_folder = "/srv";
    wanted.local_folder = share();
    wanted.address.options["trustServerCertificate"] = "true";
    const auto dump = take_dump(mssql_driver(), wanted);
    ASSERT_TRUE(dump) << dump.error().message();
    EXPECT_EQ((*dump)->record.databases, (std::vector<std::string>{"my ]db", "shop"}));
    EXPECT_EQ((*dump)->record.server_version, "16.0.4105.2");
    EXPECT_EQ((*dump)->files.contents.at("shop.bak"), "TAPE and the rest");
    EXPECT_TRUE(std::filesystem::is_empty(share()));
    const std::string scripts = noted("sqlcmd.scripts");
    EXPECT_THAT(scripts, HasSubstr("BACKUP DATABASE [my ]]db] TO DISK = N'/srv/cofre-"));
    EXPECT_THAT(scripts, HasSubstr("WITH COPY_ONLY, CHECKSUM, COMPRESSION, FORMAT, INIT"));
    EXPECT_THAT(scripts, HasSubstr("RESTORE VERIFYONLY FROM DISK = N'/srv/cofre-"));
    const std::string argv = noted("sqlcmd.argv");
    EXPECT_THAT(argv, HasSubstr("-S\ntcp:db.example\n-d\nmaster\n-b\n"));
    EXPECT_THAT(argv, HasSubstr("-x\n-X1\n"));
    EXPECT_THAT(argv, HasSubstr("\n-C\n"));
    EXPECT_THAT(argv, Not(HasSubstr("s3cret")));
    EXPECT_THAT(scripts, Not(HasSubstr("s3cret")));
    EXPECT_THAT(noted("sqlcmd.env"), HasSubstr(std::string("SQLCMDPASSWORD=") + kStandInPassword));
}

TEST_F(StandIn, SqlServerWithoutASharedFolderIsRefusedBeforeAnythingStarts) {
    install("sqlcmd", kSqlcmd);
    const auto dump = take_dump(mssql_driver(), request(Engine::kMssql));
    ASSERT_FALSE(dump);
    EXPECT_EQ(dump.error().code(), ErrorCode::kUnsupported);
    EXPECT_THAT(dump.error().hint(), HasSubstr("server_folder"));
    EXPECT_EQ(noted("sqlcmd.argv"), "");
}

TEST_F(StandIn, F01_SqlServersOwnErrorIsTheStreams) {
    install("sqlcmd", kSqlcmd);
    put("fails", "");
    DumpRequest wanted = request(Engine::kMssql);
    wanted.server_folder = "/srv";
    wanted.local_folder = share();
    wanted.databases = {"shop"};
    const auto dump = take_dump(mssql_driver(), wanted);
    ASSERT_FALSE(dump);
    EXPECT_THAT(dump.error().message(), HasSubstr("Msg 3201"));
    wanted.databases = {"gone"};
    EXPECT_EQ(take_dump(mssql_driver(), wanted).error().code(), ErrorCode::kNotFound);
}

TEST_F(StandIn, SqlServerIsRestoredToFilesOfItsNewName) {
    install("sqlcmd", kSqlcmd);
    DumpRequest wanted = request(Engine::kMssql);
    wanted.server_folder = "/srv";
    wanted.local_folder = share();
    wanted.databases = {"shop"};
    const auto dump = take_dump(mssql_driver(), wanted);
    ASSERT_TRUE(dump) << dump.error().message();
    RestoreProgress progress;
    ASSERT_TRUE(mssql_driver().parse({}, (*dump)->record, (*dump)->files, progress));
    RestoreRequest into;
    into.into = wanted.address;
    into.rename = {{"shop", "copy"}};
    into.tools = tools();
    into.server_folder = "/srv";
    into.local_folder = share();
    put("exists", "1\n");
    EXPECT_EQ(mssql_driver().restore({}, (*dump)->record, (*dump)->files, into, progress).error().code(),
              ErrorCode::kConflict);
    put("exists", "0\n");
    const auto outcome = mssql_driver().restore({}, (*dump)->record, (*dump)->files, into, progress);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_THAT(noted("sqlcmd.scripts"),
                HasSubstr("WITH CHECKSUM, MOVE N'shop' TO N'/data/copy_1.mdf', MOVE N'shop_log' TO "
                          "N'/log/copy_2.ldf', RECOVERY;"));
    EXPECT_THAT(noted("sqlcmd.scripts"), Not(HasSubstr("REPLACE")));
    EXPECT_TRUE(std::filesystem::is_empty(share()));
    (*dump)->files.contents["shop.bak"] = "<html>";
    EXPECT_EQ(mssql_driver().parse({}, (*dump)->record, (*dump)->files, progress).error().code(),
              ErrorCode::kCorruption);
}

std::string archive_with(int collections) {
    std::string bytes = "\x6d\xe2\x99\x81";
    const std::string document("\x08\0\0\0abc", 8);
    for (int i = 0; i <= collections; ++i)
        bytes += document;
    bytes += "\xff\xff\xff\xff";
    return bytes + document + document + "\xff\xff\xff\xff";
}

constexpr const char* kMongodump = R"(
case "$*" in *--version*) echo 'mongodump version: 100.9.4'; exit 0;; esac
for word in "$@"; do case "$word" in --config=*) cat "${word#--config=}" > "$D/config"; stat -c %a "${word#--config=}" > "$D/mode";; esac; done
case "$*" in *--db=target*) cat "$D/target.archive" 2>/dev/null;; *) cat "$D/archive";; esac
if [ -e "$D/fails" ]; then echo 'Failed: not authorized on shop' >&2; exit 1; fi
)";
constexpr const char* kMongorestore = R"(
case "$*" in *--version*) echo 'mongorestore version: 100.9.4'; exit 0;; esac
cat > "$D/restored"
)";

TEST_F(StandIn, MongodumpIsToldEverythingButThePassword) {
    install("mongodump", kMongodump);
    put("archive", archive_with(2));
    DumpRequest wanted = request(Engine::kMongodb);
    wanted.address.options = {{"replicaSet", "rs0"}, {"authSource", "admin"}};
    const auto dump = take_dump(mongodb_driver(), wanted);
    ASSERT_TRUE(dump) << dump.error().message();
    EXPECT_EQ((*dump)->files.contents.at("server.archive"), archive_with(2));
    EXPECT_EQ((*dump)->record.tool_version, "100.9.4");
    const std::string argv = noted("mongodump.argv");
    EXPECT_THAT(argv, HasSubstr("--host=rs0/db.example\n--username=backup\n--config="));
    EXPECT_THAT(argv, HasSubstr("--authenticationDatabase=admin\n--archive\n--numParallelCollections=1\n--oplog\n"));
    EXPECT_THAT(argv + noted("mongodump.env"), Not(HasSubstr("s3cret")));
    EXPECT_EQ(noted("config"), "password: \"s3cret \\\"pw\\\\\"\n");
    EXPECT_EQ(noted("mode"), "600\n");
}

TEST_F(StandIn, AnArchiveThatIsCutIsNoDump) {
    install("mongodump", kMongodump);
    put("archive", archive_with(2).substr(0, 45));
    DumpRequest wanted = request(Engine::kMongodb);
    wanted.databases = {"shop"};
    EXPECT_EQ(take_dump(mongodb_driver(), wanted).error().code(), ErrorCode::kCorruption);
    put("archive", archive_with(2));
    put("fails", "");
    EXPECT_EQ(take_dump(mongodb_driver(), wanted).error().code(), ErrorCode::kPermissionDenied);
    put("archive", "");
    std::filesystem::remove(folder_->path() / "fails");
    EXPECT_FALSE(take_dump(mongodb_driver(), wanted));
    wanted.options = {"--out=/tmp"};
    EXPECT_EQ(take_dump(mongodb_driver(), wanted).error().code(), ErrorCode::kInvalidArgument);
}

TEST_F(StandIn, MongoIsRestoredUnderAnotherNameIfThatIsFree) {
    install("mongodump", kMongodump);
    install("mongorestore", kMongorestore);
    put("archive", archive_with(1));
    DumpRequest wanted = request(Engine::kMongodb);
    wanted.databases = {"shop"};
    const auto dump = take_dump(mongodb_driver(), wanted);
    ASSERT_TRUE(dump) << dump.error().message();
    RestoreRequest into;
    into.into = wanted.address;
    into.tools = tools();
    into.rename = {{"shop", "target"}};
    RestoreProgress progress;
    put("target.archive", archive_with(1));
    EXPECT_EQ(mongodb_driver().restore({}, (*dump)->record, (*dump)->files, into, progress).error().code(),
              ErrorCode::kConflict);
    EXPECT_EQ(noted("restored"), "");
    put("target.archive", archive_with(0));
    const auto outcome = mongodb_driver().restore({}, (*dump)->record, (*dump)->files, into, progress);
    ASSERT_TRUE(outcome) << outcome.error().message();
    EXPECT_EQ(noted("restored"), archive_with(1));
    EXPECT_THAT(noted("mongorestore.argv"),
                HasSubstr("--archive\n--stopOnError\n--nsInclude=shop.*\n--nsFrom=shop.*\n--nsTo=target.*\n"));
    EXPECT_THAT(noted("mongorestore.argv"), Not(HasSubstr("--drop")));
}

TEST_F(StandIn, F03_AMissingToolIsNamedWithItsPackage) {
    EXPECT_EQ(take_dump(mongodb_driver(), request(Engine::kMongodb)).error().code(), ErrorCode::kNotFound);
    EXPECT_EQ(take_dump(redis_driver(), request(Engine::kRedis)).error().code(), ErrorCode::kNotFound);
    DumpRequest wanted = request(Engine::kMssql);
    wanted.server_folder = "/srv";
    wanted.local_folder = share();
    const auto dump = take_dump(mssql_driver(), wanted);
    EXPECT_EQ(dump.error().code(), ErrorCode::kNotFound);
    EXPECT_THAT(dump.error().hint(), HasSubstr("mssql-tools"));
}

}  // namespace
}  // namespace cofre::dump
