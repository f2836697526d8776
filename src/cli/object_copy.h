#pragma once

/// @file
/// Copies of single objects and whole prefixes, without a manifest.

#include <cstdint>
#include <string>
#include <vector>

#include "backup/backup_plan.h"
#include "backup/progress.h"
#include "base/call_context.h"
#include "base/result.h"
#include "s3/s3_store.h"
#include "store/object_store.h"

namespace cofre::cli {

struct CopyTotals {
    std::uint64_t objects = 0;
    std::uint64_t bytes = 0;
    std::vector<backup::FileProblem> problems;
};

struct CopyJob {
    store::ObjectStore& store;
    int concurrency = 32;
    bool dry_run = false;
    backup::Progress& progress;
    store::PutOptions put = {};    ///< Of what is uploaded.
    s3::ObjectChoice choice = {};  ///< Of what is downloaded; only with `s3`.
    s3::S3Store* s3 = nullptr;     ///< The same store; needed for a choice.
};

/// One file to one key.
Status upload_one(const CallContext& ctx, const CopyJob& job, const std::string& path, const store::ObjectKey& key,
                  CopyTotals& totals);
/// Every regular file below `folder` to `prefix` + its relative path. Files
/// that fail are problems; links and special files are left out.
Status upload_folder(const CallContext& ctx, const CopyJob& job, const std::string& folder, const std::string& prefix,
                     CopyTotals& totals);
/// Standard input to a key; nothing is stored if it cannot be read to its end.
Status upload_stream(const CallContext& ctx, const CopyJob& job, int fd, const store::ObjectKey& key,
                     CopyTotals& totals);

/// One object to one file, which appears when it is whole.
Status download_one(const CallContext& ctx, const CopyJob& job, const store::ObjectKey& key, const std::string& path,
                    CopyTotals& totals);
/// Every object below `prefix` into `folder`; keys that would leave it, or that
/// a file system cannot hold, are problems. A key that ends in '/' is a folder.
Status download_prefix(const CallContext& ctx, const CopyJob& job, const std::string& prefix, const std::string& folder,
                       CopyTotals& totals);
Status download_stream_to(const CallContext& ctx, const CopyJob& job, const store::ObjectKey& key, int fd,
                          CopyTotals& totals);

}  // namespace cofre::cli
