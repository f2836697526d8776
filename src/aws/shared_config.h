#pragma once

/// @file
/// The shared files of the AWS CLI: ~/.aws/config and ~/.aws/credentials.
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials
/// files", checked against the behaviour of the AWS CLI.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cofre::aws {

/// Keys in lower case. Nested settings ("s3 =" and indented lines) appear as
/// "s3.addressing_style".
using AwsProfile = std::map<std::string, std::string>;
using AwsProfiles = std::map<std::string, AwsProfile>;

enum class AwsFileKind { kConfig, kCredentials };

/// Parses one file. In kConfig a profile is `[profile NAME]` or `[default]`; in
/// kCredentials `[NAME]`. `[sso-session NAME]` and `[services NAME]` come back
/// under those words; other sections of kConfig are left out, as the AWS CLI
/// does not take them for profiles. kInvalidArgument with the line number: a
/// line that is neither a section, a setting, a continuation, a comment nor
/// blank, and, as in the AWS CLI, a section or setting that appears twice.
Result<AwsProfiles> parse_aws_file(std::string_view text, AwsFileKind kind);

/// Both files, of AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE or under
/// $HOME/.aws; a setting of the credentials file wins. Missing files are empty.
Result<AwsProfiles> load_aws_profiles();

/// The value of a setting, empty if it is not there.
std::string setting(const AwsProfile& profile, const std::string& key);

/// AWS_PROFILE, AWS_DEFAULT_PROFILE or "default".
std::string default_profile_name();

}  // namespace cofre::aws
