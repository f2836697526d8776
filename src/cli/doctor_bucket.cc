#include <algorithm>

#include <fmt/format.h>

#include "base/units.h"
#include "cli/doctor_checks.h"

namespace cofre::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Amazon refuses at 15 minutes; machines that keep their clocks are closer by far.
constexpr seconds kInexactClock{30};
/// Each costs a request.
constexpr std::size_t kMeasuredUploads = 50;

Finding permission_finding(const s3::ProbeFinding& found) {
    Finding finding{.subject = found.name, .text = found.observed};
    switch (found.verdict) {
        case s3::Verdict::kYes: finding.text = "allowed"; break;
        case s3::Verdict::kNo:
            // Backups can be made without these; see the text of each.
            finding.health =
                found.name == "s3:PutObject" || found.name == "s3:GetObject" || found.name == "s3:ListBucket"
                    ? Health::kBad
                    : Health::kWarning;
            finding.text = "denied: " + found.meaning;
            finding.hint = "allow " + found.name + "; `cofre doctor policy` prints a policy that does";
            break;
        case s3::Verdict::kUnclear: finding.health = Health::kWarning; break;
    }
    return finding;
}

Finding clock_finding(milliseconds offset) {
    const auto distance = std::chrono::abs(offset);
    Finding finding{.subject = "clock", .text = "agrees with the store's to " + format_duration(distance)};
    if (distance < kInexactClock) return finding;
    finding.health = Health::kWarning;  // It works, by the correction that the hint tells of.
    finding.text = "this machine's is " + format_duration(distance) + (offset.count() > 0 ? " behind" : " ahead of") +
                   " the store's";
    finding.hint = "set it by NTP (timedatectl set-ntp true); until then requests are signed with the store's";
    return finding;
}

Result<Finding> uploads_finding(const App& app, s3::S3Store& store, const char* subject,
                                const std::vector<s3::PendingUpload>& uploads) {
    Finding finding{.subject = subject, .text = "none"};
    if (uploads.empty()) return finding;
    std::uint64_t bytes = 0;
    bool all_measured = uploads.size() <= kMeasuredUploads;
    for (std::size_t i = 0; i < std::min(uploads.size(), kMeasuredUploads); ++i) {
        const auto size = store.bytes_of_upload(app.ctx, uploads[i]);
        if (!size && size.error().code() == ErrorCode::kCancelled) return size.error();
        if (size) bytes += *size;
        all_measured = all_measured && (size || size.error().code() == ErrorCode::kNotFound);
    }
    const auto oldest = std::min_element(uploads.begin(), uploads.end(),
                                         [](const auto& a, const auto& b) { return a.initiated < b.initiated; });
    const auto age = std::chrono::duration_cast<milliseconds>(app.clock.wall_now() - oldest->initiated);
    finding.health = Health::kWarning;
    finding.text = fmt::format("{}, {}{}, the oldest {} old", uploads.size(), all_measured ? "" : "at least ",
                               format_bytes(bytes), format_duration(std::max(age, milliseconds(0))));
    return finding;
}

/// For settings that keys for backups need not be allowed to read.
Finding not_readable(const char* subject, const Error& error) {
    return {.subject = subject, .health = Health::kPassed, .text = "not known: " + error.message()};
}

Finding versioning_finding(const Result<s3::Versioning>& versioning, bool old_ones_expire) {
    if (!versioning) return not_readable("versioning", versioning.error());
    if (*versioning == s3::Versioning::kOff) return {.subject = "versioning", .text = "off"};
    Finding finding{.subject = "versioning",
                    .text = *versioning == s3::Versioning::kEnabled ? "enabled" : "suspended; older versions remain"};
    if (old_ones_expire) {
        finding.text += "; a rule removes what is no longer current";
        return finding;
    }
    finding.health = Health::kWarning;
    finding.text += ": what is deleted or replaced stays, and is paid for";
    finding.hint = "set a lifecycle rule that expires noncurrent versions";
    return finding;
}

void add_lifecycle(const Result<std::vector<s3::LifecycleRule>>& rules, bool is_versioned,
                   std::vector<Finding>& findings) {
    if (!rules) {
        findings.push_back(not_readable("lifecycle", rules.error()));
        return;
    }
    const bool aborts = std::any_of(rules->begin(), rules->end(), [](const auto& rule) {
        return rule.enabled && rule.abort_uploads_days.has_value();
    });
    Finding finding{.subject = "lifecycle",
                    .text = rules->empty() ? "no rules" : std::to_string(rules->size()) + " rules"};
    if (!aborts) {
        finding.health = Health::kWarning;
        finding.text += "; none aborts unfinished uploads";
        finding.hint = "set AbortIncompleteMultipartUpload after 7 days, or run `cofre cleanup` now and then";
    }
    findings.push_back(std::move(finding));
    const auto expiring = std::find_if(rules->begin(), rules->end(),
                                       [](const auto& rule) { return rule.enabled && rule.expire.has_value(); });
    if (expiring != rules->end() && !is_versioned) {
        findings.push_back({.subject = "expiration",
                            .health = Health::kWarning,
                            .text = "rule \"" + expiring->id + "\" deletes objects below \"" + expiring->prefix +
                                    "\", whether a backup needs them or not",
                            .hint = "see to it that it does not cover the target's prefix"});
    }
}

Finding cors_finding(const Result<std::vector<s3::CorsRule>>& rules) {
    if (!rules) return not_readable("CORS", rules.error());
    if (rules->empty()) {
        return {.subject = "CORS",
                .health = Health::kPassed,
                .text = "not set: browsers cannot upload straight to this bucket (backups need none)"};
    }
    const bool any_origin = std::any_of(rules->begin(), rules->end(), [](const auto& rule) {
        return std::find(rule.allowed_origins.begin(), rule.allowed_origins.end(), "*") != rule.allowed_origins.end();
    });
    Finding finding{.subject = "CORS", .text = std::to_string(rules->size()) + " rules"};
    if (any_origin) {
        finding.health = Health::kWarning;
        finding.text += "; one allows every web page";
        finding.hint = "name the pages that upload in AllowedOrigins";
    }
    return finding;
}

Finding lock_finding(const Result<s3::BucketLock>& lock) {
    if (!lock) return not_readable("object lock", lock.error());
    if (!lock->enabled) return {.subject = "object lock", .health = Health::kPassed, .text = "not enabled"};
    std::string text = "enabled";
    if (lock->default_mode) {
        text += fmt::format(", new objects: {} for {}", s3::word_for(*lock->default_mode),
                            lock->default_days ? std::to_string(*lock->default_days) + " days"
                                               : std::to_string(lock->default_years.value_or(0)) + " years");
    }
    return {.subject = "object lock", .text = std::move(text)};
}

Finding region_finding(const Result<std::string>& location, const s3::S3Options& store) {
    if (!location) return not_readable("region", location.error());
    const bool is_amazon = s3::guess_provider(store.endpoint).name == "aws";
    if (!is_amazon || *location == store.region || location->empty()) {
        return {.subject = "region", .text = store.region};
    }
    return {.subject = "region",
            .health = Health::kWarning,
            .text = "the bucket is in " + *location + ", requests are signed for " + store.region,
            .hint = "set region: " + *location + " to save a request"};
}

}  // namespace

Result<Diagnosis> diagnose_access(const App& app, const config::TargetConfig& target, const s3::S3Options& store) {
    COFRE_ASSIGN(auto signer, daemon::credentials_for(target));
    COFRE_ASSIGN(
        const auto report,
        s3::run_probe(app.ctx, store, std::move(signer),
                      {.suite = s3::ProbeSuite::kPermissions, .prefix = target.prefix, .on_check = {}}, app.clock));
    Diagnosis diagnosis{.check = "access", .findings = {}};
    if (report.ended_by) {
        if (report.ended_by->code() == ErrorCode::kCancelled) return *report.ended_by;
        diagnosis.findings.push_back({.subject = "bucket",
                                      .health = Health::kBad,
                                      .text = report.ended_by->message(),
                                      .hint = report.ended_by->hint()});
        return diagnosis;
    }
    if (report.clock_offset) diagnosis.findings.push_back(clock_finding(*report.clock_offset));
    for (const auto& found : report.findings)
        diagnosis.findings.push_back(permission_finding(found));
    for (const auto& left : report.left_behind) {
        diagnosis.findings.push_back(
            {.subject = "left behind", .health = Health::kWarning, .text = left, .hint = "remove it by hand"});
    }
    return diagnosis;
}

Result<Diagnosis> diagnose_uploads(const App& app, const daemon::OpenTarget& open) {
    Diagnosis diagnosis{.check = "unfinished uploads", .findings = {}};
    const auto cleanup = open.s3->clean_up_uploads(app.ctx, open.prefix, seconds(0), /*dry_run=*/true);
    if (!cleanup) {
        if (cleanup.error().code() == ErrorCode::kCancelled) return cleanup.error();
        diagnosis.findings.push_back({.subject = "all",
                                      .health = Health::kWarning,
                                      .text = cleanup.error().message(),
                                      .hint = cleanup.error().hint()});
        return diagnosis;
    }
    COFRE_ASSIGN(auto ours, uploads_finding(app, *open.s3, "of this machine", cleanup->aborted));
    if (ours.health == Health::kWarning)
        ours.hint = "the next run goes on with them; or abort them with `cofre cleanup`";
    diagnosis.findings.push_back(std::move(ours));
    COFRE_ASSIGN(auto others, uploads_finding(app, *open.s3, "others or running", cleanup->others));
    if (others.health == Health::kWarning) {
        others.hint = "if nobody is uploading now: a lifecycle rule (AbortIncompleteMultipartUpload) clears them away";
    }
    diagnosis.findings.push_back(std::move(others));
    return diagnosis;
}

Result<Diagnosis> diagnose_bucket(const App& app, const s3::S3Options& store, const daemon::OpenTarget& open) {
    Diagnosis diagnosis{.check = "bucket", .findings = {}};
    auto& findings = diagnosis.findings;
    const auto admin = open.s3->bucket_admin();
    const auto versioning = admin.versioning(app.ctx);
    if (!versioning && versioning.error().code() == ErrorCode::kCancelled) return versioning.error();
    const auto rules = admin.lifecycle(app.ctx);
    const bool old_ones_expire = rules && std::any_of(rules->begin(), rules->end(), [](const auto& rule) {
                                     return rule.enabled && rule.expire_noncurrent_days.has_value();
                                 });
    const bool is_versioned = versioning && *versioning == s3::Versioning::kEnabled;
    findings.push_back(region_finding(admin.location(app.ctx), store));
    findings.push_back(versioning_finding(versioning, old_ones_expire));
    add_lifecycle(rules, is_versioned, findings);
    findings.push_back(cors_finding(admin.cors(app.ctx)));
    findings.push_back(lock_finding(admin.object_lock(app.ctx)));
    const auto is_public = admin.is_public(app.ctx);
    if (!is_public) {
        findings.push_back(not_readable("public access", is_public.error()));
    } else if (*is_public) {
        findings.push_back({.subject = "public access",
                            .health = Health::kWarning,
                            .text = "a bucket policy gives access to everyone",
                            .hint = "backups should be nobody else's: change the policy, or block public access"});
    } else {
        findings.push_back({.subject = "public access", .text = "none by the bucket's policy"});
    }
    return diagnosis;
}

}  // namespace cofre::cli
