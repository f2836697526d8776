#pragma once

/// @file
/// The command line as plain data, one struct for each command. Names and
/// meanings: docs/cli.md. Filled by command_line.cc, the only place that knows
/// the parser.

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/reading_options.h"
#include "cli/repository_options.h"

namespace cofre::cli {

struct GlobalOptions {
    std::optional<std::filesystem::path> config;
    bool json = false;
    bool quiet = false;
    int verbosity = 0;
    std::string log_level;  ///< Of the console; empty: by verbosity.
    bool no_color = false;
};

struct RunOptions {
    std::vector<std::string> jobs;
    bool dry_run = false;
    std::optional<std::filesystem::path> output_json;
    bool create_config = false;
    bool status = false;
    std::string claim;  ///< Why it runs, as the catalog writes it; it runs only if it can be claimed. Empty: by hand.
    std::string due;    ///< RFC 3339; the due time that it is.
};

/// How databases among the sources are dumped; empty: DatabaseConfig's defaults.
struct DumpToolOptions {
    std::optional<std::filesystem::path> password_file;
    std::string format;
    int jobs = 0;
    std::string options;
    std::string object_name;
    std::vector<std::string> databases;
    std::vector<std::string> tables, exclude_tables;
    std::vector<std::string> schemas, exclude_schemas;
    std::optional<std::filesystem::path> tools;
    bool no_globals = false;
    bool no_counts = false;
};

struct BackupOptions {
    DumpToolOptions dump;
    std::vector<std::string> sources;  ///< With stdin_from_command: its argv.
    RepoAccessOptions to;
    std::string name = "adhoc";
    std::vector<std::string> include;
    std::vector<std::string> exclude;
    std::vector<std::string> iexclude;
    std::vector<std::filesystem::path> exclude_files;
    std::vector<std::filesystem::path> iexclude_files;
    std::string exclude_larger_than;
    bool one_file_system = false;
    bool force = false;
    bool dry_run = false;
    std::optional<std::filesystem::path> output_json;

    // Of plain objects.
    int compression_level = 0;
    bool delete_after_upload = false;
    std::string verify = "auto";
    int concurrency = 0;
    bool share_prefix = false;

    // Of a repository. (`to.compression` is of both.)
    bool exclude_caches = false;
    std::vector<std::string> exclude_if_present;
    std::vector<std::string> files_from;
    std::vector<std::string> files_from_verbatim;
    std::vector<std::string> files_from_raw;
    bool use_stdin = false;
    bool stdin_from_command = false;
    std::string stdin_filename = "stdin";
    std::vector<std::string> tags;
    std::string host;
    std::string time;
    std::string parent;
    bool with_atime = false;
    bool ignore_inode = false;
    bool ignore_ctime = false;
    bool no_scan = false;
    int read_concurrency = 2;
};

struct VerifyOptions {
    std::string job;
    std::vector<std::string> snapshots;  ///< None: the newest.
    SnapshotFilterOptions filter;        ///< Of a repository: for the newest.
    RepoAccessOptions from;
    std::string level;  ///< Empty: read for plain objects, list for a repository.
    bool read_data = false;
    int concurrency = 0;
    std::optional<std::filesystem::path> temp_folder;  ///< For what a drill restores.
};

/// `proof show`
struct ProofShowOptions {
    std::string job;
    TargetOptions from;
    bool all = false;  ///< Not only the newest of each job and level.
};

struct StatusOptions {
    std::vector<std::string> jobs;
    bool offline = false;
};

struct ServeOptions {
    std::vector<std::string> listen;  ///< Instead of the configuration's.
};
struct JobsOptions {};
/// `trigger`, `pause`, `resume`
struct JobControlOptions {
    enum class Action : std::uint8_t { kTrigger, kPause, kResume };
    std::string job;
    Action action = Action::kTrigger;
};

struct HistoryOptions {
    std::string job;
    std::vector<std::string> states;
    std::string since;
    std::string after;  ///< Id of the last run of the page before.
    int limit = 50;
    std::string catalog;
};
/// `catalog info`
struct CatalogInfoOptions {
    std::string catalog;
};
/// `catalog rebuild`
struct CatalogRebuildOptions {
    std::vector<std::string> targets;  ///< None: all that are configured.
    std::string catalog;
};

/// `notify test`
struct NotifyTestOptions {
    std::vector<std::string> channels;  ///< None: all.
};
/// `notify list`
struct NotifyListOptions {
    std::string state;
    int limit = 50;
    std::string catalog;
};
/// `notify ack`
struct NotifyAckOptions {
    std::string job;
    std::string catalog;
};

struct ConfigInitOptions {
    std::filesystem::path path;
    bool force = false;
    bool legacy = false;
};
struct ConfigCheckOptions {
    bool online = false;
};
struct ConfigShowOptions {};
struct ConfigSchemaOptions {
    bool legacy = false;
    bool markdown = false;
};

struct S3LsOptions {
    TargetOptions url;
    bool recursive = false;
};
struct S3CpOptions {
    std::string from;
    std::string to;
    TargetOptions endpoint;  ///< Its `target` is unused.
    bool recursive = false;
    bool dry_run = false;
    int concurrency = 0;
    std::vector<std::string> metadata;  ///< NAME=VALUE
    std::string content_type;
    std::string version_id;  ///< Of the object that is read.
    std::string if_match;
    bool if_absent = false;
};
struct S3RmOptions {
    TargetOptions url;
    std::string version_id;
    bool bypass_governance = false;
    bool recursive = false;
    bool dry_run = false;
};
struct CleanupOptions {
    TargetOptions to;
    std::string older_than = "1d";
    bool dry_run = false;
};
struct S3PresignOptions {
    TargetOptions url;
    std::string method = "GET";
    std::string expires = "1h";
};

struct S3ProbeOptions {
    TargetOptions target;
    std::optional<std::filesystem::path> write;
    bool no_save = false;
};
struct S3StatOptions {
    TargetOptions url;
    std::string version_id;
};
struct S3TagOptions {
    TargetOptions url;
    std::string version_id;
    std::vector<std::string> tags;  ///< NAME=VALUE; none: show them.
    bool remove = false;
};
struct S3LockOptions {
    TargetOptions url;
    std::string version_id;
    std::string until;
    int days = 0;
    std::string mode = "governance";
    std::string legal_hold;  ///< "on", "off" or empty.
    bool bypass_governance = false;
};
struct S3ThawOptions {
    TargetOptions url;
    std::string version_id;
    int days = 7;
    std::string tier = "standard";
    bool wait = false;
};
struct S3VersionsOptions {
    TargetOptions url;
};
/// lifecycle or cors; show, apply or clear.
struct S3RulesOptions {
    std::string kind;
    std::string action;
    TargetOptions target;
    std::filesystem::path file;
};

struct VersionOptions {};
struct CompletionOptions {
    std::string shell;
};

struct DebugSignOptions {
    std::filesystem::path request;
    std::filesystem::path context;
    std::string mode = "header";
};
struct DebugUrlOptions {
    std::string bucket;
    std::string key;
    std::string region;
    std::string endpoint;
    std::string style;
};
struct DebugAwsConfigOptions {
    std::string profile;
};
struct DebugCredentialsOptions {
    std::string profile;
    bool show_secrets = false;
};
struct DoctorOptions {
    TargetOptions target;
    bool no_throughput = false;
};
struct DoctorPolicyOptions {
    TargetOptions target;
    bool append_only = false;
    bool restore_only = false;
    std::string kms_key;
    bool object_lock = false;
    bool tags = false;
};
struct DoctorCredentialsOptions {
    TargetOptions target;  ///< Only its `target` and `profile`.
};
struct DebugMatchOptions {
    std::string pattern;
    std::string path;
    bool ignore_case = false;
};
struct DebugRetentionOptions {
    std::filesystem::path snapshots;
    KeepOptions keep;
    std::string group_by = "host,paths";
};

struct DebugCronOptions {
    std::string expression;
    std::string zone = "UTC";
    std::string from;  ///< RFC 3339; empty: now.
    std::size_t count = 1;
};

struct DebugChunkOptions {
    std::string polynomial;
    std::filesystem::path file;
};

// One to a line: what is added then stands alone in a comparison.
// clang-format off
using CommandOptions = std::variant<
    RunOptions,
    BackupOptions,
    RestoreOptions,
    VerifyOptions,
    LsOptions,
    SnapshotsOptions,
    ProofShowOptions,
    StatusOptions,
    ServeOptions,
    JobsOptions,
    JobControlOptions,
    HistoryOptions,
    CatalogInfoOptions,
    CatalogRebuildOptions,
    NotifyTestOptions,
    NotifyListOptions,
    NotifyAckOptions,
    ConfigInitOptions,
    ConfigCheckOptions,
    ConfigShowOptions,
    ConfigSchemaOptions,
    S3LsOptions,
    S3CpOptions,
    S3RmOptions,
    S3PresignOptions,
    S3StatOptions,
    S3TagOptions,
    S3LockOptions,
    S3ThawOptions,
    S3VersionsOptions,
    S3RulesOptions,
    S3ProbeOptions,
    CleanupOptions,
    VersionOptions,
    CompletionOptions,
    DebugSignOptions,
    DebugUrlOptions,
    DebugAwsConfigOptions,
    DebugCredentialsOptions,
    DebugMatchOptions,
    DebugChunkOptions,
    DebugCronOptions,
    DebugRetentionOptions,
    DoctorCredentialsOptions,
    DoctorOptions,
    DoctorPolicyOptions,
    InitOptions,
    RecoveryKitOptions,
    CatOptions,
    ListOptions,
    KeyListOptions,
    KeyAddOptions,
    KeyRemoveOptions,
    KeyPasswdOptions,
    UnlockOptions,
    TagOptions,
    CacheOptions,
    CheckOptions,
    ForgetOptions,
    PruneOptions,
    CopyOptions,
    RewriteOptions,
    RepairIndexOptions,
    RepairPacksOptions,
    RepairSnapshotsOptions,
    FindOptions,
    DiffOptions,
    DumpOptions,
    StatsOptions,
    MountOptions>;
// clang-format on

}  // namespace cofre::cli
