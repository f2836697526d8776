#pragma once

/// @file
/// The two forms of the file, each from its YAML to a Config. Private.

#include <string>

#include "base/result.h"
#include "config/config.h"
#include "config/load.h"
#include "config/section_reader.h"
#include "config/variables.h"
#include "config/yaml_tree.h"

namespace cofre::config {

/// What reading a form needs besides the tree. All must outlive the call.
struct FormInput {
    const YamlNode& root;
    SectionReader& reader;
    const Variables& variables;
    PathBase base;
    std::filesystem::path default_state_dir;
};

bool has_legacy_form(const YamlNode& root);

/// Both fill everything but `path` and the warnings about file modes.
Result<Config> read_cofre_form(const FormInput& input);
Result<Config> read_legacy_form(const FormInput& input);

/// Sets Config::state_dir from COFRE_STATE_DIR, `state_dir` or the default.
Status read_state_dir(const FormInput& input, const YamlNode* top_level, Config& config);

/// A target that only a URL describes, with what the environment adds.
Result<TargetConfig> read_bare_target(SectionReader& reader, const Variables& variables, const PathBase& base,
                                      std::string_view url);

/// What must hold between the keys of a target or job, wherever they came from.
/// `paths` names them for messages.
struct CredentialPaths {
    SettingPath access_key_id;
    SettingPath secret_access_key;
    SettingPath session_token;
};
Status check_credentials(const TargetConfig& target, const CredentialPaths& paths, const SectionReader& reader);
/// What belongs to a role needs one.
Status check_role(const TargetConfig& target, const SettingPath& path, const SectionReader& reader);

/// What new objects are born with fits together. `path`: of the section.
Status check_object_settings(const TargetConfig& target, const SettingPath& path, const SectionReader& reader);

/// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: takes back what other variables said of
/// the endpoint, as the AWS CLI does. `path`: of the endpoint's key.
void drop_ignored_endpoint(const Variables& variables, const SettingPath& path, SectionReader& reader,
                           TargetConfig& target);

/// Words and times are known ones.
Status check_logging(const LoggingConfig& logging, const SectionReader& reader);
Status check_notifications(const NotificationsConfig& notifications, const SectionReader& reader);
/// Also that it has what its type needs. `path`: of the channel.
Status check_notification_channel(const ChannelConfig& channel, const SettingPath& path, const SectionReader& reader);

/// Channels that variables of the programs which cofre replaces describe: "slack",
/// "discord", "teams", "webhook", "email", "stdout". Also what they say of SEQ.
Status add_environment_channels(const Variables& variables, NotificationsConfig& notifications);
Status read_environment_logging(const Variables& variables, LoggingConfig& logging);

Status check_endpoint(const TargetConfig& target, const SettingPath& path, const SectionReader& reader);
Status check_limits(const TargetConfig& target, const SettingPath& upload, const SettingPath& download,
                    const SectionReader& reader);
Status check_compression(const JobConfig& job, const SettingPath& level_path, const SectionReader& reader);
void warn_about_job(const JobConfig& job, const TargetConfig& target, std::vector<std::string>& warnings);

}  // namespace cofre::config
