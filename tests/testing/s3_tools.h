#pragma once

/// @file
/// S3 clients that we did not write, as judges: what they store cofre must be
/// able to read, and what cofre stores they must.

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "testing/child_process.h"
#include "testing/rgw_server.h"

namespace cofre::testing {

/// Debian's awscli, rclone or s3cmd against one server, with a home of its own.
class S3Tool {
public:
    enum class Kind { kAwsCli, kRclone, kS3cmd };

    S3Tool(Kind kind, const RgwServer& server);

    /// Copies all regular files below `folder` to keys below "`prefix`/".
    Status upload(const std::filesystem::path& folder, const std::string& bucket, const std::string& prefix) const;

    /// Copies all objects below "`prefix`/" into `folder`, which it creates.
    Status download(const std::string& bucket, const std::string& prefix, const std::filesystem::path& folder) const;

    /// Runs the tool itself with our settings; `args` follow its own options.
    Result<ChildResult> run(const std::vector<std::string>& args) const;

private:
    Kind kind_;
    const RgwServer& server_;
    TempDir home_;
};

std::string to_string(S3Tool::Kind kind);
std::ostream& operator<<(std::ostream& stream, S3Tool::Kind kind);

}  // namespace cofre::testing
