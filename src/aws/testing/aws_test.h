#pragma once

/// @file
/// A clean environment for tests of who signs: no variable of the user's, a
/// folder for the shared files, no metadata service.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "aws/credentials.h"
#include "base/file.h"
#include "base/testing/fake_clock.h"

namespace cofre::aws::testing {

// The environment is changed before a test starts threads, or they do not read it.
// NOLINTBEGIN(concurrency-mt-unsafe)
class AwsTest : public ::testing::Test {
protected:
    void SetUp() override {
        auto folder = TempDir::create("aws-test");
        ASSERT_TRUE(folder);
        folder_ = std::move(*folder);
        forget_aws_variables();
        set("AWS_CONFIG_FILE", path("config"));
        set("AWS_SHARED_CREDENTIALS_FILE", path("credentials"));
        set("AWS_EC2_METADATA_DISABLED", "true");
    }
    void TearDown() override {
        forget_aws_variables();
        for (const auto& [name, value] : saved_)
            ::setenv(name.c_str(), value.c_str(), 1);
    }

    static void set(const std::string& name, const std::string& value) { ::setenv(name.c_str(), value.c_str(), 1); }
    static void unset(const std::string& name) { ::unsetenv(name.c_str()); }

    std::string path(const std::string& name) const { return (folder_->path() / name).string(); }

    /// Replaces the file by rename, as `aws configure` does not but tools that
    /// renew tokens do: the inode changes even when size and time do not.
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path(name + ".new")) << text;
        std::filesystem::rename(path(name + ".new"), path(name));
    }

    static Credentials keys(std::string id, std::string secret, std::string token = {}) {
        Credentials credentials;
        credentials.access_key_id = std::move(id);
        credentials.secret_access_key = Secret(std::move(secret));
        credentials.session_token = Secret(std::move(token));
        return credentials;
    }

    CallContext ctx_;
    cofre::testing::FakeClock clock_;
    std::optional<TempDir> folder_;

private:
    void forget_aws_variables() {
        std::vector<std::pair<std::string, std::string>> found;
        for (char** entry = environ; *entry != nullptr; ++entry) {
            const std::string text = *entry;
            if (text.starts_with("AWS_"))
                found.emplace_back(text.substr(0, text.find('=')), text.substr(text.find('=') + 1));
        }
        for (const auto& [name, value] : found)
            ::unsetenv(name.c_str());
        if (saved_.empty()) saved_ = std::move(found);
    }

    std::vector<std::pair<std::string, std::string>> saved_;
};
// NOLINTEND(concurrency-mt-unsafe)

}  // namespace cofre::aws::testing
