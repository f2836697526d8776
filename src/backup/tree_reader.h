#pragma once

/// @file
/// Reading one file into chunks, and noticing that it changed meanwhile.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "backup/progress.h"
#include "backup/snapshot_commit.h"
#include "backup/tree_folder.h"
#include "backup/tree_sink.h"
#include "base/file.h"
#include "repo/chunker.h"

namespace cofre::backup {

/// A file to be read, opened.
struct FileJob {
    UniqueFd fd;
    std::string path;
    repo::Node node;  ///< Without content.
    std::optional<PreviousEntry> before;
    std::shared_ptr<TreeFolder> folder;
    std::size_t place = 0;
};

/// What came of reading it.
struct ReadFile {
    repo::Node node;
    bool has_changed = false;  ///< Twice: what is stored may be a mixture.
};

/// One for each thread. The arguments must outlive it.
class TreeReader {
public:
    TreeReader(const repo::ChunkTables& tables, TreeSink& sink, SummaryCounter& counter, Progress& progress)
        : chunks_(tables), sink_(sink), counter_(counter), progress_(progress) {}

    /// An error inside: the file cannot be read, the backup goes on. An error
    /// outside: the backup ends (kCancelled, or of the sink).
    Result<Result<ReadFile>> read(const CallContext& ctx, int fd, const std::string& path, repo::Node node);

    /// The chunks of any stream, in order; `size` gets their sum. Errors of
    /// `source` are inside, as above.
    Result<Result<std::vector<repo::Id>>> store_chunks(repo::ChunkStream::Reader source, std::uint64_t& size);

private:
    repo::ChunkStream chunks_;
    TreeSink& sink_;
    SummaryCounter& counter_;
    Progress& progress_;
};

}  // namespace cofre::backup
