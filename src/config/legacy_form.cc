// config.yaml of requirement 3: aws, s3, backup, logging.
#include <algorithm>
#include <array>
#include <utility>

#include "config/fields.h"
#include "config/read_form.h"

namespace cofre::config {
namespace {

constexpr std::array<std::string_view, 4> kSections = {"aws", "s3", "backup", "logging"};

const SettingPath kIdPath = {"aws", "access_key_id"};
const SettingPath kSecretPath = {"aws", "secret_access_key"};
const SettingPath kTokenPath = {"aws", "session_token"};

/// Keys come in sets: a token that was left in the file does not belong to a
/// key that the environment brings.
void drop_foreign_token(TargetConfig& target, const SectionReader& reader) {
    if (reader.origin(kTokenPath).kind < reader.origin(kIdPath).kind) target.session_token = Secret();
}

void warn_about_keys(const TargetConfig& target, const SectionReader& reader, std::vector<std::string>& warnings) {
    if (target.access_key_id.empty()) return;
    if (reader.origin(kIdPath).kind != reader.origin(kSecretPath).kind) {
        warnings.emplace_back(
            "aws.access_key_id and aws.secret_access_key come from different places; do they belong together?");
    }
    // The values of the documentation's example, left as they were.
    const std::string_view secret = target.secret_access_key.reveal();
    if (target.access_key_id == "sua_access_key_aqui" || secret == "sua_secret_key_aqui") {
        warnings.emplace_back("aws.access_key_id or aws.secret_access_key is still the text of the example");
    }
}

}  // namespace

bool has_legacy_form(const YamlNode& root) {
    const bool is_cofre = root.find("targets") || root.find("jobs");
    return !is_cofre && (root.find("aws") || root.find("s3") || root.find("backup"));
}

Result<Config> read_legacy_form(const FormInput& input) {
    SectionReader& reader = input.reader;
    for (const auto& entry : input.root.entries) {
        const bool is_known = std::find(kSections.begin(), kSections.end(), entry.key) != kSections.end();
        if (!is_known && !entry.key.starts_with("x-")) {
            return reader.unknown_key(entry, {}, {kSections.begin(), kSections.end()});
        }
    }
    Config config;
    config.legacy = true;
    COFRE_TRY(read_state_dir(input, nullptr, config));
    COFRE_TRY(reader.read(nullptr, {"catalog"}, bind(catalog_fields(), config.catalog)));

    LegacyConfig legacy = legacy_defaults();
    for (const auto name : kSections) {
        COFRE_TRY(reader.read(input.root.find(name), {std::string(name)}, legacy_section(legacy, name)));
    }
    TargetConfig& target = legacy.target;
    target.bucket = legacy.bucket;
    target.prefix = legacy.prefix;
    target.url = "s3://" + legacy.bucket + "/" + legacy.prefix;
    COFRE_TRY(check_logging(legacy.logging, reader));
    COFRE_TRY(add_environment_channels(input.variables, config.notifications));
    drop_foreign_token(target, reader);
    COFRE_TRY(check_credentials(target, {kIdPath, kSecretPath, kTokenPath}, reader));
    COFRE_TRY(check_limits(target, {"s3", "limit_upload"}, {"s3", "limit_download"}, reader));
    COFRE_TRY(check_object_settings(target, {"s3"}, reader));
    drop_ignored_endpoint(input.variables, {"s3", "endpoint_url"}, reader, target);
    COFRE_TRY(check_endpoint(target, {"s3", "endpoint_url"}, reader));
    COFRE_TRY(check_compression(legacy.job, {"backup", "compression_level"}, reader));
    warn_about_keys(target, reader, config.warnings);
    warn_about_job(legacy.job, target, config.warnings);

    for (const auto name : kSections) {
        reader.append_settings({std::string(name)}, legacy_section(legacy, name), config.settings);
    }
    legacy.job.to = target.name;
    config.logging = std::move(legacy.logging);
    config.targets.push_back(std::move(legacy.target));
    config.jobs.push_back(std::move(legacy.job));
    return config;
}

}  // namespace cofre::config
