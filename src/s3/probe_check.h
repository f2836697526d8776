#pragma once

/// @file
/// Private to s3: one check of a probe, as a row of a table. A new check is a
/// function and one entry.

#include <span>
#include <string_view>

#include "s3/probe.h"
#include "s3/probe_session.h"

namespace cofre::s3 {

struct ProbeAnswer {
    Verdict verdict = Verdict::kUnclear;
    std::string observed;
};

struct ProbeCheck {
    std::string_view name;
    std::string_view matters_for;  ///< Why anyone should care: the text of both verdicts.
    /// Also puts what it learned into session.measured.
    ProbeAnswer (*run)(ProbeSession& session);
};

/// In the order in which they run. The first of connection_checks() decides on
/// the style of addressing that all others use.
std::span<const ProbeCheck> connection_checks();
std::span<const ProbeCheck> object_checks();
std::span<const ProbeCheck> key_checks();
std::span<const ProbeCheck> integrity_checks();
std::span<const ProbeCheck> listing_checks();
std::span<const ProbeCheck> multipart_checks();
std::span<const ProbeCheck> bucket_checks();
std::span<const ProbeCheck> permission_checks();

/// "HTTP 412 PreconditionFailed", or the error where there was no answer.
std::string observed(const S3Outcome& outcome);
/// kYes if it succeeded; kUnclear if it was not allowed or had no answer; else kNo.
ProbeAnswer judge_plainly(const S3Outcome& outcome);
/// The other way round: kYes if the store refused with a 4xx that is not about
/// permission; kNo if it took it.
ProbeAnswer judge_refusal(const S3Outcome& outcome);

}  // namespace cofre::s3
