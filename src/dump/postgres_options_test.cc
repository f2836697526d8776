#include "dump/postgres_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::dump {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<PostgresOptions> options_of(std::vector<std::string> words) {
    DumpRequest request;
    request.options = std::move(words);
    return parse_postgres_options(request);
}

TEST(PostgresOptions, KnownOnesPassAndFiltersAreTakenOut) {
    const auto options = options_of({"--no-owner", "-xT", "log_*", "--table=a", "-n", "s", "--exclude-schema", "t",
                                     "-Ob", "--rows-per-insert=7", "--role", "reader", "--exclude-table-data=c", "-w"});
    ASSERT_TRUE(options) << options.error().message();
    EXPECT_THAT(options->words, ElementsAre("--no-owner", "--no-privileges", "--no-owner", "--blobs",
                                            "--rows-per-insert=7", "--role=reader"));
    EXPECT_THAT(options->exclude_tables, ElementsAre("log_*"));
    EXPECT_THAT(options->tables, ElementsAre("a"));
    EXPECT_THAT(options->schemas, ElementsAre("s"));
    EXPECT_THAT(options->exclude_schemas, ElementsAre("t"));
    EXPECT_THAT(options->exclude_table_data, ElementsAre("c"));
    EXPECT_EQ(options->role, "reader");
    EXPECT_TRUE(options->includes_large_objects);
    EXPECT_THAT(options->arguments(), ::testing::Contains("--exclude-table=log_*"));
}

TEST(PostgresOptions, RefusesWhatWouldChangeTargetFormatOrSnapshot) {
    for (const std::vector<std::string>& words : {std::vector<std::string>{"-f", "/etc/passwd"},
                                                  {"--file=/x"},
                                                  {"--fil=/x"},
                                                  {"-Fc"},
                                                  {"--format", "d"},
                                                  {"--form=d"},
                                                  {"-d", "host=evil"},
                                                  {"--dbname=x"},
                                                  {"--db=x"},
                                                  {"-hevil"},
                                                  {"--host=evil"},
                                                  {"-p1"},
                                                  {"-U", "x"},
                                                  {"-j4"},
                                                  {"--jobs=4"},
                                                  {"-W"},
                                                  {"--password"},
                                                  {"-Z9"},
                                                  {"--compress=9"},
                                                  {"--snapshot=x"},
                                                  {"--snap=x"},
                                                  {"-C"},
                                                  {"--create"},
                                                  {"-c"},
                                                  {"--clean"},
                                                  {"--section=data"},
                                                  {"--filter=/etc/passwd"},
                                                  {"evil"},
                                                  {"--"},
                                                  {"-"},
                                                  {""},
                                                  {"--no-owner=1"},
                                                  {"-Of/x"},
                                                  {"-T"},
                                                  {"--table"},
                                                  {"--serializable-deferrable"},
                                                  {"--help"},
                                                  {"-?"},
                                                  {"--binary-upgrade"},
                                                  {"-E", "sjis"},
                                                  {"--encoding=GB18030"},
                                                  {"--no-ow"}}) {
        const auto options = options_of(words);
        ASSERT_FALSE(options) << words.front();
        EXPECT_EQ(options.error().code(), ErrorCode::kInvalidArgument) << words.front();
    }
    EXPECT_THAT(options_of({"-Fc"}).error().hint(), HasSubstr("\"format\""));
}

TEST(PostgresOptions, AValueThatLooksLikeAnOptionIsAValue) {
    const auto options = options_of({"-T", "--file=x", "--table=-F"});
    ASSERT_TRUE(options);
    EXPECT_THAT(options->words, IsEmpty());
    EXPECT_THAT(options->arguments(), ElementsAre("--table=-F", "--exclude-table=--file=x"));
}

}  // namespace
}  // namespace cofre::dump
