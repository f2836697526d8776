#include <nlohmann/json.hpp>

#include "cli/app.h"
#include "s3/iam_policy.h"

namespace cofre::cli {
namespace {

Result<std::string> policy_for(const App& app, const DoctorPolicyOptions& options) {
    COFRE_ASSIGN(const auto target, resolve_target(app, options.target, ""));
    if (target.kind != config::TargetKind::kS3) {
        return Error(ErrorCode::kInvalidArgument, "target " + target.url + " is a folder: it has no policy");
    }
    COFRE_ASSIGN(const auto store, daemon::s3_options_for(target));
    return s3::iam_policy({.bucket = target.bucket,
                           .prefix = target.prefix,
                           .purpose = options.append_only    ? s3::PolicyPurpose::kAppendOnly
                                      : options.restore_only ? s3::PolicyPurpose::kRestoreOnly
                                                             : s3::PolicyPurpose::kFull,
                           .kms_key_arn = options.kms_key.empty() ? target.sse_kms_key_id : options.kms_key,
                           .partition = s3::partition_of(store.region),
                           .object_lock = options.object_lock || target.object_lock_mode || target.legal_hold,
                           .tags = options.tags || !target.tags.empty()});
}

}  // namespace

int run_command(const App& app, const DoctorPolicyOptions& options) {
    const auto policy = policy_for(app, options);
    if (!policy) return fail(app, policy.error());
    // It is JSON either way; with --json on one line, as everywhere.
    if (app.console.json()) {
        app.console.print_json(nlohmann::ordered_json::parse(*policy).dump());
    } else {
        app.console.print(*policy);
    }
    return kExitDone;
}

}  // namespace cofre::cli
