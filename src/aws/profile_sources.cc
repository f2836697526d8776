#include "aws/profile_sources.h"

#include <algorithm>
#include <utility>

#include "aws/container_provider.h"
#include "aws/credential_parts.h"
#include "aws/imds_provider.h"
#include "aws/process_provider.h"
#include "aws/role_provider.h"
#include "base/number.h"

namespace cofre::aws {
namespace {

constexpr std::string_view kExportHint =
    "export temporary keys instead, for example with: aws configure export-credentials";
/// Source: STS API Reference, AssumeRole. The lower limit of 900 s is left to
/// STS, because other implementations have another.
constexpr int kMaxSessionSeconds = 43'200;

const AwsProfile& find_in(const AwsProfiles& profiles, const std::string& name) {
    static const AwsProfile empty;
    const auto found = profiles.find(name);
    return found == profiles.end() ? empty : found->second;
}

bool has(const AwsProfile& profile, const char* key) {
    return profile.count(key) != 0;
}

bool is_role(const AwsProfile& profile) {
    return has(profile, "role_arn") && !has(profile, "web_identity_token_file");
}

bool has_keys(const AwsProfile& profile) {
    return has(profile, "aws_access_key_id") || has(profile, "aws_secret_access_key");
}

/// Never a key of one file with the secret or token of the other.
Result<Credentials> keys_of(const std::string& name, const AwsProfile& profile) {
    NamedParts parts{.id_name = "aws_access_key_id",
                     .id = setting(profile, "aws_access_key_id"),
                     .secret_name = "aws_secret_access_key",
                     .secret = setting(profile, "aws_secret_access_key"),
                     .token = setting(profile, "aws_security_token")};
    if (parts.token.empty()) parts.token = setting(profile, "aws_session_token");
    if (parts.id.empty()) return Error(ErrorCode::kNotFound, "profile " + name + " has no aws_access_key_id");
    auto credentials = assemble(std::move(parts), "profile");
    if (!credentials) return std::move(credentials).error().context("profile " + name);
    return credentials;
}

Result<RoleRequest> role_of(const std::string& name, const AwsProfile& profile) {
    RoleRequest role{.role_arn = setting(profile, "role_arn"),
                     .session_name = setting(profile, "role_session_name"),
                     .external_id = setting(profile, "external_id"),
                     .duration = {}};
    const std::string duration = setting(profile, "duration_seconds");
    if (duration.empty()) return role;
    const auto seconds = parse_number<int>(duration);
    if (!seconds || *seconds < 1 || *seconds > kMaxSessionSeconds) {
        return Error(ErrorCode::kUnauthenticated,
                     "profile " + name + ": duration_seconds is not a number from 900 to 43200");
    }
    role.duration = std::chrono::seconds(*seconds);
    return role;
}

/// Turns kNotFound into an error: this source and no other was asked for.
class NamedSource final : public CredentialProvider {
public:
    NamedSource(std::string what, std::unique_ptr<CredentialProvider> inner)
        : what_(std::move(what)), inner_(std::move(inner)) {}
    std::string name() const override { return inner_->name(); }
    Result<Credentials> resolve(const CallContext& ctx) override {
        auto credentials = inner_->resolve(ctx);
        if (credentials) return credentials;
        return std::move(credentials).error().context(what_);
    }
    void invalidate(const Credentials& rejected) override { inner_->invalidate(rejected); }

private:
    const std::string what_;
    const std::unique_ptr<CredentialProvider> inner_;
};

}  // namespace

ProfileSources::ProfileSources(const AwsFiles& files, Clock& clock)
    : files_(files), merged_(merge_aws_files(files)), clock_(clock) {}

const AwsProfile& ProfileSources::merged(const std::string& name) const {
    return find_in(merged_, name);
}

Error ProfileSources::wrong(const std::string& profile, const std::string& what) const {
    return {ErrorCode::kUnauthenticated, "profile " + profile + " " + what};
}

ProfileSources::Found ProfileSources::find(const std::string& profile, EnvironmentRule rule,
                                           std::vector<SkippedProvider>& skipped) {
    top_ = profile;
    visited_ = {profile};
    if (is_role(merged(profile))) return assume_role(profile);
    skipped.push_back({"assume-role", "profile " + profile + " has no role_arn" +
                                          (has(merged(profile), "role_arn") ? " without a web identity" : "")});
    return without_role(profile, rule, skipped);
}

ProfileSources::Found ProfileSources::without_role(const std::string& name, EnvironmentRule rule,
                                                   std::vector<SkippedProvider>& skipped) {
    auto identity = web_identity(name, rule);
    if (identity || identity.error().code() != ErrorCode::kNotFound) return identity;
    skipped.push_back({"web-identity", identity.error().message()});
    COFRE_TRY(check_supported(name));

    auto keys = keys_of(name, find_in(files_.credentials, name));
    if (keys) return make_static_provider(*std::move(keys));
    if (keys.error().code() != ErrorCode::kNotFound) return std::move(keys).error();
    if (const auto command = setting(merged(name), "credential_process"); !command.empty()) {
        skipped.push_back({"profile", keys.error().message() + " in the credentials file"});
        return make_process_provider({.command = command, .profile = name}, clock_);
    }
    keys = keys_of(name, find_in(files_.config, name));
    if (keys) {
        skipped.push_back({"process", "profile " + name + " has no credential_process"});
        return make_static_provider(*std::move(keys));
    }
    skipped.push_back({"profile", keys.error().message()});
    skipped.push_back({"process", "profile " + name + " has no credential_process"});
    return std::move(keys).error();
}

Status ProfileSources::check_supported(const std::string& name) const {
    const bool has_key_id = has(find_in(files_.credentials, name), "aws_access_key_id");
    for (const char* const key : {"sso_session", "sso_start_url", "login_session"}) {
        const bool is_login = std::string_view(key) == "login_session";
        if (!has(merged(name), key) || (is_login && has_key_id)) continue;
        return Error(ErrorCode::kUnsupported,
                     "profile " + name + " uses " + key + ", which needs a person and a browser")
            .with_hint(kExportHint);
    }
    return {};
}

ProfileSources::Found ProfileSources::web_identity(const std::string& name, EnvironmentRule rule) const {
    const auto either = [&](const char* variable, const char* key) {
        std::string value = rule == EnvironmentRule::kUse ? aws_environment(variable) : "";
        return value.empty() ? setting(merged(name), key) : value;
    };
    const std::string file = either("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    COFRE_ASSIGN(auto role, role_of(name, merged(name)));
    role.role_arn = either("AWS_ROLE_ARN", "role_arn");
    role.session_name = either("AWS_ROLE_SESSION_NAME", "role_session_name");
    role.external_id.clear();  // Not a parameter of this call.
    if (file.empty()) {
        std::string reason = rule == EnvironmentRule::kUse ? "AWS_WEB_IDENTITY_TOKEN_FILE is not set"
                                                           : "web_identity_token_file is not set";
        if (rule == EnvironmentRule::kUse && !aws_environment("AWS_ROLE_ARN").empty()) {
            reason += ", so AWS_ROLE_ARN is not used (to assume it with other keys, set role_arn of the target)";
        }
        return Error(ErrorCode::kNotFound, std::move(reason));
    }
    if (role.role_arn.empty()) {
        return Error(ErrorCode::kUnauthenticated, "a web identity token file is set, but no role to assume with it")
            .with_hint("set AWS_ROLE_ARN, or role_arn of profile " + name);
    }
    COFRE_ASSIGN(auto endpoint, find_sts_endpoint(merged_, top_));
    return make_web_identity_provider(std::move(role), file, std::move(endpoint), clock_);
}

ProfileSources::Found ProfileSources::assume_role(const std::string& name) {
    COFRE_ASSIGN(auto role, role_of(name, merged(name)));
    if (has(merged(name), "mfa_serial")) {
        return Error(ErrorCode::kUnsupported,
                     "profile " + name + " has mfa_serial, and nobody is there to enter a code when it is renewed")
            .with_hint(kExportHint);
    }
    COFRE_ASSIGN(auto base, base_of(name));
    COFRE_ASSIGN(auto endpoint, find_sts_endpoint(merged_, top_));
    return make_assume_role_provider(std::move(role), std::move(base), std::move(endpoint), clock_);
}

ProfileSources::Found ProfileSources::base_of(const std::string& name) {
    const std::string profile = setting(merged(name), "source_profile");
    const std::string source = setting(merged(name), "credential_source");
    if (!profile.empty() && !source.empty()) {
        return wrong(name, "has both source_profile and credential_source").with_hint("keep one of them");
    }
    if (!source.empty()) return named_source(name, source);
    if (!profile.empty()) return source_profile(name, profile);
    return wrong(name, "has role_arn, but neither source_profile nor credential_source")
        .with_hint(
            "say who assumes the role: source_profile = NAME, or credential_source = Environment, "
            "Ec2InstanceMetadata or EcsContainer");
}

ProfileSources::Found ProfileSources::named_source(const std::string& name, const std::string& source) {
    std::unique_ptr<CredentialProvider> inner;
    if (source == "Environment") inner = make_environment_provider();
    if (source == "Ec2InstanceMetadata") inner = make_imds_provider(top_, clock_);
    if (source == "EcsContainer") inner = make_container_provider(clock_);
    if (!inner) {
        return wrong(name, "has a credential_source that does not exist")
            .with_hint("use Environment, Ec2InstanceMetadata or EcsContainer, spelled so");
    }
    return std::unique_ptr<CredentialProvider>(
        std::make_unique<NamedSource>("credential_source " + source + " of profile " + name, std::move(inner)));
}

ProfileSources::Found ProfileSources::source_profile(const std::string& name, const std::string& source) {
    if (merged_.count(source) == 0) return wrong(name, "has source_profile " + source + ", which does not exist");
    COFRE_TRY(check_circle(name, source));
    visited_.push_back(source);
    // Keys go before a role here, so that a profile may name itself.
    if (is_role(merged(source)) && !has_keys(merged(source))) return assume_role(source);
    std::vector<SkippedProvider> skipped;
    auto found = without_role(source, EnvironmentRule::kIgnore, skipped);
    if (found || found.error().code() != ErrorCode::kNotFound) return found;
    return wrong(source, "is the source_profile of " + name + ", but has no credentials");
}

Status ProfileSources::check_circle(const std::string& name, const std::string& source) const {
    if (std::find(visited_.begin(), visited_.end(), source) == visited_.end()) return {};
    if (source == name && has_keys(merged(source))) return {};
    std::string way;
    for (const auto& visited : visited_)
        way += visited + " -> ";
    return wrong(name, "makes a circle of source profiles: " + way + source);
}

}  // namespace cofre::aws
