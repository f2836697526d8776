#pragma once

/// @file
/// Private to s3: reading an object, through broken connections.

#include "base/byte_source.h"
#include "base/call_context.h"
#include "s3/s3_client.h"
#include "store/object_store.h"

namespace cofre::s3 {

/// As ObjectStore::get(). A transfer that breaks off goes on where it stopped,
/// as long as each attempt brings at least one byte, and only if the object is
/// still the same. Bytes reach `sink` straight from the receive buffer.
Result<store::ObjectHead> download(S3Client& client, const CallContext& ctx, const store::ObjectKey& key,
                                   const store::ByteRange& range, const ObjectChoice& choice, const ByteSink& sink);

}  // namespace cofre::s3
