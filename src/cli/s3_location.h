#pragma once

/// @file
/// What `cofre s3` commands work on: a bucket and a key, or a local path.

#include <optional>
#include <string>
#include <string_view>

#include "cli/app.h"
#include "daemon/target_factory.h"

namespace cofre::cli {

/// One end of a copy.
struct Location {
    bool is_stream = false;             ///< "-"
    std::optional<std::string> bucket;  ///< Absent: a local path.
    std::string path;                   ///< The key (possibly empty, or a prefix), or the local path.
    std::string text;                   ///< As it was given, for messages.
};

/// "-", "s3://bucket[/key]", "file:///path" or a path. Keys are taken
/// literally. kInvalidArgument: another scheme, or no bucket.
Result<Location> parse_location(std::string_view text);

/// Opens the bucket with the options of the command line; no prefix applies.
Result<daemon::OpenTarget> open_bucket(const App& app, const std::string& bucket, TargetOptions options);

/// One object of a bucket, for the commands that are about one.
struct OpenObject {
    daemon::OpenTarget target;
    store::ObjectKey key;
    std::string url;  ///< As it was given.
};
/// kInvalidArgument: not s3://bucket/key. `command` for messages.
Result<OpenObject> open_object(const App& app, std::string_view command, const TargetOptions& url);

}  // namespace cofre::cli
