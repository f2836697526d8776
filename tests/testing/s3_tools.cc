#include "testing/s3_tools.h"

#include <ostream>
#include <utility>

#include "base/check.h"

namespace cofre::testing {
namespace {

std::string s3cmd_config(const RgwServer& server) {
    const std::string host = server.endpoint().substr(server.endpoint().find("//") + 2);
    return "[default]\naccess_key = " + server.access_key() + "\nsecret_key = " + server.secret_key() +
           "\nhost_base = " + host + "\nhost_bucket = " + host +
           "\nuse_https = False\nsignature_v2 = False\nbucket_location = us-east-1\n";
}

std::string rclone_config(const RgwServer& server) {
    return "[rgw]\ntype = s3\nprovider = Ceph\naccess_key_id = " + server.access_key() +
           "\nsecret_access_key = " + server.secret_key() + "\nendpoint = " + server.endpoint() + "\n";
}

Status expect_success(const Result<ChildResult>& result) {
    if (!result) return result.error();
    if (result->exit_code != 0) return Error(ErrorCode::kInternal, result->describe());
    return {};
}

}  // namespace

std::string to_string(S3Tool::Kind kind) {
    switch (kind) {
        case S3Tool::Kind::kAwsCli: return "awscli";
        case S3Tool::Kind::kRclone: return "rclone";
        case S3Tool::Kind::kS3cmd: return "s3cmd";
    }
    return "unknown";
}

std::ostream& operator<<(std::ostream& stream, S3Tool::Kind kind) {
    return stream << to_string(kind);
}

S3Tool::S3Tool(Kind kind, const RgwServer& server) : kind_(kind), server_(server), home_(temporary_home()) {
    COFRE_CHECK(write_file_atomic(home_.path() / "s3cfg", s3cmd_config(server)).has_value());
    COFRE_CHECK(write_file_atomic(home_.path() / "rclone.conf", rclone_config(server)).has_value());
}

Result<ChildResult> S3Tool::run(const std::vector<std::string>& args) const {
    ChildCommand command{.environment = clean_environment(home_.path()), .working_directory = home_.path()};
    for (const auto& [name, value] : server_.environment())
        command.environment[name] = value;
    switch (kind_) {
        case Kind::kAwsCli: command.argv = {"aws", "--endpoint-url", server_.endpoint()}; break;
        case Kind::kRclone: command.argv = {"rclone", "--config", (home_.path() / "rclone.conf").string()}; break;
        case Kind::kS3cmd: command.argv = {"s3cmd", "--config", (home_.path() / "s3cfg").string()}; break;
    }
    command.argv.insert(command.argv.end(), args.begin(), args.end());
    return run_child(command, std::chrono::minutes(4));
}

Status S3Tool::upload(const std::filesystem::path& folder, const std::string& bucket, const std::string& prefix) const {
    const std::string target = "s3://" + bucket + "/" + prefix + "/";
    switch (kind_) {
        case Kind::kAwsCli:
            return expect_success(run({"s3", "cp", "--recursive", "--no-follow-symlinks", folder.string(), target}));
        case Kind::kRclone:
            return expect_success(run({"copy", "--skip-links", folder.string(), "rgw:" + bucket + "/" + prefix}));
        case Kind::kS3cmd: return expect_success(run({"sync", "--no-progress", folder.string() + "/", target}));
    }
    return {};
}

Status S3Tool::download(const std::string& bucket, const std::string& prefix,
                        const std::filesystem::path& folder) const {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return Error::from_errno(error.value(), "create " + folder.string());
    const std::string source = "s3://" + bucket + "/" + prefix + "/";
    switch (kind_) {
        case Kind::kAwsCli: return expect_success(run({"s3", "cp", "--recursive", source, folder.string()}));
        case Kind::kRclone: return expect_success(run({"copy", "rgw:" + bucket + "/" + prefix, folder.string()}));
        case Kind::kS3cmd: return expect_success(run({"sync", "--no-progress", source, folder.string() + "/"}));
    }
    return {};
}

}  // namespace cofre::testing
