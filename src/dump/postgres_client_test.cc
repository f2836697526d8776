#include "dump/postgres_client.h"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"

namespace cofre::dump {
namespace {

using ::testing::HasSubstr;

class PostgresClientChoice : public ::testing::Test {
protected:
    void install(const std::string& folder, const std::string& version) {
        const auto bin = root_.path() / folder / "bin";
        std::filesystem::create_directories(bin);
        std::ofstream(bin / "pg_dump") << "#!/bin/sh\necho 'pg_dump (PostgreSQL) " << version << "'\n";
        ::chmod((bin / "pg_dump").c_str(), 0755);
    }
    Result<PostgresClient> choose(int major) const {
        return find_postgres_client({}, {.server_major = major, .roots = {root_.path()}});
    }
    TempDir root_ = *TempDir::create("cofre-roots-");
};

TEST_F(PostgresClientChoice, TakesTheServersOwnMajorOrTheNextNewer) {
    install("13", "13.20");
    install("15", "15.18 (Debian 15.18-0+deb12u1)");
    install("16", "16.9");
    install("17", "17.2");
    const auto same = choose(15);
    ASSERT_TRUE(same) << same.error().message();
    EXPECT_EQ(same->version.text, "15.18");
    EXPECT_FALSE(same->is_newer);
    EXPECT_EQ(same->program("psql"), (root_.path() / "15" / "bin" / "psql").string());
    const auto newer = choose(14);
    ASSERT_TRUE(newer);
    EXPECT_EQ(newer->version.major, 15);
    EXPECT_TRUE(newer->is_newer);
    EXPECT_EQ(choose(0)->version.major, 17);
}

TEST_F(PostgresClientChoice, NeverTakesAnOlderOneAndNamesThePackage) {
    const std::filesystem::path folder = root_.path() / "13" / "bin";
    install("13", "13.20");
    const auto old = find_postgres_client({}, {.server_major = 99, .tools = folder});
    ASSERT_FALSE(old);
    EXPECT_EQ(old.error().code(), ErrorCode::kUnsupported);
    EXPECT_THAT(old.error().message(), HasSubstr("13.20"));
    EXPECT_THAT(old.error().hint(), HasSubstr("postgresql-client-99"));
    const auto none = find_postgres_client({}, {.server_major = 15, .tools = root_.path()});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), ErrorCode::kNotFound);
    EXPECT_THAT(none.error().hint(), HasSubstr("postgresql-client-15"));
}

TEST_F(PostgresClientChoice, RefusesAProgramThatSaysNoVersion) {
    install("15", "devel");
    const auto odd = choose(15);
    ASSERT_FALSE(odd);
    EXPECT_EQ(odd.error().code(), ErrorCode::kUnsupported);
}

TEST(PostgresVersion, IsReadFromWhatProgramsSay) {
    EXPECT_EQ(parse_postgres_version("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n")->text, "15.18");
    EXPECT_EQ(parse_postgres_version("psql (PostgreSQL) 18beta1")->major, 18);
    EXPECT_EQ(parse_postgres_version("9.6.24")->major, 9);
    EXPECT_FALSE(parse_postgres_version("lost+found"));
    EXPECT_FALSE(parse_postgres_version(""));
}

TEST(PostgresVersion, TellsWhoKnowsRestrict) {
    for (const char* text : {"13.22", "14.19", "15.14", "15.18", "16.10", "17.6", "18.0", "19"})
        EXPECT_TRUE(knows_restrict(*parse_postgres_version(text))) << text;
    for (const char* text : {"9.6", "12.22", "13.21", "14.18", "15.13", "16.9", "17.5"})
        EXPECT_FALSE(knows_restrict(*parse_postgres_version(text))) << text;
}

}  // namespace
}  // namespace cofre::dump
