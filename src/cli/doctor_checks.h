#pragma once

/// @file
/// What `cofre doctor TARGET` looks at, one function for each heading. A finding
/// that is bad keeps backups from working; an Error means only that the look
/// was stopped.

#include <filesystem>

#include "cli/app.h"
#include "cli/diagnosis.h"
#include "config/config.h"
#include "s3/probe.h"
#include "s3/s3_store.h"

namespace cofre::cli {

/// Names, addresses, TLS and certificates of the endpoint. `reached` says
/// whether anything else is worth trying.
Result<Diagnosis> diagnose_network(const App& app, const s3::S3Options& store, bool& reached);

/// Who signs, and until when.
Result<Diagnosis> diagnose_credentials(const App& app, const config::TargetConfig& target);

/// What these keys may do below the target's prefix, tried on scratch objects;
/// and the store's clock.
Result<Diagnosis> diagnose_access(const App& app, const config::TargetConfig& target, const s3::S3Options& store);

/// What earlier uploads left behind, ours and others'.
Result<Diagnosis> diagnose_uploads(const App& app, const daemon::OpenTarget& open);

/// Region, versions, lifecycle rules, CORS, object lock, public access.
Result<Diagnosis> diagnose_bucket(const App& app, const s3::S3Options& store, const daemon::OpenTarget& open);

/// The folder of a file:// target.
Result<Diagnosis> diagnose_folder(const App& app, const config::TargetConfig& target);

/// Where locks, ledgers and run records are kept.
Result<Diagnosis> diagnose_state(const App& app, const std::filesystem::path& folder);

/// 64 MiB there and back, with progress; removed again.
Result<Diagnosis> diagnose_throughput(const App& app, const daemon::OpenTarget& open);

}  // namespace cofre::cli
