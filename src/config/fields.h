#pragma once

/// @file
/// The one table of keys. Private; config/schema.h shows it to others. A new
/// key is a row here and a member of a struct in config.h, nothing else.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/field.h"

namespace cofre::config {

/// What the aws/s3/backup form says, one struct for each of its sections.
struct LegacyConfig {
    LoggingConfig logging;
    TargetConfig target;  ///< Sections aws and s3.
    JobConfig job;        ///< Section backup.
    std::string bucket;
    std::string prefix;
};

/// Names, and sizes that are whole MiB, the unit of this form.
LegacyConfig legacy_defaults();

const std::vector<Field<Config>>& root_fields();
const std::vector<Field<LoggingConfig>>& logging_fields();
const std::vector<Field<CatalogConfig>>& catalog_fields();
const std::vector<Field<SchedulerConfig>>& scheduler_fields();
const std::vector<Field<ServerConfig>>& server_fields();
const std::vector<Field<NotificationsConfig>>& notification_fields();
const std::vector<Field<ChannelConfig>>& channel_fields();
const std::vector<Field<TargetConfig>>& target_fields();
const std::vector<Field<JobConfig>>& job_fields();
const std::vector<Field<DatabaseConfig>>& database_fields();

const std::vector<Field<TargetConfig>>& legacy_aws_fields();
const std::vector<Field<LegacyConfig>>& legacy_place_fields();  ///< In section s3, before the next.
const std::vector<Field<TargetConfig>>& legacy_s3_fields();
const std::vector<Field<JobConfig>>& legacy_backup_fields();

/// A section and the rows that are allowed in it.
struct Section {
    std::vector<std::string> path;  ///< {"targets", "*"}; empty: the top level.
    std::string_view description;
    std::vector<BoundField> fields;
};

/// Every section of a form, bound to objects that hold the defaults. The result
/// is valid as long as the process.
const std::vector<Section>& sections(Form form);

/// A section of one loaded configuration, bound to its objects.
std::vector<BoundField> legacy_section(LegacyConfig& config, std::string_view name);

}  // namespace cofre::config
