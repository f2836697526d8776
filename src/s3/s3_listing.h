#pragma once

/// @file
/// Private to s3: listings that are complete, or an error.

#include <string_view>
#include <vector>

#include "base/call_context.h"
#include "s3/s3_client.h"
#include "s3/s3_store.h"
#include "store/object_store.h"

namespace cofre::s3 {

/// As ObjectStore::list(). One page of at most 1 000 keys is in memory. A page
/// that is out of order inside is sorted. kCorruption: what cannot be a page of
/// this listing: no way to go on although it is truncated, a page that comes
/// again, keys out of order across pages, outside the prefix or not above
/// start_after, or fewer keys than the page claims.
Status list_all(S3Client& client, const CallContext& ctx, const store::ListOptions& options,
                const store::ObjectStore::Visitor& visit);

/// As S3Store::list_pending_uploads().
Result<std::vector<PendingUpload>> list_uploads(S3Client& client, const CallContext& ctx, std::string_view prefix);

}  // namespace cofre::s3
