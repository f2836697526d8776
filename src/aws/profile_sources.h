#pragma once

/// @file
/// Private to aws: where the keys of a profile come from, by its settings alone.
/// The order and the rules for source profiles are those of botocore 1.43.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "aws/credentials.h"
#include "aws/shared_files.h"
#include "base/clock.h"

namespace cofre::aws {

/// Whether AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME
/// go before what the profile says. They do not where a profile is named
/// explicitly, nor for source profiles.
enum class EnvironmentRule { kUse, kIgnore };

/// Reads no file and asks nobody: what it returns does, when it is resolved.
class ProfileSources {
public:
    /// `files` must outlive it, `clock` also what it returns.
    ProfileSources(const AwsFiles& files, Clock& clock);

    /// The first of: a role (role_arn), a web identity, keys of the credentials
    /// file, credential_process, keys of the config file. Those before it, or
    /// all, are added to `skipped`. kNotFound: none. kUnauthenticated: settings
    /// that miss a part, contradict each other, or go in a circle.
    /// kUnsupported: single sign-on, login sessions, devices of MFA.
    Result<std::unique_ptr<CredentialProvider>> find(const std::string& profile, EnvironmentRule rule,
                                                     std::vector<SkippedProvider>& skipped);

private:
    using Found = Result<std::unique_ptr<CredentialProvider>>;

    const AwsProfile& merged(const std::string& name) const;
    Error wrong(const std::string& profile, const std::string& what) const;

    Found assume_role(const std::string& name);
    Found base_of(const std::string& name);
    Found named_source(const std::string& name, const std::string& source);
    Found source_profile(const std::string& name, const std::string& source);
    Status check_circle(const std::string& name, const std::string& source) const;
    Found web_identity(const std::string& name, EnvironmentRule rule) const;
    Status check_supported(const std::string& name) const;
    Found without_role(const std::string& name, EnvironmentRule rule, std::vector<SkippedProvider>& skipped);

    const AwsFiles& files_;
    const AwsProfiles merged_;
    Clock& clock_;
    std::string top_;                   // Its region and endpoints hold for all of the chain.
    std::vector<std::string> visited_;  // Profiles on the way from it.
};

}  // namespace cofre::aws
