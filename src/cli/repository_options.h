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

struct InitOptions {
    RepoAccessOptions repo;
    std::string version = "2";  ///< "1", "2", "stable" or "latest".
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

}  // namespace cofre::cli
