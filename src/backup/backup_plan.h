#pragma once

/// @file
/// What a backup of files is asked to do, and what came of it.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/time_format.h"
#include "objects/manifest.h"
#include "repo/snapshot.h"
#include "source/path_filter.h"

namespace cofre::backup {

/// How the store's copy is checked before a file counts as safe.
enum class ProofLevel : std::uint8_t {
    kAuto,  ///< Size and ETag from a listing; kRead for files that will be deleted, unless the store has a SHA-256.
    kHead,  ///< One HEAD for each object: size, and SHA-256 where the store keeps one.
    kRead,  ///< Every object is read back and hashed, unless the store has a SHA-256.
};

struct BackupPlan {
    std::string job = "adhoc";
    /// Folders or files. One folder: paths are relative to it. Several: paths
    /// are the absolute ones without the leading '/', so that none can collide.
    std::vector<std::filesystem::path> sources;
    /// What is stored already and belongs to this backup, such as dumps; by
    /// ascending paths. With it there need not be a source. `added_sources` is
    /// what the manifest says of where it is from.
    std::vector<objects::ManifestEntry> added;
    std::vector<std::string> added_sources;
    std::string prefix;           ///< Keys of files begin with it.
    std::string manifest_prefix;  ///< Manifests lie below it: the target's own prefix, the same or a shorter one.
    source::FilterRules filter;
    bool one_file_system = false;
    objects::Compression compression = objects::Compression::kNone;
    int compression_level = 0;   ///< 0: the format's default.
    bool skip_unchanged = true;  ///< Take over what the job's last manifest has, if the store still has it.
    /// After the manifest is stored: delete every source file whose object is
    /// proven by SHA-256 and that has not changed since it was read.
    bool delete_after_upload = false;
    ProofLevel proof = ProofLevel::kAuto;
    int concurrency = 32;    ///< Files at once; at least 1.
    bool keep_going = true;  ///< A file that fails is a problem, not the end of the run.
    bool dry_run = false;
    /// Go on although another job, or an ad hoc backup of other sources, keeps
    /// its files under the same prefix, where equal names replace each other.
    bool share_prefix = false;
    std::filesystem::path temp_folder = "/tmp";  ///< Takes the manifest while it grows.
    std::string host;
    std::string tool_version;
};

/// A file that is not safe, or not as asked, and why.
struct FileProblem {
    std::string path;  ///< Bytes; relative, as in the manifest.
    std::string message;
};

struct BackupOutcome {
    std::string snapshot_id;  ///< Empty if no manifest was written (dry run).
    std::string manifest_key;
    WallTime started_at{};
    std::chrono::milliseconds elapsed{0};
    objects::ManifestSummary summary;
    std::uint64_t unchanged_files = 0;
    std::uint64_t deleted_files = 0;  ///< From the source.
    std::uint64_t deleted_folders = 0;
    std::uint64_t problem_count = 0;
    std::vector<FileProblem> problems;  ///< The first kMaxProblems; the manifest has all.
    std::vector<std::string> warnings;
    /// Of a repository: what its snapshot says of the run.
    std::optional<repo::SnapshotSummary> repository;

    static constexpr std::size_t kMaxProblems = 1000;
    bool is_complete() const { return problem_count == 0; }
};

}  // namespace cofre::backup
