#pragma once

/// @file
/// What tests of the main job share: a source, a target, cofre, and the server.

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json_fwd.hpp>

#include "base/file.h"
#include "testing/cli_runner.h"
#include "testing/rgw_server.h"
#include "testing/tree_builder.h"

namespace cofre::testing {

enum class Place { kFolder, kS3 };
std::string to_string(Place place);
std::ostream& operator<<(std::ostream& stream, Place place);

/// A fresh folder for each test, with `source` and `restored` in it; cofre with
/// the keys of the shared server; a fresh bucket at the first use of s3_target().
class JobTest : public ::testing::Test {
protected:
    void SetUp() override;

    std::filesystem::path folder() const { return folder_->path(); }
    std::filesystem::path source() const { return folder() / "source"; }
    std::filesystem::path restored() const { return folder() / "restored"; }

    const std::string& bucket();
    /// "s3://BUCKET/some/prefix": keys begin with kPrefix.
    std::string s3_target() { return "s3://" + bucket() + "/some/prefix"; }
    static constexpr const char* kPrefix = "some/prefix/";
    std::filesystem::path target_folder() const { return folder() / "target"; }
    std::string target(Place place);

    /// `cofre backup SOURCE --to TARGET --layout objects --json MORE...`
    std::vector<std::string> backup_command(const std::string& to, const std::vector<std::string>& more = {}) const;
    ChildResult backup(const std::string& to, const std::vector<std::string>& more = {});
    ChildResult restore(const std::string& from, const std::vector<std::string>& more = {});
    ChildResult verify(const std::string& from, const std::vector<std::string>& more = {});

    /// The last JSON document on stdout: the summary.
    static nlohmann::json summary_of(const ChildResult& result);

    /// Fails the test unless the bucket holds no manifest and no pending upload.
    void expect_no_backup_in_bucket();

    CliRunner cofre_;
    std::optional<TempDir> folder_;

private:
    std::string bucket_;
};

/// The exit status, with all output in the message.
#define ASSERT_STATUS(code, result) ASSERT_EQ((result).exit_code, (code)) << (result).describe()
#define EXPECT_STATUS(code, result) EXPECT_EQ((result).exit_code, (code)) << (result).describe()

}  // namespace cofre::testing
