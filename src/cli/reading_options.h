#pragma once

/// @file
/// The command line of what reads snapshots, as plain data: part of options.h.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/repository_options.h"

namespace cofre::cli {

/// Into a database server instead of a folder; see dump::RestoreRequest.
struct RestoreIntoOptions {
    std::string url;  ///< Empty: into a folder. May be the name of a configured database.
    std::optional<std::filesystem::path> password_file;
    std::vector<std::string> databases;
    std::vector<std::string> tables, schemas;
    std::vector<std::string> rename;  ///< OLD=NEW
    bool clean = false;
    bool globals = false;
    int jobs = 2;
    std::optional<std::filesystem::path> tools;
};

struct RestoreOptions {
    std::string snapshot = "latest";  ///< SNAPSHOT or SNAPSHOT:PATH.
    std::filesystem::path target;
    RestoreIntoOptions into;
    RepoAccessOptions from;
    SnapshotFilterOptions filter;  ///< For "latest".
    std::string job;               ///< Of plain objects.
    std::vector<std::string> include;
    std::vector<std::string> iinclude;
    std::vector<std::string> exclude;
    std::vector<std::string> iexclude;
    std::vector<std::filesystem::path> include_files;
    std::vector<std::filesystem::path> iinclude_files;
    std::vector<std::filesystem::path> exclude_files;
    std::vector<std::filesystem::path> iexclude_files;
    std::string overwrite = "always";
    std::string owner = "numeric";
    bool remove_others = false;
    bool verify = false;
    bool sparse = false;
    bool suid = false;  ///< Of plain objects.
    bool dry_run = false;
    int concurrency = 0;
};

struct LsOptions {
    std::string snapshot = "latest";
    std::vector<std::string> paths;
    RepoAccessOptions from;
    SnapshotFilterOptions filter;
    std::string job;
    bool long_form = false;
    bool recursive = false;
};

struct FindOptions {
    RepoAccessOptions from;
    SnapshotFilterOptions filter;
    std::vector<std::string> patterns;
    std::vector<std::string> snapshots;
    std::string newest;
    std::string oldest;
    bool ignore_case = false;
    bool long_form = false;
    bool blob = false;
    bool tree = false;
    bool pack = false;
};

struct DiffOptions {
    RepoAccessOptions from;
    std::string before;
    std::string after;
    bool metadata = false;
};

struct DumpOptions {
    RepoAccessOptions from;
    SnapshotFilterOptions filter;
    std::string snapshot;
    std::string path;
    std::string archive = "tar";
    bool sql = false;  ///< One script of a database that was dumped by table.
    std::optional<std::filesystem::path> target;
};

struct StatsOptions {
    RepoAccessOptions from;
    SnapshotFilterOptions filter;
    std::vector<std::string> snapshots;
    std::string mode = "restore-size";
};

struct MountOptions {
    RepoAccessOptions from;
    SnapshotFilterOptions filter;
    std::filesystem::path mount_point;
    bool allow_other = false;
};

}  // namespace cofre::cli
