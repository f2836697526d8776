// What the keys may do: one check for each IAM action that cofre uses.

#include <array>

#include "s3/probe_check.h"
#include "s3/s3_xml.h"

namespace cofre::s3 {
namespace {

constexpr std::string_view kScratchBody = "cofre looks whether it may do this\n";

/// An action that is allowed can still fail for another reason, which is then
/// the store's or the network's, and not the policy's.
ProbeAnswer judge_permission(const S3Outcome& outcome) {
    if (outcome.ok()) return {Verdict::kYes, observed(outcome)};
    const bool denied = outcome.response.status == 403 || outcome.error->code() == ErrorCode::kPermissionDenied;
    return {denied ? Verdict::kNo : Verdict::kUnclear, observed(outcome) + ": " + outcome.error->message()};
}

ProbeAnswer may_put(ProbeSession& session) {
    const S3Outcome put = session.put(session.key("object"), kScratchBody);
    // Without any answer, or with keys that are unknown, nothing else can be found out.
    if (put.error &&
        (put.response.status == 0 || put.error->code() == ErrorCode::kUnauthenticated || put.code == "NoSuchBucket")) {
        session.hopeless = put.error;
    }
    return judge_permission(put);
}

ProbeAnswer may_get(ProbeSession& session) {
    const S3Outcome got = session.get(session.key("object"));
    // Who may not list is told 403 for what is not there.
    const bool absent = got.response.status == 404;
    if (absent) return {Verdict::kYes, "allowed, though the scratch object is not there"};
    return judge_permission(got);
}

ProbeAnswer may_list(ProbeSession& session) {
    return judge_permission(
        session.send(list_objects(session.client().profile(), session.scratch(), std::nullopt, {}, /*max_keys=*/1)));
}

ProbeAnswer may_delete(ProbeSession& session) {
    return judge_permission(session.remove(session.key("object")));
}

ProbeAnswer may_list_uploads(ProbeSession& session) {
    return judge_permission(session.send(list_multipart_uploads(session.scratch(), "", "")));
}

struct BegunUpload {
    std::string key;
    std::string id;
    S3Outcome outcome;
};

BegunUpload begin_scratch_upload(ProbeSession& session) {
    BegunUpload begun;
    begun.key = session.key("upload");
    if (const auto id = session.begin_upload(begun.key, begun.outcome)) begun.id = *id;
    return begun;
}

ProbeAnswer may_list_parts(ProbeSession& session) {
    const auto begun = begin_scratch_upload(session);
    if (begun.id.empty()) return {Verdict::kUnclear, "an upload cannot be begun: " + observed(begun.outcome)};
    return judge_permission(session.ask(begun.key, {{"uploadId", begun.id}}));
}

ProbeAnswer may_abort(ProbeSession& session) {
    const auto begun = begin_scratch_upload(session);
    if (begun.id.empty()) return {Verdict::kUnclear, "an upload cannot be begun: " + observed(begun.outcome)};
    return judge_permission(session.abort(begun.key, begun.id));
}

constexpr std::array kPermissionChecks = {
    ProbeCheck{"s3:PutObject", "backups cannot be written", may_put},
    ProbeCheck{"s3:GetObject", "nothing can be restored or verified, and no backup can go on from the last one",
               may_get},
    ProbeCheck{"s3:ListBucket", "backups cannot be found, nor uploads be proven cheaply", may_list},
    ProbeCheck{"s3:ListBucketMultipartUploads", "`cofre cleanup` cannot find what was left behind", may_list_uploads},
    ProbeCheck{"s3:ListMultipartUploadParts", "a large upload that broke begins anew", may_list_parts},
    ProbeCheck{"s3:AbortMultipartUpload", "parts of failed uploads stay, and are paid for", may_abort},
    ProbeCheck{"s3:DeleteObject", "old backups cannot be removed (right for keys that may only append)", may_delete},
};

}  // namespace

std::span<const ProbeCheck> permission_checks() {
    return kPermissionChecks;
}

}  // namespace cofre::s3
