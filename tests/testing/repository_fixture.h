#pragma once

/// @file
/// What tests of repositories through the binary share: a place, a password,
/// restic as the judge, and manifests of what was backed up.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/cli_runner.h"
#include "testing/tree_builder.h"

namespace cofre::testing {

/// SHA-256 of each regular file below a folder, by its relative path.
using Manifest = std::map<std::string, std::string>;
Manifest manifest_of(const std::filesystem::path& folder);

/// The first few lines of what differs; empty if nothing does.
std::string describe_differences(const Manifest& expected, const Manifest& actual);

/// Makes a repository whose key costs nothing to open, so that a test can open
/// it hundreds of times.
Status init_cheaply(const std::filesystem::path& place, const std::string& password);

/// Copies a folder over another, which is emptied before.
void copy_folder(const std::filesystem::path& from, const std::filesystem::path& to);

/// A local repository below the runner's home, with its cache beside it.
class RepositoryTest : public ::testing::Test {
protected:
    static constexpr const char* kPassword = "a password";

    /// Also for further runners.
    static void configure(CliRunner& runner, const std::string& place);

    void SetUp() override { configure(cofre_, repo().native()); }

    std::filesystem::path home() const { return cofre_.home(); }
    std::filesystem::path repo() const { return home() / "repo"; }
    std::filesystem::path source() const { return home() / "source"; }
    std::filesystem::path restored() const { return home() / "restored"; }

    /// `restic --no-cache -r PLACE ARGS`, for at most ten minutes.
    ChildResult restic(std::vector<std::string> args, const std::string& place = {}) const;
    void restic_ok(std::vector<std::string> args, const std::string& place = {}) const;
    ChildResult expect(int status, const std::vector<std::string>& args) const;

    /// Ids of all snapshots, whoever listed them last.
    std::vector<std::string> snapshot_ids() const;
    /// `cofre check --read-data`, which must find nothing.
    void expect_clean() const { expect(0, {"check", "--read-data"}); }
    /// A snapshot of `source()`, restored by cofre or restic, is what it was.
    void expect_restores(const std::string& id, const Manifest& expected, bool with_restic,
                         const std::string& place = {});

    CliRunner cofre_;
};

}  // namespace cofre::testing
