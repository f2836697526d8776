#include "config/fields.h"

namespace cofre::config {
namespace {

constexpr long long kMinPart = 5LL << 20;
constexpr long long kMaxPart = 5LL << 30;

/// Rows that both forms have under the same name.
void add_common_target_rows(std::vector<Field<TargetConfig>>& rows) {
    using T = TargetConfig;
    const std::vector<Field<T>> common = {
        field<&T::provider>("provider",
                            "Name of the store's row in the table of providers (aws, r2, minio, ceph, b2, ...), or "
                            "the path of a file that `cofre s3 probe --write` made. Default: what was probed of this "
                            "endpoint, else guessed from it.",
                            {.s3_only = true}),
        field<&T::addressing>("addressing",
                              "Where the bucket stands in a URL: path (host/bucket/key) or virtual (bucket.host/key). "
                              "Default: what the provider's row says.",
                              {.s3_only = true}),
        field<&T::ca_bundle>("ca_bundle", "PEM file of the authorities to trust. Default: those of the system.",
                             {.environment = {"AWS_CA_BUNDLE"}, .s3_only = true}),
        field<&T::allow_http>(
            "allow_http", "Allow plain http to another machine. Keys stay secret, but the data is readable on the way.",
            {.s3_only = true}),
        field<&T::proxy>("proxy",
                         "Proxy for this target, http://host:port. Default: HTTPS_PROXY, HTTP_PROXY and NO_PROXY of "
                         "the environment.",
                         {.s3_only = true}),
        field<&T::use_fips_endpoint>("use_fips_endpoint", "Use Amazon's FIPS endpoint of the region.",
                                     {.environment = {"AWS_USE_FIPS_ENDPOINT"}, .s3_only = true}),
        field<&T::use_dualstack_endpoint>("use_dualstack_endpoint",
                                          "Use Amazon's endpoint that has IPv6 addresses too.",
                                          {.environment = {"AWS_USE_DUALSTACK_ENDPOINT"}, .s3_only = true}),
        field<&T::requester_pays>("requester_pays", "Agree to pay for requests to somebody else's bucket.",
                                  {.s3_only = true}),
        field<&T::storage_class>("storage_class",
                                 "Storage class of new objects, such as STANDARD_IA. Default: the bucket's.",
                                 {.s3_only = true}),
        field<&T::sse>("sse",
                       "Who encrypts new objects at rest: AES256, the store; aws:kms, its key service; none, as the "
                       "bucket says.",
                       {.s3_only = true}),
        field<&T::sse_kms_key_id>("sse_kms_key_id", "Key of the key service. Default: the account's own for S3.",
                                  {.s3_only = true}),
        field<&T::sse_customer_key>(
            "sse_customer_key",
            "Key that the store encrypts with and forgets (SSE-C): base64 of 32 bytes. Without it the objects cannot "
            "be read again.",
            {.s3_only = true}),
        field<&T::tags>("tags", "Tags of new objects, such as {project: x}; 10 at most.", {.s3_only = true}),
        field<&T::acl>("acl", "Canned ACL of new objects, such as bucket-owner-full-control. Default: the bucket's.",
                       {.s3_only = true}),
        field<&T::object_lock_mode>(
            "object_lock_mode",
            "Lock new objects against deletion: governance, which an administrator can lift, or compliance, which "
            "nobody can. The bucket must have been made with object lock.",
            {.s3_only = true}),
        field<&T::object_lock_days>("object_lock_days", "For how many days, counted from the upload.",
                                    {.minimum = 0, .maximum = 36'500, .s3_only = true}),
        field<&T::legal_hold>("legal_hold", "Put a legal hold on new objects, which stays until it is taken off.",
                              {.s3_only = true}),
        field<&T::part_concurrency>(
            "part_concurrency", "Parts of one object in flight. Each takes part_size of memory when a stream is sent.",
            {.minimum = 1, .maximum = 64, .s3_only = true}),
        field<&T::max_connections>("max_connections",
                                   "Requests to the store at once, at most; fewer are used as soon as it throttles.",
                                   {.minimum = 1, .maximum = 1024, .s3_only = true}),
        field<&T::part_memory>("part_memory", "Memory for the parts of all streams together.",
                               {.minimum = 16_MiB, .s3_only = true}),
        field<&T::limit_upload>("limit_upload",
                                "Bytes per second that are sent, such as 10M (a bare number is KiB/s), or a timetable: "
                                "08:00,512K 19:00,off; with days Mon-08:00,1M Sat-00:00,off.",
                                {.s3_only = true}),
        field<&T::limit_download>("limit_download", "The same for what is received.", {.s3_only = true}),
        field<&T::max_attempts>("max_attempts", "Attempts of one request before it fails; throttling is not counted.",
                                {.minimum = 1, .maximum = 100, .environment = {"AWS_MAX_ATTEMPTS"}, .s3_only = true}),
        field<&T::connect_timeout>("connect_timeout", "Longest wait for a connection.",
                                   {.minimum = 1, .maximum = 3'600'000, .s3_only = true}),
        field<&T::idle_timeout>("idle_timeout",
                                "A request without a byte in either direction for so long is tried again.",
                                {.minimum = 1, .maximum = 3'600'000, .s3_only = true})};
    rows.insert(rows.end(), common.begin(), common.end());
}

void add_common_job_rows(std::vector<Field<JobConfig>>& rows) {
    using J = JobConfig;
    const std::vector<Field<J>> common = {
        field<&J::exclude>(
            "exclude",
            "Patterns of what to leave out, in restic's language: *, ?, [a-z], ** for any folders; a leading "
            "/ anchors at the source; a later !pattern takes back."),
        field<&J::iexclude>("iexclude", "As exclude, ignoring case."),
        field<&J::exclude_larger_than>("exclude_larger_than", "Leave out files larger than this.", {.minimum = 1}),
        field<&J::one_file_system>("one_file_system", "Do not enter folders that lie on another file system."),
        field<&J::compression>("compression", "How objects are compressed; a repository: see its target."),
        field<&J::compression_level>("compression_level",
                                     "1 is the fastest; zstd goes to 19, gzip to 9. 0: the default of the format.",
                                     {.minimum = 0, .maximum = 19}),
        field<&J::delete_after_upload>(
            "delete_after_upload", "Delete a source file once its upload is proven by SHA-256 and it has not changed."),
        field<&J::skip_unchanged>("skip_unchanged",
                                  "Do not send again what the last backup of this job holds unchanged."),
        field<&J::verify>(
            "verify",
            "How uploads are proven: auto, as cheaply as can be; head, one request for each object; read, by "
            "reading every object back."),
        field<&J::concurrency>("concurrency", "Files at once. 0: chosen from the target.",
                               {.minimum = 0, .maximum = 256}),
        field<&J::keep_going>("keep_going",
                              "A file that fails does not end the run; the run then ends with exit status 2.")};
    rows.insert(rows.end(), common.begin(), common.end());
}

}  // namespace

LegacyConfig legacy_defaults() {
    LegacyConfig config;
    config.target.name = "s3";
    config.target.layout = Layout::kObjects;
    config.target.multipart_threshold = 100_MiB;
    config.target.part_size = 50_MiB;
    config.job.name = "backup";
    return config;
}

const std::vector<Field<Config>>& root_fields() {
    static const std::vector<Field<Config>> rows = {
        field<&Config::state_dir>("state_dir",
                                  "Where cofre keeps locks, run records and unfinished uploads. Default: "
                                  "/var/lib/cofre for root, else $XDG_STATE_HOME/cofre or "
                                  "~/.local/state/cofre.",
                                  {.environment = {"COFRE_STATE_DIR"}, .environment_wins = true})};
    return rows;
}

const std::vector<Field<LoggingConfig>>& logging_fields() {
    using L = LoggingConfig;
    static const std::vector<Field<L>> rows = {
        field<&L::level>("level", "What the log file holds.",
                         {.environment = {"COFRE_LOG_LEVEL"}, .environment_wins = true}),
        field<&L::console_level>("console_level",
                                 "What appears on stderr. Default: error; warnings of a run are in its summary.",
                                 {.environment = {"COFRE_LOG_LEVEL"}, .environment_wins = true}),
        field<&L::log_file>("log_file", "The log file; its folder is created. Default: none."),
        field<&L::max_log_size_mb>("max_log_size_mb", "A log file that would grow past so many MiB is rotated.",
                                   {.minimum = 1, .maximum = 102'400}),
        field<&L::backup_count>("backup_count", "Rotated log files that are kept.", {.minimum = 0, .maximum = 1000}),
        field<&L::format>("format", "Of the log on stderr: text, or json, one object for each line."),
        field<&L::syslog>("syslog", "Also send the log to syslog."),
        field<&L::journald>("journald", "Also send the log to the systemd journal, with fields."),
        field<&L::seq_url>("seq_url", "Also send the log to the SEQ server there. The console stays as it is.",
                           {.environment = {"SEQ_URL"}}),
        field<&L::seq_api_key>("seq_api_key", "Key of that server, if it asks for one.",
                               {.environment = {"SEQ_API_KEY"}}),
        field<&L::seq_properties>("seq_properties",
                                  "Properties of every event there, such as {Environment: production}.")};
    return rows;
}

const std::vector<Field<SchedulerConfig>>& scheduler_fields() {
    using S = SchedulerConfig;
    static const std::vector<Field<S>> rows = {
        field<&S::max_runs>("max_runs", "Jobs that run at once.", {.minimum = 1, .maximum = 64}),
        field<&S::max_runs_per_target>("max_runs_per_target", "Jobs that write to one target at once.",
                                       {.minimum = 1, .maximum = 64})};
    return rows;
}

const std::vector<Field<ServerConfig>>& server_fields() {
    using S = ServerConfig;
    static const std::vector<Field<S>> rows = {
        field<&S::listen>("listen",
                          "Where `cofre serve` answers: host:port, *:port, unix:/path, or systemd. Default: "
                          "127.0.0.1:8321. For other machines a token is needed."),
        field<&S::token>("token",
                         "Who shows it as \"Authorization: Bearer\" may ask; better ${file:/run/secrets/name}."),
        field<&S::tls_certificate>("tls_certificate", "PEM file with the certificate and its chain."),
        field<&S::tls_key>("tls_key", "PEM file with its key."),
        field<&S::hosts>("hosts", "Further names under which a browser may call it.")};
    return rows;
}

const std::vector<Field<CatalogConfig>>& catalog_fields() {
    using C = CatalogConfig;
    static const std::vector<Field<C>> rows = {
        field<&C::url>("url",
                       "sqlite:///path/catalog.db, or postgres://user@host/database, which several machines may share. "
                       "Default: catalog.db in the state folder.",
                       {.environment = {"COFRE_CATALOG_URL"}, .environment_wins = true}),
        field<&C::password>("password", "Of the user in the URL, instead of one written there.",
                            {.environment = {"COFRE_CATALOG_PASSWORD"}, .environment_wins = true}),
        field<&C::keep_days>("keep_days",
                             "Runs that began so many days ago are removed; totals, proofs and each job's last runs "
                             "stay. 0: nothing is removed.",
                             {.minimum = 0, .maximum = 36'500})};
    return rows;
}

const std::vector<Field<TargetConfig>>& target_fields() {
    using T = TargetConfig;
    static const std::vector<Field<T>> rows = [] {
        std::vector<Field<T>> result = {
            field<&T::url>(
                "url",
                "Where backups go: s3://bucket/prefix, file:///folder or a path. What follows the bucket begins "
                "every key.",
                {.required = true}),
            field<&T::layout>("layout",
                              "repository: encrypted and deduplicated, in restic's format. objects: plain objects and "
                              "a manifest. auto: what is there; where nothing is, a repository."),
            field<&T::password_file>("password_file",
                                     "File with the repository's password. Default: password_command, then "
                                     "COFRE_PASSWORD and the RESTIC_PASSWORD variables, then a question."),
            field<&T::password_command>("password_command",
                                        "Command whose output is the repository's password. Words are split as a shell "
                                        "would, and no shell runs it."),
            field<&T::repository_compression>("repository_compression",
                                              "How a repository compresses: off, auto or max."),
            field<&T::pack_size>("pack_size", "Size of a repository's data files.",
                                 {.minimum = 4LL << 20, .maximum = 128LL << 20}),
            field<&T::endpoint>("endpoint", "https://host[:port] of an S3-compatible store. Default: Amazon's own.",
                                {.environment = {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}, .s3_only = true}),
            field<&T::region>("region", "Region of the bucket. Default: that of the profile, else us-east-1.",
                              {.environment = {"AWS_REGION", "AWS_DEFAULT_REGION"}, .s3_only = true}),
            field<&T::profile>("profile",
                               "Profile of the shared AWS files that has the keys. Default: the AWS_* variables of the "
                               "environment, then AWS_PROFILE or \"default\".",
                               {.s3_only = true}),
            field<&T::access_key_id>("access_key_id", "Access key id, if the keys are to stand here.",
                                     {.s3_only = true}),
            field<&T::secret_access_key>(
                "secret_access_key",
                "Its secret: better ${file:/run/secrets/name} or ${VARIABLE} than the text itself.", {.s3_only = true}),
            field<&T::session_token>("session_token", "Token of temporary keys.", {.s3_only = true}),
            field<&T::role_arn>("role_arn",
                                "Role to assume with the keys found otherwise; renewed before it expires. A profile "
                                "with role_arn needs no entry here.",
                                {.s3_only = true}),
            field<&T::external_id>("external_id", "What the role's trust policy asks for, if it asks.",
                                   {.s3_only = true}),
            field<&T::session_duration>("session_duration",
                                        "How long a session of the role lasts, from 15m to 12h. Default: STS decides.",
                                        {.s3_only = true})};
        add_common_target_rows(result);
        result.push_back(field<&T::multipart_threshold>("multipart_threshold", "Larger files are sent in parts.",
                                                        {.minimum = kMinPart, .maximum = kMaxPart, .s3_only = true}));
        result.push_back(field<&T::part_size>("part_size",
                                              "Size of a part; grown where 10 000 parts would not suffice.",
                                              {.minimum = kMinPart, .maximum = kMaxPart, .s3_only = true}));
        return result;
    }();
    return rows;
}

/// Rows that only `cofre serve` reads.
void add_schedule_rows(std::vector<Field<JobConfig>>& rows) {
    using J = JobConfig;
    rows.push_back(field<&J::schedule>(
        "schedule", "When `cofre serve` runs it: cron expressions of five fields, or @daily and the like."));
    rows.push_back(field<&J::every>("every", "A period, such as 6h; with a schedule, whichever comes first."));
    rows.push_back(field<&J::run_at_start>("run_at_start", "Also when `cofre serve` begins."));
    rows.push_back(field<&J::blackout>(
        "blackout",
        "Times at which no run begins, such as \"Mon-Fri 08:00-18:00\"; one that is due waits for the end."));
    rows.push_back(field<&J::time_zone>("time_zone", "IANA name, such as America/Sao_Paulo. Default: this machine's."));
    rows.push_back(field<&J::jitter>("jitter", "Delay each run by up to so much, always the same for the same time."));
    rows.push_back(field<&J::catch_up>("catch_up", "Make up, once, for runs that were missed while nothing ran."));
    rows.push_back(field<&J::overdue_after>("overdue_after", "How late a run may begin before somebody is told."));
    rows.push_back(
        field<&J::after>("after", "Jobs that must succeed first; without a schedule, it runs when they have."));
    rows.push_back(field<&J::timeout>("timeout", "A run that takes longer is stopped; 0: none is."));
}

const std::vector<Field<JobConfig>>& job_fields() {
    using J = JobConfig;
    static const std::vector<Field<J>> rows = [] {
        std::vector<Field<J>> result = {
            field<&J::sources>("sources", "Folders and files to back up, and URLs of databases.",
                               {.use = TextUse::kSource}),
            field<&J::databases>("databases", "Names of databases to dump into the same snapshot, before the files."),
            field<&J::to>("to", "Name of a target, or its URL. Default: the target, if there is only one."),
            field<&J::prefix>("prefix",
                              "Keys of the job's files begin with the target's prefix and this, such as \"photos/\". "
                              "Needed where several jobs share a target."),
            field<&J::include>("include", "Only files whose name matches one of these patterns. Default: every file.")};
        add_common_job_rows(result);
        result.push_back(field<&J::exclude_caches>(
            "exclude_caches", "Of a repository: leave out what folders with a CACHEDIR.TAG hold."));
        result.push_back(field<&J::exclude_if_present>(
            "exclude_if_present",
            "Of a repository: leave out what folders hold that have such a file: FILE, or FILE:HEADER for how it "
            "begins."));
        result.push_back(field<&J::tags>("tags", "Of a repository: tags of the snapshots."));
        result.push_back(field<&J::retention_days>(
            "retention_days", "Of plain objects: after a good run, older backups of the job are removed; 0: none is.",
            {.minimum = 0, .maximum = 36'500}));
        result.push_back(field<&J::keep_min_good>(
            "keep_min_good", "So many of the newest good backups stay, however old.", {.minimum = 1}));
        result.push_back(field<&J::verify_after>(
            "verify_after", "Verification at the end of each run: list, read, semantic or restore."));
        add_schedule_rows(result);
        result.push_back(field<&J::freeze>("freeze", "Command before anything is read, to hold an application still."));
        result.push_back(field<&J::thaw>("thaw", "Command when everything has been read, also after a failure."));
        return result;
    }();
    return rows;
}

const std::vector<Field<DatabaseConfig>>& database_fields() {
    using D = DatabaseConfig;
    static const std::vector<Field<D>> rows = {
        field<&D::url>("url", "postgres://user@host/name, or mysql, mariadb, mssql, mongodb, redis, sqlite:///path."),
        field<&D::command>("command",
                           "Instead of a url, for anything else: what it writes is the dump, if it exits 0. No shell."),
        field<&D::password>("password", "Instead of the one in the URL: better ${file:/run/secrets/name} than itself."),
        field<&D::databases>("databases", "Names of databases, instead of the one in the URL. None at all: every one."),
        field<&D::format>("format", "plain (text, deduplicates) or custom (PostgreSQL's archive, for pg_restore)."),
        field<&D::jobs>("jobs", "More than 1: PostgreSQL by table, so many at once, in one exported snapshot.",
                        {.minimum = 1, .maximum = 64}),
        field<&D::globals>("globals", "Roles and grants of the server too."),
        field<&D::tables>("tables", "Only these tables; the dump tool's own patterns."),
        field<&D::exclude_tables>("exclude_tables", "Not these tables."),
        field<&D::schemas>("schemas", "Only these schemas."),
        field<&D::exclude_schemas>("exclude_schemas", "Not these schemas."),
        field<&D::options>("options", "More arguments for the dump tool, such as \"--no-owner\"."),
        field<&D::tools>("tools", "Folder of the client programs. Default: found by the server's version."),
        field<&D::idle_timeout>("idle_timeout", "A dump tool that is silent for so long is killed."),
        field<&D::allow_empty>("allow_empty", "A dump of no bytes is not an error."),
        field<&D::count_rows>("count_rows", "Count rows and sample them in the dump's snapshot, to compare later."),
        field<&D::sample_rows>("sample_rows", "Rows of each table whose contents are compared; 0: none.",
                               {.minimum = 0, .maximum = 1'000'000}),
        field<&D::server_folder>("server_folder",
                                 "SQL Server: where the server writes; its own path, or s3://bucket/path."),
        field<&D::local_folder>("local_folder", "SQL Server: the same folder as this machine sees it."),
        field<&D::object_name>("object_name",
                               "Plain objects: what keys begin with after the prefix; strftime's letters, and {job}, "
                               "{database}, {engine}."),
        field<&D::assertions>("assertions", "SQL that must give true in a restored copy; for verify --level restore."),
        field<&D::paths_query>("paths_query",
                               "SQL that gives paths of files, each of which must be among the restored files of the "
                               "same snapshot; for verify --level restore."),
        field<&D::paths_root>("paths_root", "Folder that these paths are below, as it was backed up."),
        field<&D::scratch_url>("scratch_url",
                               "A server to restore to for proofs. Default: a throw-away one on this machine.")};
    return rows;
}

const std::vector<Field<TargetConfig>>& legacy_aws_fields() {
    using T = TargetConfig;
    static const std::vector<Field<T>> rows = {
        field<&T::access_key_id>("access_key_id", "Access key id. Default: the profile's.",
                                 {.environment = {"AWS_ACCESS_KEY_ID"}, .environment_wins = true}),
        field<&T::secret_access_key>("secret_access_key", "Its secret.",
                                     {.environment = {"AWS_SECRET_ACCESS_KEY"}, .environment_wins = true}),
        field<&T::session_token>("session_token", "Token of temporary keys.",
                                 {.environment = {"AWS_SESSION_TOKEN"}, .environment_wins = true}),
        field<&T::region>("region", "Region of the bucket. Default: that of the profile, else us-east-1.",
                          {.environment = {"AWS_REGION", "AWS_DEFAULT_REGION"}, .environment_wins = true}),
        field<&T::profile>("profile", "Profile of the shared AWS files, if no key stands here.",
                           {.environment = {"AWS_PROFILE"}, .environment_wins = true})};
    return rows;
}

const std::vector<Field<LegacyConfig>>& legacy_place_fields() {
    static const std::vector<Field<LegacyConfig>> rows = {
        field<&LegacyConfig::bucket>("bucket_name", "The bucket.",
                                     {.required = true, .environment = {"S3_BUCKET_NAME"}, .environment_wins = true}),
        field<&LegacyConfig::prefix>("prefix", "What every key begins with, literally: \"backups/\" needs its slash.",
                                     {.environment = {"S3_PREFIX"}, .environment_wins = true})};
    return rows;
}

const std::vector<Field<TargetConfig>>& legacy_s3_fields() {
    using T = TargetConfig;
    static const std::vector<Field<T>> rows = [] {
        std::vector<Field<T>> result = {field<&T::endpoint>(
            "endpoint_url", "https://host[:port] of an S3-compatible store. Default: Amazon's own.",
            {.environment = {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}, .environment_wins = true})};
        add_common_target_rows(result);
        result.push_back(field<&T::multipart_threshold>("multipart_threshold_mb",
                                                        "Files larger than so many MiB are sent in parts.",
                                                        {.minimum = kMinPart, .maximum = kMaxPart, .unit = 1_MiB}));
        result.push_back(field<&T::part_size>("part_size_mb", "MiB of a part.",
                                              {.minimum = kMinPart, .maximum = kMaxPart, .unit = 1_MiB}));
        return result;
    }();
    return rows;
}

const std::vector<Field<JobConfig>>& legacy_backup_fields() {
    using J = JobConfig;
    static const std::vector<Field<J>> rows = [] {
        std::vector<Field<J>> result = {
            field<&J::name>("name", "Name of the job in manifests and reports."),
            field<&J::sources>("source_directory", "The folder to back up, or a list of folders.",
                               {.required = true, .use = TextUse::kSource}),
            field<&J::include>("file_extensions",
                               "Patterns of names: [\"*.txt\", \"*.pdf\"]; [\"*\"] for every file.")};
        add_common_job_rows(result);
        return result;
    }();
    return rows;
}

std::vector<BoundField> legacy_section(LegacyConfig& config, std::string_view name) {
    std::vector<BoundField> result;
    if (name == "aws") bind(legacy_aws_fields(), config.target, result);
    if (name == "s3") {
        bind(legacy_place_fields(), config, result);
        bind(legacy_s3_fields(), config.target, result);
    }
    if (name == "backup") bind(legacy_backup_fields(), config.job, result);
    if (name == "logging") bind(logging_fields(), config.logging, result);
    return result;
}

const std::vector<Section>& sections(Form form) {
    constexpr std::string_view kLogging = "The program's own log.";
    if (form == Form::kLegacy) {
        static LegacyConfig defaults = legacy_defaults();
        static const std::vector<Section> result = {
            {{"aws"}, "Keys and region.", legacy_section(defaults, "aws")},
            {{"s3"}, "The bucket.", legacy_section(defaults, "s3")},
            {{"backup"}, "What is backed up, and how.", legacy_section(defaults, "backup")},
            {{"logging"}, kLogging, legacy_section(defaults, "logging")}};
        return result;
    }
    static Config root;
    static LoggingConfig logging;
    static CatalogConfig catalog;
    static SchedulerConfig scheduler;
    static ServerConfig server;
    static NotificationsConfig notifications;
    static ChannelConfig channel;
    static TargetConfig target;
    static DatabaseConfig database;
    static JobConfig job;
    static const std::vector<Section> result = {
        {{}, "", bind(root_fields(), root)},
        {{"logging"}, kLogging, bind(logging_fields(), logging)},
        {{"catalog"}, "Where it is kept what happened: runs, proofs, backups.", bind(catalog_fields(), catalog)},
        {{"scheduler"}, "How `cofre serve` runs jobs.", bind(scheduler_fields(), scheduler)},
        {{"server"}, "Where `cofre serve` answers: status page, metrics, commands.", bind(server_fields(), server)},
        {{"notifications"}, "Who hears of what happened.", bind(notification_fields(), notifications)},
        {{"notifications", "channels", "*"},
         "A way to tell people, by a name of your choice.",
         bind(channel_fields(), channel)},
        {{"targets", "*"}, "A place for backups, by a name of your choice.", bind(target_fields(), target)},
        {{"databases", "*"}, "A database, by a name of your choice.", bind(database_fields(), database)},
        {{"jobs", "*"}, "A backup, by a name of your choice.", bind(job_fields(), job)}};
    return result;
}

}  // namespace cofre::config
