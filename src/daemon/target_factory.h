#pragma once

/// @file
/// From a target's configuration to a store that can be used.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "aws/sts_endpoint.h"
#include "base/call_context.h"
#include "base/result.h"
#include "config/config.h"
#include "s3/s3_store.h"
#include "store/object_store.h"

namespace cofre::daemon {

/// A target, opened.
struct OpenTarget {
    std::unique_ptr<store::ObjectStore> store;
    s3::S3Store* s3 = nullptr;  ///< The same store if it is S3 (owned by `store`), for what only S3 can do.
    std::string prefix;         ///< What every key of the target begins with.
    std::string description;    ///< For people: "s3://bucket/prefix at https://host".
};

/// What a folder target does when its folder is absent.
enum class Absent : std::uint8_t { kFail, kCreate };

/// Names the concrete stores, the only place that does. Does not talk to S3.
/// kNotFound: a folder target is absent. kInvalidArgument: options that
/// contradict each other. `state_folder`: for those who write, where unfinished
/// uploads are remembered.
Result<OpenTarget> open_store(const config::TargetConfig& target, Absent absent,
                              const std::optional<std::filesystem::path>& state_folder = std::nullopt);

/// The same for what works on plain objects only. kUnsupported: the target is
/// configured as a repository.
Result<OpenTarget> open_target(const config::TargetConfig& target, Absent absent,
                               const std::optional<std::filesystem::path>& state_folder = std::nullopt);

/// The layout of what is there, unless `configured` says it: a repository has a
/// config and keys, plain objects have a manifest; kAuto: neither is there.
/// Errors of the store: what cannot be looked at is not taken for absent.
Result<config::Layout> find_layout(const CallContext& ctx, const OpenTarget& open, config::Layout configured);

/// Who signs for a target: the keys of the configuration if it has any, else the
/// default chain with the target's profile; if the target names a role, that
/// role, assumed with them. kInvalidArgument: the settings of STS are wrong.
Result<std::unique_ptr<aws::CredentialProvider>> credentials_for(const config::TargetConfig& target);

/// Where STS is asked on behalf of a target: as the AWS CLI would, but at the
/// target's own endpoint if that is not Amazon's and no setting names another,
/// because Ceph and MinIO serve both in one place.
Result<aws::StsEndpoint> sts_endpoint_for(const config::TargetConfig& target);

/// The store's options, with what the profile of the shared AWS files adds:
/// region and endpoint where neither configuration nor environment names them.
Result<s3::S3Options> s3_options_for(const config::TargetConfig& target);

}  // namespace cofre::daemon
