#include "daemon/target_factory.h"

#include <utility>

#include "aws/role_provider.h"
#include "aws/shared_config.h"
#include "objects/object_naming.h"
#include "repo/object_bytes.h"
#include "repo/repo_layout.h"
#include "store/local_store.h"

namespace cofre::daemon {
namespace {

constexpr std::string_view kDefaultRegion = "us-east-1";

/// One for the whole process, as large as the largest that is asked for.
std::shared_ptr<Semaphore> shared_part_memory(std::uint64_t bytes) {
    static const auto memory = std::make_shared<Semaphore>(0);
    if (bytes > memory->capacity()) memory->set_capacity(bytes);
    return memory;
}

Result<std::shared_ptr<net::RateLimiter>> limiter_for(const std::string& text) {
    if (text.empty()) return std::shared_ptr<net::RateLimiter>();
    COFRE_ASSIGN(auto table, net::RateTable::parse(text));
    return std::make_shared<net::RateLimiter>(std::move(table));
}

/// The profile's region and endpoint, as the AWS CLI would use them. A broken
/// file matters only if its keys are needed, which the chain then says.
void complete_from_profile(const config::TargetConfig& target, s3::S3Options& options) {
    const auto profiles = aws::load_aws_profiles();
    if (!profiles) return;
    const auto found = profiles->find(target.profile.value_or(aws::default_profile_name()));
    if (found == profiles->end()) return;
    if (options.region.empty()) options.region = aws::setting(found->second, "region");
    if (options.endpoint.empty()) options.endpoint = aws::setting(found->second, "endpoint_url");
    if (!options.ca_bundle && !aws::setting(found->second, "ca_bundle").empty()) {
        options.ca_bundle = aws::setting(found->second, "ca_bundle");
    }
    if (!options.addressing && aws::setting(found->second, "s3.addressing_style") == "path") {
        options.addressing = s3::AddressingStyle::kPath;
    }
}

/// The store names its bucket; people think of the prefix as part of the place.
std::string describe(const config::TargetConfig& target, const s3::S3Store& store) {
    const std::string bucket = "s3://" + target.bucket;
    std::string text = store.describe();
    if (text.starts_with(bucket)) text.insert(bucket.size(), "/" + target.prefix);
    return text;
}

Result<OpenTarget> open_s3(const config::TargetConfig& target,
                           const std::optional<std::filesystem::path>& state_folder) {
    COFRE_ASSIGN(auto options, s3_options_for(target));
    if (state_folder) options.ledger_folder = *state_folder / "uploads";
    auto credentials = credentials_for(target);
    if (!credentials) return std::move(credentials).error().context("target " + target.url);
    COFRE_ASSIGN(auto store, s3::S3Store::create(std::move(options), *std::move(credentials)));
    OpenTarget open;
    open.s3 = store.get();
    open.prefix = target.prefix;
    open.description = describe(target, *store);
    open.store = std::move(store);
    return open;
}

Result<OpenTarget> open_folder(const config::TargetConfig& target, Absent absent) {
    const auto missing =
        absent == Absent::kCreate ? store::LocalStore::Missing::kCreate : store::LocalStore::Missing::kFail;
    auto store = store::LocalStore::open(target.folder, missing);
    if (!store) return std::move(store).error().context("target " + target.url);
    OpenTarget open;
    open.description = (*store)->describe();
    open.store = *std::move(store);
    return open;
}

}  // namespace

Result<std::unique_ptr<aws::CredentialProvider>> credentials_for(const config::TargetConfig& target) {
    std::unique_ptr<aws::CredentialProvider> base;
    if (target.access_key_id.empty()) {
        base = aws::make_default_chain(target.profile);
    } else {
        base = aws::make_static_provider({.access_key_id = target.access_key_id,
                                          .secret_access_key = target.secret_access_key,
                                          .session_token = target.session_token,
                                          .source = "configuration"});
    }
    if (target.role_arn.empty()) return base;
    aws::RoleRequest role{
        .role_arn = target.role_arn, .session_name = {}, .external_id = target.external_id, .duration = {}};
    if (target.session_duration.count() > 0) {
        role.duration = std::chrono::duration_cast<std::chrono::seconds>(target.session_duration);
    }
    COFRE_ASSIGN(auto endpoint, sts_endpoint_for(target));
    return aws::make_assume_role_provider(std::move(role), std::move(base), std::move(endpoint), system_clock());
}

Result<aws::StsEndpoint> sts_endpoint_for(const config::TargetConfig& target) {
    aws::AwsProfiles profiles;
    // A broken file matters only if its keys are needed, which the chain then says.
    if (auto loaded = aws::load_aws_profiles()) profiles = *std::move(loaded);
    const std::string profile = target.profile.value_or(aws::default_profile_name());
    if (!target.region.empty()) profiles[profile].try_emplace("region", target.region);
    COFRE_ASSIGN(auto endpoint, aws::find_sts_endpoint(profiles, profile));
    const bool is_amazon = s3::guess_provider(target.endpoint).name == "aws";
    if (!endpoint.is_configured && !is_amazon) endpoint.url = target.endpoint;
    if (target.ca_bundle) endpoint.ca_bundle = target.ca_bundle;
    return endpoint;
}

Result<s3::S3Options> s3_options_for(const config::TargetConfig& target) {
    s3::S3Options options;
    options.bucket = target.bucket;
    options.region = target.region;
    options.endpoint = target.endpoint;
    options.allow_http = target.allow_http;
    options.addressing = target.addressing;
    options.provider = target.provider;
    options.ca_bundle = target.ca_bundle;
    options.storage_class = target.storage_class;
    options.multipart_threshold = target.multipart_threshold;
    options.part_size = target.part_size;
    options.part_concurrency = target.part_concurrency;
    options.max_connections = target.max_connections;
    options.part_memory = shared_part_memory(target.part_memory);
    COFRE_ASSIGN(options.upload_limit, limiter_for(target.limit_upload));
    COFRE_ASSIGN(options.download_limit, limiter_for(target.limit_download));
    options.max_attempts = target.max_attempts;
    options.connect_timeout = target.connect_timeout;
    options.idle_timeout = target.idle_timeout;
    complete_from_profile(target, options);
    if (options.region.empty()) options.region = kDefaultRegion;
    return options;
}

Result<OpenTarget> open_store(const config::TargetConfig& target, Absent absent,
                              const std::optional<std::filesystem::path>& state_folder) {
    switch (target.kind) {
        case config::TargetKind::kS3: return open_s3(target, state_folder);
        case config::TargetKind::kFolder: return open_folder(target, absent);
    }
    return Error(ErrorCode::kInternal, "target of an unknown kind");
}

Result<OpenTarget> open_target(const config::TargetConfig& target, Absent absent,
                               const std::optional<std::filesystem::path>& state_folder) {
    if (target.layout == config::Layout::kRepository) {
        return Error(ErrorCode::kUnsupported,
                     "target " + target.url + " is a repository; this works on plain objects and their manifests only")
            .with_hint("if it does hold plain objects, say so with --layout objects or `layout: objects`");
    }
    return open_store(target, absent, state_folder);
}

Result<config::Layout> find_layout(const CallContext& ctx, const OpenTarget& open, config::Layout configured) {
    if (configured != config::Layout::kAuto) return configured;
    COFRE_ASSIGN(const auto layout, repo::Layout::create(open.prefix));
    const auto config = open.store->head(ctx, layout.config_key());
    if (config) {
        COFRE_ASSIGN(const auto keys, repo::list_files(ctx, *open.store, layout, repo::FileKind::kKey));
        if (!keys.empty()) return config::Layout::kRepository;
    } else if (config.error().code() != ErrorCode::kNotFound) {
        return Error(config.error()).context("look for a repository");
    }
    COFRE_ASSIGN(const auto manifests, objects::list_snapshots(*open.store, ctx, open.prefix));
    return manifests.empty() ? config::Layout::kAuto : config::Layout::kObjects;
}

}  // namespace cofre::daemon
