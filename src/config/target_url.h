#pragma once

/// @file
/// What a target's URL says. Private.

#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "config/expansion.h"

namespace cofre::config {

/// True for what can only be a place: it holds "://", or begins as a path does.
bool looks_like_place(std::string_view text);

/// Sets url, kind, and bucket and prefix or folder. `s3://bucket/a/b` has the
/// prefix "a/b/", byte for byte, with a '/' added where none ends it;
/// `file:///a%20b`, `/a b`, `./b` and `~/b` are folders. restic's forms are
/// understood too: `s3:https://host/bucket/prefix` sets the endpoint,
/// `local:folder` is a folder. kInvalidArgument:
/// anything else; the message does not repeat the URL, which may hold a password.
Status apply_target_url(std::string_view url, const PathBase& base, TargetConfig& target);

}  // namespace cofre::config
