#pragma once

/// @file
/// Where the catalog is, and how it calls targets and proofs.

#include <memory>
#include <string>

#include "backup/proof_record.h"
#include "base/call_context.h"
#include "base/result.h"
#include "catalog/catalog.h"
#include "config/config.h"

namespace cofre::daemon {

/// What the configuration says, else catalog.db in its state folder.
Result<db::SqlUrl> catalog_url(const config::Config& config);

/// The same for a URL given on a command line; empty: the configuration's.
Result<db::SqlUrl> catalog_url(const config::Config& config, const std::string& given);

/// The name of a target in the catalog: the same place has the same one, however
/// it is written, and no secret is in it.
std::string catalog_target(const config::TargetConfig& target);

/// The row of a proof. From the record beside the backup and from the
/// verification itself comes the same, so that it is kept once.
catalog::Proof catalog_proof(const backup::ProofRecord& record, const std::string& target);

}  // namespace cofre::daemon
