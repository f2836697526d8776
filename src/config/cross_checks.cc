// What must hold between keys, whichever form they were written in.
#include <algorithm>

#include "base/utf8.h"
#include "config/read_form.h"
#include "net/rate_limit.h"

namespace cofre::config {
namespace {

constexpr int kMaxGzipLevel = 9;

bool lies_in(const std::filesystem::path& inner, const std::filesystem::path& outer) {
    const auto [stop, rest] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
    return stop == outer.end();
}

}  // namespace

Status check_credentials(const TargetConfig& target, const CredentialPaths& paths, const SectionReader& reader) {
    const bool has_id = !target.access_key_id.empty();
    const bool has_secret = !target.secret_access_key.empty();
    if (has_id && !has_secret) {
        return reader.error(paths.access_key_id, "is set, but " + to_text(paths.secret_access_key) + " is not")
            .with_hint("set both, or neither to use the environment or a profile");
    }
    if (has_secret && !has_id) {
        return reader.error(paths.secret_access_key, "is set, but " + to_text(paths.access_key_id) + " is not")
            .with_hint("set both, or neither to use the environment or a profile");
    }
    if (!target.session_token.empty() && !has_id) {
        return reader.error(paths.session_token, "is set, but " + to_text(paths.access_key_id) + " is not");
    }
    return {};
}

Status check_role(const TargetConfig& target, const SettingPath& path, const SectionReader& reader) {
    constexpr std::chrono::hours kLongestSession{12};
    if (target.session_duration > kLongestSession) {
        return reader.error(key_of(path, "session_duration"), "a session lasts 12h at most");
    }
    if (!target.role_arn.empty()) return {};
    if (!target.external_id.empty()) return reader.error(key_of(path, "external_id"), "is set, but role_arn is not");
    if (target.session_duration.count() != 0) {
        return reader.error(key_of(path, "session_duration"), "is set, but role_arn is not");
    }
    return {};
}

Status check_object_settings(const TargetConfig& target, const SettingPath& path, const SectionReader& reader) {
    const auto wrong = [&](const char* name, const std::string& cause) {
        auto key = path;
        key.emplace_back(name);
        return reader.error(key, cause);
    };
    if (!target.sse_customer_key.empty()) {
        const auto key = s3::CustomerKey::parse(target.sse_customer_key);
        if (!key) return wrong("sse_customer_key", key.error().message()).with_hint(key.error().hint());
        if (target.sse != s3::ServerSideEncryption::kBucketDefault) {
            return wrong("sse_customer_key", "is set, but sse says that the store's keys encrypt");
        }
    }
    if (!target.sse_kms_key_id.empty() && target.sse != s3::ServerSideEncryption::kKms) {
        return wrong("sse_kms_key_id", "is set, but sse is not aws:kms");
    }
    if (!target.acl.empty() && !s3::is_canned_acl(target.acl)) {
        return wrong("acl", "is not a canned ACL").with_hint("one of: " + s3::canned_acls());
    }
    if (const auto tags = s3::check_tags(target.tags); !tags) return wrong("tags", tags.error().message());
    if (target.object_lock_mode && target.object_lock_days == 0) {
        return wrong("object_lock_mode", "is set, but object_lock_days is not");
    }
    if (!target.object_lock_mode && target.object_lock_days != 0) {
        return wrong("object_lock_days", "is set, but object_lock_mode is not");
    }
    if (!target.proxy.empty() && target.proxy.find("://") == std::string::npos) {
        return wrong("proxy", "expected http://host:port");
    }
    return {};
}

void drop_ignored_endpoint(const Variables& variables, const SettingPath& path, SectionReader& reader,
                           TargetConfig& target) {
    const auto ignore = variables.find("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if (!ignore || (ignore->value != "true" && ignore->value != "True" && ignore->value != "TRUE")) return;
    const auto kind = reader.origin(path).kind;
    if (kind != Origin::Kind::kEnvironment && kind != Origin::Kind::kDotEnv) return;
    target.endpoint.clear();
    reader.set_origin(path, {});
}

Status check_endpoint(const TargetConfig& target, const SettingPath& path, const SectionReader& reader) {
    const std::string_view endpoint = target.endpoint;
    const bool has_scheme = endpoint.starts_with("https://") || endpoint.starts_with("http://");
    if (endpoint.empty() || (has_scheme && endpoint.find('@') == std::string_view::npos)) return {};
    return reader.error(path, has_scheme ? "keys do not belong into the endpoint" : "expected https://host[:port]");
}

Status check_limits(const TargetConfig& target, const SettingPath& upload, const SettingPath& download,
                    const SectionReader& reader) {
    const auto check = [&](const std::string& text, const SettingPath& path) -> Status {
        if (text.empty()) return {};
        const auto table = net::RateTable::parse(text);
        return table ? Status() : reader.error(path, table.error().message());
    };
    COFRE_TRY(check(target.limit_upload, upload));
    return check(target.limit_download, download);
}

Status check_compression(const JobConfig& job, const SettingPath& level_path, const SectionReader& reader) {
    if (job.compression != objects::Compression::kGzip || job.compression_level <= kMaxGzipLevel) return {};
    return reader.error(level_path, "gzip has the levels 1 to 9");
}

void warn_about_job(const JobConfig& job, const TargetConfig& target, std::vector<std::string>& warnings) {
    for (const auto& source : job.sources) {
        if (target.kind == TargetKind::kFolder && lies_in(target.folder, source)) {
            warnings.push_back("job " + job.name + " backs up its own target: " +
                               escape_for_display(target.folder.string()) + " lies in " + escape_for_display(source));
        }
    }
    for (const auto& pattern : job.include) {
        if (pattern.starts_with('.') && pattern.find_first_of("*?[") == std::string::npos) {
            warnings.push_back("job " + job.name + ": the pattern \"" + escape_for_display(pattern) +
                               "\" matches only files of exactly that name; write \"*" + escape_for_display(pattern) +
                               "\" for a file extension");
        }
    }
}

}  // namespace cofre::config
