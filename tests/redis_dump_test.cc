// Redis, with a real server: the RDB file that passes is the one the server sent.

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "dump/testing/memory_dump.h"
#include "testing/child_process.h"
#include "testing/script_server.h"

namespace cofre::dump {
namespace {

using ::testing::HasSubstr;
using testing::MemoryDump;
using testing::take_dump;

constexpr const char* kRedisPassword = "s3cret pw";

class RedisDump : public ::testing::Test {
protected:
    /// A server that sends its copy through a file first, or straight from memory.
    void start(bool diskless) {
        // By a configuration file: a test may not show a password either.
        std::ofstream(folder_->path() / "redis.conf")
            << "port 0\nunixsocket " << socket() << "\ndir " << folder_->path().string()
            << "\nsave \"\"\nrequirepass \"" << kRedisPassword << "\"\nrepl-diskless-sync " << (diskless ? "yes" : "no")
            << "\nrepl-diskless-sync-delay 0\n";
        auto started =
            cofre::testing::ChildProcess::start({.argv = {"redis-server", (folder_->path() / "redis.conf").string()},
                                                 .environment = cofre::testing::clean_environment(home_.path()),
                                                 .working_directory = folder_->path()});
        ASSERT_TRUE(started);
        server_ = std::make_unique<cofre::testing::ChildProcess>(*std::move(started));
        ASSERT_TRUE(cofre::testing::wait_until([&] { return cli({"PING"}) == "PONG\n"; }));
    }

    std::string socket() const { return (folder_->path() / "r.sock").string(); }

    std::string cli(std::vector<std::string> words, const std::string& input = "") {
        auto environment = cofre::testing::clean_environment(home_.path());
        environment["REDISCLI_AUTH"] = kRedisPassword;
        words.insert(words.begin(), {"redis-cli", "-s", socket()});
        const auto result = cofre::testing::run_child({.argv = words, .environment = environment, .input = input});
        return result ? result->out : "";
    }

    DumpRequest request() const {
        DumpRequest request;
        request.address.engine = Engine::kRedis;
        request.address.host = socket();
        request.address.password = Secret(kRedisPassword);
        return request;
    }

    Result<TempDir> folder_ = TempDir::create("cofre-redis");
    TempDir home_ = cofre::testing::temporary_home();
    std::unique_ptr<cofre::testing::ChildProcess> server_;
};

TEST_F(RedisDump, IsAnRdbFileThatRedisLoads) {
    for (const bool diskless : {true, false}) {
        start(diskless);
        cli({"DEBUG", "SET-ACTIVE-EXPIRE", "0"});
        for (int i = 0; i < 100; ++i)
            cli({"SET", "key" + std::to_string(i), std::string(1000, 'v')});
        const auto dump = take_dump(redis_driver(), request());
        ASSERT_TRUE(dump) << dump.error().message();
        RestoreProgress progress;
        const Status parsed = redis_driver().parse({}, (*dump)->record, (*dump)->files, progress);
        EXPECT_TRUE(parsed) << parsed.error().message();
        server_.reset();
        // By hand, as the documentation says.
        std::ofstream(folder_->path() / "dump.rdb", std::ios::binary) << (*dump)->files.contents.at("dump.rdb");
        start(diskless);
        EXPECT_EQ(cli({"DBSIZE"}), "100\n");
        EXPECT_EQ(cli({"GET", "key99"}), std::string(1000, 'v') + "\n");
        std::string& bytes = (*dump)->files.contents.at("dump.rdb");
        bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
        EXPECT_EQ(redis_driver().parse({}, (*dump)->record, (*dump)->files, progress).error().code(),
                  ErrorCode::kCorruption);
        server_.reset();
        std::filesystem::remove(folder_->path() / "dump.rdb");
    }
}

TEST_F(RedisDump, SaysWhyItFailed) {
    start(true);
    DumpRequest wrong = request();
    wrong.address.password = Secret("wrong");
    EXPECT_EQ(take_dump(redis_driver(), wrong).error().code(), ErrorCode::kUnauthenticated);
    wrong.address.password = Secret();
    EXPECT_EQ(take_dump(redis_driver(), wrong).error().code(), ErrorCode::kUnauthenticated);
    wrong.address.host = "/nonexistent/redis.sock";
    EXPECT_EQ(take_dump(redis_driver(), wrong).error().code(), ErrorCode::kUnavailable);
    MemoryDump none;
    RestoreProgress progress;
    const auto restored = redis_driver().restore({}, none.record, none.files, {}, progress);
    EXPECT_EQ(restored.error().code(), ErrorCode::kUnsupported);
    EXPECT_THAT(restored.error().hint(), HasSubstr("dbfilename"));
}

}  // namespace
}  // namespace cofre::dump
