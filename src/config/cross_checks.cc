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
