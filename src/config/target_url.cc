#include "config/target_url.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/encoding.h"

namespace cofre::config {
namespace {

constexpr std::string_view kS3Scheme = "s3://";
constexpr std::string_view kFileScheme = "file://";

Error not_a_place(std::string cause) {
    return Error(ErrorCode::kInvalidArgument, std::move(cause));
}

/// Amazon's rules are narrower, those of other stores wider; this only refuses
/// what would be read as another part of a URL.
bool is_bucket_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
}

Status apply_s3(std::string_view rest, TargetConfig& target) {
    const auto slash = rest.find('/');
    const auto bucket = rest.substr(0, slash);
    if (bucket.empty()) return not_a_place("the URL names no bucket").with_hint("write s3://bucket/prefix");
    if (bucket.find_first_of(":@") != std::string_view::npos) {
        return not_a_place("a host, port or key does not belong into an s3:// URL")
            .with_hint("write s3://bucket/prefix and the rest under endpoint and access_key_id");
    }
    if (!std::all_of(bucket.begin(), bucket.end(), is_bucket_character)) {
        return not_a_place("the name of the bucket has a character that no bucket's name has");
    }
    target.kind = TargetKind::kS3;
    target.bucket = bucket;
    target.prefix = slash == std::string_view::npos ? "" : rest.substr(slash + 1);
    if (!target.prefix.empty() && !target.prefix.ends_with('/')) target.prefix += '/';
    return {};
}

Status apply_file(std::string_view rest, TargetConfig& target) {
    if (rest.starts_with("localhost/")) rest.remove_prefix(std::string_view("localhost").size());
    if (!rest.starts_with('/')) {
        return not_a_place("a file:// URL has three slashes before the folder")
            .with_hint("write file:///folder, or the folder alone");
    }
    COFRE_ASSIGN(const auto decoded, percent_decode(rest));
    COFRE_ASSIGN(target.folder, absolute_path(decoded, {"/", {}}));
    target.kind = TargetKind::kFolder;
    return {};
}

/// restic's form of a place: s3:https://host/bucket/prefix or s3:host/bucket.
Status apply_restic_s3(std::string_view rest, TargetConfig& target) {
    std::string scheme = "https://";
    for (const std::string_view known : {"https://", "http://"}) {
        if (!rest.starts_with(known)) continue;
        scheme = known;
        rest.remove_prefix(known.size());
    }
    const auto slash = rest.find('/');
    if (slash == 0 || slash == std::string_view::npos || rest.find('@') < slash) {
        return not_a_place("s3: is followed by no host and bucket").with_hint("write s3:https://host/bucket/prefix");
    }
    const std::string host(rest.substr(0, slash));
    COFRE_TRY(apply_s3(rest.substr(slash + 1), target));
    // restic names Amazon by its global host; every region has its own.
    target.endpoint = host == "s3.amazonaws.com" ? "" : scheme + host;
    return {};
}

}  // namespace

bool looks_like_place(std::string_view text) {
    return text.find("://") != std::string_view::npos || text.starts_with("s3:") || text.starts_with("local:") ||
           text.starts_with('/') || text.starts_with("./") || text.starts_with("../") || text.starts_with('~') ||
           text == "." || text == "..";
}

Status apply_target_url(std::string_view url, const PathBase& base, TargetConfig& target) {
    target.url = url;
    if (url.starts_with(kS3Scheme)) return apply_s3(url.substr(kS3Scheme.size()), target);
    if (url.starts_with("s3:")) return apply_restic_s3(url.substr(3), target);
    if (url.starts_with("local:")) {
        COFRE_ASSIGN(target.folder, absolute_path(url.substr(6), base));
        target.kind = TargetKind::kFolder;
        return {};
    }
    if (url.starts_with(kFileScheme)) return apply_file(url.substr(kFileScheme.size()), target);
    if (url.find("://") == std::string_view::npos && looks_like_place(url)) {
        COFRE_ASSIGN(target.folder, absolute_path(url, base));
        target.kind = TargetKind::kFolder;
        return {};
    }
    return not_a_place("not a place for backups")
        .with_hint("write s3://bucket/prefix, file:///folder, /folder or ./folder");
}

}  // namespace cofre::config
