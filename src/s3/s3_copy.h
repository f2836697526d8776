#pragma once

/// @file
/// Private to s3: copies that the store makes by itself.

#include "base/call_context.h"
#include "s3/s3_client.h"
#include "s3/s3_upload.h"
#include "store/object_store.h"

namespace cofre::s3 {

struct ObjectVersion {
    const store::ObjectKey& key;
    std::string_view version_id = {};
};

/// As ObjectStore::copy(); `version_id` empty: the current version. A version
/// may be copied onto its own key, which makes it the current one again. The new
/// object gets what `settings` say; metadata and, unless the settings have some,
/// tags are the old one's. Objects above 5 GiB, which CopyObject refuses, are
/// copied in parts.
Status copy_inside(S3Client& client, const CallContext& ctx, const ObjectVersion& from, const store::ObjectKey& to,
                   const UploadSettings& settings);

}  // namespace cofre::s3
