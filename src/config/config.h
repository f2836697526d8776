#pragma once

/// @file
/// The configuration, after everything that can change it has had its say.
/// Plain data: immutable once loaded (config/load.h), free to copy.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/secret.h"
#include "base/units.h"
#include "config/notification_config.h"
#include "objects/manifest.h"
#include "s3/object_settings.h"
#include "s3/provider_profile.h"

namespace cofre::config {

/// Where a value comes from, in rising order of precedence for a setting that
/// the environment overrides.
struct Origin {
    enum class Kind : std::uint8_t { kDefault, kFile, kDotEnv, kEnvironment };
    Kind kind = Kind::kDefault;
    std::string file;        ///< kFile, kDotEnv.
    std::size_t line = 0;    ///< kFile, kDotEnv: from 1.
    std::size_t column = 0;  ///< kFile: from 1.
    std::string variable;    ///< kDotEnv, kEnvironment: its name.
};

/// One effective value as `config show` prints it.
struct Setting {
    std::vector<std::string> path;  ///< {"targets", "main", "region"}
    std::string json;               ///< The value as JSON; a secret that is set is "********".
    Origin origin;
};

/// The program's own log.
struct LoggingConfig {
    LogLevel level = LogLevel::kInfo;               ///< Of the log file. COFRE_LOG_LEVEL overrides it.
    std::optional<LogLevel> console_level;          ///< On stderr; absent: COFRE_LOG_LEVEL if set, else warning.
    std::optional<std::filesystem::path> log_file;  ///< Absolute; absent: no file.
    int max_log_size_mb = 10;                       ///< MiB; a file that would grow past it is rotated.
    int backup_count = 5;                           ///< Rotated files kept.
    std::string format = "text";                    ///< Of the console: "text", or "json" on standard error.
    bool syslog = false;
    bool journald = false;
    std::string seq_url;  ///< Of a SEQ server; empty: none.
    Secret seq_api_key;
    std::map<std::string, std::string> seq_properties;  ///< Of every event.
};

/// Where it is kept what happened.
struct CatalogConfig {
    std::string url;      ///< As db::parse_sql_url() reads it; empty: catalog.db in the state folder.
    Secret password;      ///< Instead of one in the URL.
    int keep_days = 400;  ///< Runs older than that are removed; 0: none are.
};

enum class TargetKind : std::uint8_t { kS3, kFolder };

/// What is written into a target (docs: two layouts).
enum class Layout : std::uint8_t {
    kAuto,        ///< What is there; where nothing is, a repository.
    kObjects,     ///< Plain objects and a manifest.
    kRepository,  ///< restic's format.
};

/// A place for backups. The fields below `region` matter to kS3 only.
struct TargetConfig {
    std::string name;  ///< Its key in the file; a target that a job names by URL has the URL as name.
    std::string url;   ///< As written, without what `bucket`, `prefix` and `folder` drop.

    TargetKind kind = TargetKind::kS3;  ///< The parts of `url`.
    std::string bucket;                 ///< kS3.
    std::string prefix;                 ///< kS3: what every key begins with, literally; may be empty.
    std::filesystem::path folder;       ///< kFolder: absolute.

    Layout layout = Layout::kAuto;

    // Of a repository: at most one of the first two is set.
    std::optional<std::filesystem::path> password_file;  ///< Absent: see daemon/repository_password.h.
    std::string password_command;                        ///< Words, split as a shell would; no shell runs it.
    std::string repository_compression = "auto";         ///< As repo::parse_compression() reads it.
    std::uint64_t pack_size = 16_MiB;                    ///< Bytes: 4 to 128 MiB.

    std::string region;                  ///< Empty: the profile's region, else as the endpoint or the provider says.
    std::string endpoint;                ///< "https://host[:port]"; empty: Amazon's own.
    std::optional<std::string> profile;  ///< Of the shared AWS files; absent: AWS_PROFILE or "default".
    std::string access_key_id;           ///< Empty: ask the environment, then the profile.
    Secret secret_access_key;            ///< Set exactly if access_key_id is.
    Secret session_token;                ///< Only with temporary keys.

    std::string role_arn;     ///< Assumed with the keys that are found; empty: these sign themselves.
    std::string external_id;  ///< Only with a role.
    std::chrono::milliseconds session_duration{0};  ///< Only with a role; 0: STS decides (an hour).

    std::optional<std::string> provider;  ///< Row of the provider table, or a path; absent: measured or guessed.
    std::optional<s3::AddressingStyle> addressing;   ///< Absent: what the provider's row says.
    std::optional<std::filesystem::path> ca_bundle;  ///< PEM file; absent: AWS_CA_BUNDLE, else the system's.
    bool allow_http = false;                         ///< Plain http to another host than this one.
    std::string proxy;                               ///< URL; empty: what the environment says.
    bool use_fips_endpoint = false;                  ///< Of Amazon's endpoints.
    bool use_dualstack_endpoint = false;
    bool requester_pays = false;

    std::string storage_class;  ///< Empty: the bucket's default.
    s3::ServerSideEncryption sse = s3::ServerSideEncryption::kBucketDefault;
    std::string sse_kms_key_id;               ///< Only with kKms.
    Secret sse_customer_key;                  ///< Base64 of 32 bytes; not with `sse`.
    std::map<std::string, std::string> tags;  ///< Of new objects.
    std::string acl;                          ///< A canned one; empty: the bucket's default.
    std::optional<s3::RetentionMode> object_lock_mode;
    int object_lock_days = 0;  ///< Set exactly if the mode is.
    bool legal_hold = false;

    std::uint64_t multipart_threshold = 100_MB;  ///< Bytes; larger files are sent in parts.
    std::uint64_t part_size = 50_MB;             ///< Bytes; grown where 10 000 parts would not suffice.
    int part_concurrency = 4;                    ///< Parts of one object in flight; memory: part_size each.
    int max_connections = 32;                    ///< Of the whole target.
    std::uint64_t part_memory = 256_MiB;         ///< For the parts of all streams together.
    std::string limit_upload;                    ///< As net::RateTable reads it; empty: none.
    std::string limit_download;
    int max_attempts = 3;  ///< Of one request.
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds idle_timeout{60'000};  ///< No byte in either direction for so long.
};

/// How it is proven that an upload arrived; see backup::ProofLevel.
enum class Verify : std::uint8_t {
    kAuto,  ///< As cheaply as a proof can be had; by SHA-256 for what will be deleted.
    kHead,  ///< One request for each object: size, and SHA-256 where the store keeps one.
    kRead,  ///< Every object is read back, unless the store keeps a SHA-256.
};

/// A database server and how it is dumped; see dump::DumpRequest.
struct DatabaseConfig {
    std::string name;
    std::string url;      ///< As dump::parse_database_url() reads it.
    std::string command;  ///< Instead of a URL: its standard output is the dump; words, split as a shell would.
    Secret password;      ///< Instead of the one in the URL.
    std::vector<std::string> databases;  ///< Instead of the one in the URL; none at all: every database.
    std::string format = "plain";        ///< "plain" or "custom".
    int jobs = 1;
    bool globals = true;
    std::vector<std::string> tables, exclude_tables;
    std::vector<std::string> schemas, exclude_schemas;
    std::string options;  ///< More arguments of the dump tool; words, split as a shell would.
    std::optional<std::filesystem::path> tools;
    std::chrono::milliseconds idle_timeout{30 * 60 * 1000};
    bool allow_empty = false;
    bool count_rows = true;
    int sample_rows = 1000;
    std::string server_folder;
    std::optional<std::filesystem::path> local_folder;
    /// What keys of plain objects begin with after the prefix; strftime's letters
    /// and {job}, {database}, {engine}. With a suffix such as ".sql", the dump's.
    std::string object_name = "{job}/%Y/%m/%d/{engine}_{database}_%Y%m%d_%H%M%S";
    std::vector<std::string> assertions;  ///< SQL that must give true in a restored copy.
    /// SQL that gives paths of files: each must exist among the restored files of
    /// the same snapshot, below `paths_root`.
    std::string paths_query;
    std::string paths_root;
    std::string scratch_url;  ///< A server to restore to for proofs; empty: a throw-away one.
};

/// What is backed up, and where to.
/// What holds for all jobs that `cofre serve` runs.
struct SchedulerConfig {
    int max_runs = 2;             ///< At once.
    int max_runs_per_target = 1;  ///< At once, that write to the same target.
};

/// Where `cofre serve` answers.
struct ServerConfig {
    std::vector<std::string> listen;  ///< As net::ListenAddress::parse() reads them; empty: 127.0.0.1:8321.
    Secret token;                     ///< Needed to listen for other machines.
    std::optional<std::filesystem::path> tls_certificate, tls_key;  ///< PEM; both or none.
    std::vector<std::string> hosts;  ///< Names by which a browser may call it; see net::is_allowed_host().
};

struct JobConfig {
    std::string name;
    std::vector<std::string> sources;    ///< Absolute paths, or URLs as they are written.
    std::vector<std::string> databases;  ///< Names of Config::databases.
    std::string to;                      ///< Name of a target: Config::find_target() finds it.

    /// Keys of its files begin with the target's prefix and this, literally.
    /// Needed where several jobs share a target, so that files of equal names
    /// do not replace each other.
    std::string prefix;

    std::vector<std::string> include;   ///< Patterns of names; empty: every file. See source/path_filter.h.
    std::vector<std::string> exclude;   ///< restic's patterns; a later "!pattern" takes back.
    std::vector<std::string> iexclude;  ///< Likewise, ignoring case.
    std::optional<std::uint64_t> exclude_larger_than;  ///< Bytes.
    bool one_file_system = false;                      ///< Do not enter folders on another file system.
    bool exclude_caches = false;                       ///< Repository: leave out what CACHEDIR.TAG marks.
    std::vector<std::string> exclude_if_present;       ///< Repository: "FILE" or "FILE:HEADER".
    std::vector<std::string> tags;                     ///< Repository: of its snapshots.

    objects::Compression compression = objects::Compression::kNone;
    int compression_level = 0;  ///< 0: the format's default (zstd 3, gzip 6).

    bool delete_after_upload = false;  ///< Remove a source file once its upload is proven.
    bool skip_unchanged = true;        ///< Do not send again what the last manifest holds.
    Verify verify = Verify::kAuto;
    /// Plain objects: after a good run, backups of this job that are older go; 0:
    /// none do. The newest `keep_min_good` good ones always stay.
    int retention_days = 0;
    int keep_min_good = 3;
    std::string verify_after;             ///< Level of a verification at the end of each run; empty: none.
    std::vector<std::string> schedule;    ///< Cron expressions; see docs/scheduling.md.
    std::chrono::milliseconds every{0};   ///< A period; 0: none.
    bool run_at_start = false;            ///< Also when `cofre serve` begins.
    std::vector<std::string> blackout;    ///< Times at which no run begins.
    std::string time_zone;                ///< IANA name; empty: Config::time_zone, else this machine's.
    std::chrono::milliseconds jitter{0};  ///< The longest delay of a run.
    bool catch_up = true;                 ///< Make up once for what was missed.
    std::chrono::milliseconds overdue_after{3'600'000};  ///< How late a run may begin before somebody is told.
    std::vector<std::string> after;                      ///< Jobs of the same cycle that must succeed first.
    std::chrono::milliseconds timeout{0};                ///< Of a run that `cofre serve` began; 0: none.
    std::string freeze;      ///< Run before anything is read; words, split as a shell would.
    std::string thaw;        ///< Run when everything has been read, or could not be.
    int concurrency = 0;     ///< Files at once; 0: chosen from the machine and the target.
    bool keep_going = true;  ///< A file that fails does not end the run (exit status 2).
};

struct Config {
    std::filesystem::path path;  ///< Absolute.
    bool legacy = false;         ///< The aws/s3/backup/logging form.
    std::string time_zone;       ///< IANA name, of the environment's form; empty: this process's.
    std::filesystem::path state_dir;
    LoggingConfig logging;
    CatalogConfig catalog;
    SchedulerConfig scheduler;
    ServerConfig server;
    NotificationsConfig notifications;
    std::vector<TargetConfig> targets;  ///< In the order of the file, then those that jobs name by URL.
    std::vector<DatabaseConfig> databases;
    std::vector<JobConfig> jobs;

    std::vector<Setting> settings;      ///< Every key with its effective value, in the order of the schema.
    std::vector<std::string> warnings;  ///< What the operator should hear about; never a secret.

    /// nullptr: no such name.
    const TargetConfig* find_target(std::string_view name) const;
    const JobConfig* find_job(std::string_view name) const;
    const DatabaseConfig* find_database(std::string_view name) const;
};

/// What configure_log() wants to hear.
LogOptions log_options(const LoggingConfig& logging);

}  // namespace cofre::config
