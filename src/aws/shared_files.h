#pragma once

/// @file
/// The two shared files before they are merged: private to aws_config.cc and
/// credentials.cc, which must never pair a key of one with a secret of the other.

#include <filesystem>
#include <string>
#include <string_view>

#include "aws/shared_config.h"
#include "base/result.h"

namespace cofre::aws {

struct AwsFilePaths {
    std::filesystem::path config;
    std::filesystem::path credentials;
};

/// AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, with a leading '~' and
/// $NAME or ${NAME} in them expanded, or the files under $HOME/.aws.
AwsFilePaths aws_file_paths();

struct AwsFiles {
    AwsProfiles config;
    AwsProfiles credentials;
};

/// A file that does not exist is empty. kPermissionDenied: it cannot be read.
/// kInvalidArgument: it cannot be parsed; the message names file and line.
Result<AwsFiles> read_aws_files(const AwsFilePaths& paths);

/// Setting by setting, those of the credentials file win.
AwsProfiles merge_aws_files(const AwsFiles& files);

/// An environment variable; empty if it is unset. Set but empty counts as unset.
std::string aws_environment(const char* name);

/// ASCII letters in lower case; every other byte as it is.
std::string lower(std::string_view text);

/// "true" in any case, as botocore reads such settings.
bool is_true(std::string_view text);

/// Without white space at both ends, Unicode's included: a value pasted from a
/// web page ends in U+00A0 more often than one would think.
std::string_view strip_white_space(std::string_view text);

}  // namespace cofre::aws
