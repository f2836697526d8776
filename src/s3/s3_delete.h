#pragma once

/// @file
/// Private to s3: deleting many objects in few requests.

#include <span>
#include <vector>

#include "base/call_context.h"
#include "s3/s3_client.h"
#include "store/object_store.h"

namespace cofre::s3 {

/// As ObjectStore::remove(): no such object is a success.
Status delete_one(S3Client& client, const CallContext& ctx, const store::ObjectKey& key);

/// As ObjectStore::remove_many(): 1 000 keys a request. Keys that XML cannot
/// carry, and all of them where the store has no such operation, go one by one.
Result<std::vector<store::RemoveFailure>> delete_many(S3Client& client, const CallContext& ctx,
                                                      std::span<const store::ObjectKey> keys);

}  // namespace cofre::s3
