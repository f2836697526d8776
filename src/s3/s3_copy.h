#pragma once

/// @file
/// Private to s3: copies that the store makes by itself.

#include "base/call_context.h"
#include "s3/s3_client.h"
#include "store/object_store.h"

namespace cofre::s3 {

/// As ObjectStore::copy(). Objects above 5 GiB, which CopyObject refuses, are
/// copied in parts.
Status copy_inside(S3Client& client, const CallContext& ctx, const store::ObjectKey& from, const store::ObjectKey& to);

}  // namespace cofre::s3
