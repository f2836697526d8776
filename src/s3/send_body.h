#pragma once

/// @file
/// Private to s3: bodies that arrive as they were hashed, or not at all.

#include "base/byte_source.h"
#include "base/call_context.h"
#include "s3/s3_client.h"

namespace cofre::s3 {

/// Both send Content-MD5 if the request needs it.
///
/// Sends `request` with its text. A store that received something else is
/// given it again: memory does not change, so the wire did it.
S3Outcome send_text(S3Client& client, const CallContext& ctx, S3Request request);

/// Sends `request` with `source` as its body, of which request.sha256 is the
/// hash. kConflict: the source has changed, and nothing was stored. Where the
/// store does not check what it receives, the bytes are hashed on their way
/// and the last of them held back until they fit.
S3Outcome send_source(S3Client& client, const CallContext& ctx, S3Request request, const ByteSource& source);

}  // namespace cofre::s3
