#pragma once

/// @file
/// The command line of repositories as plain data: part of options.h.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cofre::cli {

/// A target named on the command line: a URL, a path, or a name of cofre.yaml.
/// What is empty comes from the configuration, the environment or defaults.
struct TargetOptions {
    std::string target;
    std::string layout;  ///< "objects", "repository", "auto" or empty.
    std::string endpoint;
    std::string region;
    std::string profile;
    std::string provider;
    std::string ca_bundle;
    std::string storage_class;
    bool path_style = false;
    bool virtual_host_style = false;
    bool allow_http = false;
    std::string multipart_threshold;
    std::string part_size;
    int part_concurrency = 0;
    std::string limit_upload;
    std::string limit_download;
    std::string proxy;
    bool requester_pays = false;
    std::filesystem::path sse_customer_key_file;  ///< A file, because arguments can be seen by everyone.

    // Of new objects; only commands that make some offer them.
    std::string sse;
    std::string sse_kms_key_id;
    std::vector<std::string> tags;  ///< NAME=VALUE
    std::string acl;
    std::string object_lock_mode;
    int object_lock_days = 0;
    bool legal_hold = false;
};

/// Where a repository is and how it is opened. RepositorySession takes it.
struct RepoAccessOptions {
    TargetOptions place;
    std::optional<std::filesystem::path> password_file;
    std::string password_command;
    bool no_cache = false;
    std::optional<std::filesystem::path> cache_dir;
    bool no_lock = false;
    std::string retry_lock;   ///< A duration; empty: do not wait.
    std::string compression;  ///< off, auto, max; empty: as the target says.
    std::string pack_size;    ///< A size, or a bare number of MiB as in restic.
};

/// Which snapshots are meant: repo::SnapshotFilter.
struct SnapshotFilterOptions {
    std::vector<std::string> hosts;
    std::vector<std::string> tags;  ///< "a,b" each.
    std::vector<std::string> paths;
};

/// A recovery kit to be made.
struct KitOptions {
    std::string file;             ///< "-": standard output; one that ends in .pdf is a PDF; empty: no kit.
    std::string language = "en";  ///< As report::parse_kit_language() reads it.
    bool with_password = false;
};

struct InitOptions {
    RepoAccessOptions repo;
    std::string version = "2";  ///< "1", "2", "stable" or "latest".
    KitOptions kit;
};

struct RecoveryKitOptions {
    RepoAccessOptions repo;
    KitOptions kit;
};

struct SnapshotsOptions {
    RepoAccessOptions from;
    std::string job;  ///< Of plain objects.
    SnapshotFilterOptions filter;
    std::vector<std::string> ids;
    int latest = 0;
    std::string group_by;
    bool compact = false;
};

struct CatOptions {
    RepoAccessOptions repo;
    std::string what;
    std::string id;
};

struct ListOptions {
    RepoAccessOptions repo;
    std::string what;
};

struct KeyListOptions {
    RepoAccessOptions repo;
};
struct KeyAddOptions {
    RepoAccessOptions repo;
    std::optional<std::filesystem::path> new_password_file;
};
struct KeyRemoveOptions {
    RepoAccessOptions repo;
    std::string id;
};
struct KeyPasswdOptions {
    RepoAccessOptions repo;
    std::optional<std::filesystem::path> new_password_file;
};

struct UnlockOptions {
    RepoAccessOptions repo;
    bool remove_all = false;
};

struct TagOptions {
    RepoAccessOptions repo;
    SnapshotFilterOptions filter;
    std::vector<std::string> ids;
    std::vector<std::string> set;
    std::vector<std::string> add;
    std::vector<std::string> remove;
};

struct CacheOptions {
    std::optional<std::filesystem::path> cache_dir;
    bool cleanup = false;
    int max_age_days = 30;
};

// Maintenance.

struct CheckOptions {
    RepoAccessOptions repo;
    bool read_data = false;
    std::string read_data_subset;  ///< "n/t", "x%" or a size.
    std::string read_data_budget;  ///< A size for each day.
    bool check_unused = false;
    bool with_cache = false;
};

/// --keep-*: counts and durations as text: "7", "-1", "unlimited"; "1y5m7d2h".
struct KeepOptions {
    std::string last;
    std::string hourly;
    std::string daily;
    std::string weekly;
    std::string monthly;
    std::string yearly;
    std::string within;
    std::string within_hourly;
    std::string within_daily;
    std::string within_weekly;
    std::string within_monthly;
    std::string within_yearly;
    std::vector<std::string> tags;
};

/// What `prune` and `forget --prune` share.
struct PruneRuleOptions {
    std::string max_unused = "5%";
    std::string max_repack_size;
    bool repack_small = false;
    bool repack_uncompressed = false;
    bool repack_cacheable_only = false;
};

struct PruneOptions {
    RepoAccessOptions repo;
    PruneRuleOptions rules;
    bool dry_run = false;
};

struct ForgetOptions {
    RepoAccessOptions repo;
    SnapshotFilterOptions filter;
    std::vector<std::string> ids;
    KeepOptions keep;
    std::string group_by = "host,paths";
    bool compact = false;
    bool dry_run = false;
    bool prune = false;
    bool allow_remove_all = false;
    PruneRuleOptions rules;
};

struct CopyOptions {
    RepoAccessOptions repo;  ///< Where to.
    RepoAccessOptions from;  ///< Only its place, password and key.
    SnapshotFilterOptions filter;
    std::vector<std::string> ids;
};

struct RewriteOptions {
    RepoAccessOptions repo;
    SnapshotFilterOptions filter;
    std::vector<std::string> ids;
    std::vector<std::string> exclude;
    std::vector<std::string> iexclude;
    std::vector<std::filesystem::path> exclude_files;
    std::string new_host;
    std::string new_time;
    bool forget = false;
    bool dry_run = false;
};

struct RepairIndexOptions {
    RepoAccessOptions repo;
    bool read_all_packs = false;
};
struct RepairPacksOptions {
    RepoAccessOptions repo;
    std::vector<std::string> ids;
};
struct RepairSnapshotsOptions {
    RepoAccessOptions repo;
    SnapshotFilterOptions filter;
    std::vector<std::string> ids;
    bool forget = false;
    bool dry_run = false;
};

}  // namespace cofre::cli
