#pragma once

/// @file
/// Private to s3: the XML of what hangs on an object. Pure. Errors as in
/// s3_xml.h. Source: Amazon S3 API Reference.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "s3/object_admin.h"
#include "s3/object_detail.h"
#include "s3/object_settings.h"

namespace cofre::s3 {

Result<Tags> parse_tags(std::string_view xml);
std::string tags_document(const Tags& tags);

Result<ObjectAcl> parse_acl(std::string_view xml);

Result<Retention> parse_retention(std::string_view xml);
std::string retention_document(const Retention& retention);

/// True: on.
Result<bool> parse_legal_hold(std::string_view xml);
std::string legal_hold_document(bool on);

std::string restore_document(const RestoreRequest& request);

Result<ObjectAttributes> parse_attributes(std::string_view xml);

struct VersionPage {
    std::vector<VersionInfo> versions;
    bool is_truncated = false;
    std::string next_key_marker;
    std::string next_version_marker;
};
Result<VersionPage> parse_version_page(std::string_view xml);

}  // namespace cofre::s3
