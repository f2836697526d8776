#pragma once

/// @file
/// A real S3 server for tests: one throwaway Ceph RADOS Gateway on loopback.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace cofre::testing {

/// Started by tools/rgw-up.sh on free ports in a temporary folder, in about a
/// second. It ends with the object, and also when this process is killed: a
/// watcher reads a pipe whose other end only we hold.
class RgwServer {
public:
    static Result<std::unique_ptr<RgwServer>> start();

    /// Uses a server that somebody else started in `folder`, and stops.
    static Result<std::unique_ptr<RgwServer>> attach(const std::filesystem::path& folder);
    RgwServer(const RgwServer&) = delete;
    RgwServer& operator=(const RgwServer&) = delete;
    ~RgwServer();

    const std::string& endpoint() const { return settings_.at("AWS_ENDPOINT_URL_S3"); }
    const std::string& access_key() const { return settings_.at("AWS_ACCESS_KEY_ID"); }
    const std::string& secret_key() const { return settings_.at("AWS_SECRET_ACCESS_KEY"); }

    /// Endpoint, region and keys under the names that the AWS tools read.
    const std::map<std::string, std::string>& environment() const { return settings_; }

    /// A new, empty bucket with a name nobody has had. Created with curl.
    Result<std::string> create_bucket();

    /// Keys in a bucket, at most 1 000, as the server lists them to curl.
    Result<std::vector<std::string>> keys(const std::string& bucket) const;

    /// Ids of multipart uploads that are neither completed nor aborted.
    Result<std::vector<std::string>> pending_uploads(const std::string& bucket) const;

    /// Ids of the daemons: monitor, OSD, gateway.
    std::map<std::string, std::string> process_ids() const;

private:
    RgwServer() = default;
    Status start_watcher();
    Result<std::vector<std::string>> texts_of(const std::string& path, const std::string& element) const;

    std::filesystem::path folder_;
    UniqueFd lifeline_;  ///< Closing it is what makes the watcher stop the server.
    int watcher_ = 0;    ///< Process id; 0 if the server is not ours to stop.
    std::map<std::string, std::string> settings_;
    int buckets_ = 0;
};

/// The one server of this test binary: the one in the folder COFRE_TEST_RGW
/// names (ctest sets it, so that all tests share one), else a new one, started
/// by the first call. Ends the process with a message if it cannot be had:
/// without it no test means anything.
RgwServer& shared_rgw();

/// create_bucket() on the shared server; fails the same way.
std::string fresh_bucket();

/// A bucket for tests that keep to keys of their own: creating one takes the
/// server half a second.
const std::string& common_bucket();

}  // namespace cofre::testing
