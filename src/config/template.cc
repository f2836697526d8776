#include "config/template.h"

namespace cofre::config {

std::string_view config_template() {
    return R"yaml(# Configuration of cofre. Two lines are enough, those marked EDIT; the lines
# that begin with '#' show every other key with its default or an example.
#
#   cofre config check      is it right?
#   cofre config show       what is in effect, and where does it come from?
#   cofre run               run all jobs
#
# Values may hold ${VARIABLE}, ${VARIABLE:-default} and ${file:/path/to/secret};
# variables may also stand in a file .env beside this one. Paths are relative to
# this file, and ~/ is your home folder.

targets:
  main:
    url: s3://my-bucket/backups             # EDIT: s3://bucket/prefix, or a folder
    # layout: auto                          # repository: encrypted, deduplicated, restic's format;
    #                                       # objects: plain objects that any S3 tool can read;
    #                                       # auto: what is there, else a repository
    # password_file: /etc/cofre/password    # of the repository
    # password_command: pass show backup
    # repository_compression: auto          # off, auto or max
    # pack_size: 16MiB
    # endpoint: https://s3.example.com      # for a store that is not Amazon's
    # region: us-east-1                     # default: that of the AWS profile
    # profile: backup                       # of ~/.aws/credentials
    # access_key_id: ${BACKUP_KEY_ID:-}     # keys, if neither environment nor profile has them
    # secret_access_key: ${BACKUP_SECRET:-}
    # session_token: ${BACKUP_TOKEN:-}
    # role_arn: arn:aws:iam::123456789012:role/backup   # assumed with these keys, and renewed
    # external_id: "..."                    # if the trust policy of the role asks for one
    # session_duration: 1h                  # of the role; default: STS decides
    # provider: minio                       # default: guessed from the endpoint
    # addressing: path                      # path or virtual; default: as the provider wants
    # ca_bundle: /etc/ssl/private-ca.pem
    # allow_http: false                     # plain http to another machine
    # proxy: http://proxy:3128              # default: HTTPS_PROXY, NO_PROXY
    # use_fips_endpoint: false              # of Amazon's endpoints
    # use_dualstack_endpoint: false         # with IPv6
    # requester_pays: false
    # storage_class: STANDARD_IA
    # sse: aws:kms                          # AES256, aws:kms; default: as the bucket says
    # sse_kms_key_id: alias/backups
    # sse_customer_key: ${BACKUP_SSE_KEY:-} # instead of sse: base64 of 32 bytes
    # tags: {project: backups}
    # acl: bucket-owner-full-control
    # object_lock_mode: governance          # or compliance; the bucket needs object lock
    # object_lock_days: 30
    # legal_hold: false
    # multipart_threshold: 100MB            # larger files are sent in parts
    # part_size: 50MB
    # part_concurrency: 4
    # max_connections: 32
    # part_memory: 256MiB                   # for the parts of all streams together
    # limit_upload: "08:00,2M 19:00,off"    # bytes per second, or a timetable
    # limit_download: 10M
    # max_attempts: 3
    # connect_timeout: 10s
    # idle_timeout: 60s

# databases:
#   shop:
#     url: postgres://backup@db.example.com/shop   # mysql, mariadb, mssql, mongodb, redis, sqlite:///path;
#                                             # or, for anything else, command: /usr/local/bin/dump-it
#     password: ${DB_PASSWORD:-}              # better ${file:/run/secrets/db}
#     databases: [shop, blog]                 # instead of the one in the URL
#     format: plain                           # or custom, PostgreSQL's archive
#     jobs: 1                                 # more: PostgreSQL by table, all in one exported snapshot
#     globals: true                           # roles and grants too
#     tables: [orders]                        # only these; the dump tool's own patterns
#     exclude_tables: [logs]
#     schemas: [public]
#     exclude_schemas: [scratch]
#     options: "--no-owner"                   # more arguments for the dump tool
#     tools: /usr/lib/postgresql/15/bin       # default: found by the server's version
#     idle_timeout: 30m                       # a tool that is silent for so long is killed
#     allow_empty: false
#     count_rows: true                        # in the dump's snapshot, for verify --level restore
#     sample_rows: 1000
#     server_folder: /backups                 # SQL Server: where the server writes,
#     local_folder: /mnt/backups              # and the same folder as this machine sees it
#     object_name: "{job}/%Y/%m/%d/{engine}_{database}_%Y%m%d_%H%M%S"   # of plain objects
#     assertions: ["SELECT count(*) > 0 FROM orders"]   # must be true in a restored copy
#     paths_query: "SELECT path FROM media"   # files that must be in the same snapshot,
#     paths_root: /srv/media                  # below this folder
#     scratch_url: postgres://drill@scratch/  # default: a throw-away server on this machine

jobs:
  files:
    sources: [~/Documents]                  # EDIT: folders and files
    # databases: [shop]                     # dumped into the same snapshot, before the files
    # to: main                              # not needed while there is one target
    # prefix: files/                        # needed where several jobs share a target
    # include: ["*.pdf", "*.docx"]          # default: every file
    # exclude: ["*.tmp", "/cache", "**/node_modules"]
    # iexclude: ["thumbs.db"]               # likewise, ignoring case
    # exclude_larger_than: 10GiB
    # one_file_system: false
    # exclude_caches: false                 # these three in a repository only
    # exclude_if_present: [".nobackup"]
    # tags: [documents]
    # retention_days: 0                     # of plain objects: older backups go after a good run
    # keep_min_good: 3                      # but so many good ones stay
    # schedule: ["0 3 * * *"]               # when `cofre serve` runs it: cron, @daily; docs/scheduling.md
    # every: 0s                             # or a period, such as 6h
    # time_zone: America/Sao_Paulo
    # run_at_start: false
    # blackout: ["mon-fri 08:00-18:00"]     # no run begins then
    # jitter: 0s                            # a delay of up to so much
    # catch_up: true                        # make up, once, for what was missed
    # overdue_after: 1h                     # so late, somebody is told
    # after: [another-job]                  # only if that succeeded
    # timeout: 0s                           # a run that takes longer is stopped
    # verify_after: restore                 # list, read, semantic or restore, at the end of each run
    # freeze: /usr/local/bin/app-freeze     # before anything is read
    # thaw: /usr/local/bin/app-thaw         # when everything has been read
    # compression: none                     # none, zstd or gzip
    # compression_level: 0                  # 0: the default of the format
    # delete_after_upload: false            # true: delete files once their upload is proven
    # skip_unchanged: true
    # verify: auto                          # auto, head or read
    # concurrency: 0                        # files at once; 0: chosen for you
    # keep_going: true                      # a file that fails does not end the run

# logging:
#   level: info                             # debug, info, warning, error, critical, off
#   console_level: warning
#   log_file: logs/cofre.log
#   max_log_size_mb: 10
#   backup_count: 5
#   format: text                            # of stderr: text, or json lines
#   syslog: false
#   journald: false
#   seq_url: https://seq.example.com        # a SEQ server, or SEQ_URL
#   seq_api_key: ${file:/run/secrets/seq}
#   seq_properties: {Environment: production}

# notifications:                            # docs/notifications.md
#   channels:
#     ops:
#       type: slack                         # or email, discord, teams, telegram, webhook, ...
#       url: ${file:/run/secrets/slack_webhook}
#       success: true                       # also hear of every success

# catalog:                                  # what happened; `cofre history` shows it
#   url: sqlite:///var/lib/cofre/catalog.db # or postgres://user@host/database
#   password: ${COFRE_CATALOG_PASSWORD:-}
#   keep_days: 400

# scheduler:                                # of `cofre serve`
#   max_runs: 2
#   max_runs_per_target: 1

# server:                                   # where `cofre serve` answers
#   listen: ["127.0.0.1:8321"]              # for other machines a token is needed
#   token: ${COFRE_SERVER_TOKEN:-}
#   tls_certificate: server.pem
#   tls_key: server.key
#   hosts: [backup.example.org]

# state_dir: ~/.local/state/cofre           # locks and run records
)yaml";
}

std::string_view legacy_config_template() {
    return R"yaml(# Configuration of a backup of files to S3. Two lines are enough, those marked
# EDIT. The environment, or a file .env beside this one, overrides it:
# AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION or
# AWS_DEFAULT_REGION, AWS_PROFILE, S3_BUCKET_NAME, S3_PREFIX, AWS_ENDPOINT_URL.

aws:
  # Without keys here or in the environment, those of `aws configure` are used.
  # access_key_id: "AKIA..."
  # secret_access_key: "..."
  # session_token: "..."
  # profile: "default"
  region: "us-east-1"

s3:
  bucket_name: "my-bucket"                  # EDIT
  prefix: "backups/"                        # what every key begins with
  # endpoint_url: "https://s3.example.com"  # for a store that is not Amazon's
  # provider: "minio"
  # addressing: "path"
  # ca_bundle: "/etc/ssl/private-ca.pem"
  # allow_http: false
  # proxy: "http://proxy:3128"
  # use_fips_endpoint: false
  # use_dualstack_endpoint: false
  # requester_pays: false
  # storage_class: "STANDARD_IA"
  # sse: "aws:kms"                        # or AES256; default: as the bucket says
  # sse_kms_key_id: "alias/backups"
  # sse_customer_key: "${BACKUP_SSE_KEY:-}" # instead of sse: base64 of 32 bytes
  # tags: {project: "backups"}
  # acl: "bucket-owner-full-control"
  # object_lock_mode: "governance"        # or compliance; the bucket needs object lock
  # object_lock_days: 30
  # legal_hold: false
  # part_concurrency: 4
  # max_connections: 32
  # part_memory: 256MiB                   # for the parts of all streams together
  # limit_upload: "08:00,2M 19:00,off"    # bytes per second, or a timetable
  # limit_download: 10M
  # max_attempts: 3
  # connect_timeout: "10s"
  # idle_timeout: "60s"
  # multipart_threshold_mb: 100
  # part_size_mb: 50

backup:
  source_directory: "/path/to/backup"       # EDIT
  file_extensions: ["*"]                    # or ["*.txt", "*.pdf", "*.docx"]
  delete_after_upload: false                # true: delete files once their upload is proven
  # name: "backup"
  # exclude: ["*.tmp", "/cache"]
  # iexclude: ["thumbs.db"]
  # exclude_larger_than: "10GiB"
  # one_file_system: false
  # compression: "none"                     # none, zstd or gzip
  # compression_level: 0
  # skip_unchanged: true
  # verify: "auto"                          # auto, head or read
  # concurrency: 0                          # files at once; 0: chosen for you
  # keep_going: true

logging:
  level: "INFO"                             # DEBUG, INFO, WARNING, ERROR, CRITICAL
  # console_level: "WARNING"
  log_file: "logs/backup.log"
  max_log_size_mb: 10
  backup_count: 5
  # format: text                            # of stderr: text, or json lines
  # syslog: false
  # journald: false
  # seq_url: https://seq.example.com        # a SEQ server, or SEQ_URL
  # seq_api_key: ${file:/run/secrets/seq}
  # seq_properties: {Environment: production}
)yaml";
}

}  // namespace cofre::config
