#include "cli/s3_location.h"

#include <utility>

#include "cli/job_runner.h"

namespace cofre::cli {

Result<Location> parse_location(std::string_view text) {
    Location location{.text = std::string(text)};
    if (text == "-") {
        location.is_stream = true;
        return location;
    }
    if (text.starts_with("file://")) {
        location.path = text.substr(7);
        return location;
    }
    if (!text.starts_with("s3://")) {
        const auto scheme = text.find("://");
        if (scheme != std::string_view::npos) {
            return Error(ErrorCode::kInvalidArgument, "\"" + std::string(text.substr(0, scheme)) +
                                                          "://\" is not a place that objects can be copied to")
                .with_hint("use s3://bucket/key, a path, or -");
        }
        location.path = text;
        return location;
    }
    const auto rest = text.substr(5);
    const auto slash = rest.find('/');
    location.bucket = std::string(rest.substr(0, slash));
    if (slash != std::string_view::npos) location.path = rest.substr(slash + 1);
    if (location.bucket->empty()) {
        return Error(ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" names no bucket")
            .with_hint("write s3://bucket/key");
    }
    return location;
}

Result<daemon::OpenTarget> open_bucket(const App& app, const std::string& bucket, TargetOptions options) {
    options.target = "s3://" + bucket;
    COFRE_ASSIGN(const auto target, resolve_target(app, options, ""));
    return daemon::open_target(target, daemon::Absent::kFail, default_state_folder());
}

Result<OpenObject> open_object(const App& app, std::string_view command, const TargetOptions& url) {
    COFRE_ASSIGN(const auto place, parse_location(url.target));
    if (!place.bucket || place.path.empty()) {
        return Error(ErrorCode::kInvalidArgument, std::string(command) + " " + place.text + ": names no object")
            .with_hint("write s3://bucket/key");
    }
    COFRE_ASSIGN(auto key, store::ObjectKey::parse(place.path));
    COFRE_ASSIGN(auto target, open_bucket(app, *place.bucket, url));
    return OpenObject{std::move(target), std::move(key), place.text};
}

}  // namespace cofre::cli
