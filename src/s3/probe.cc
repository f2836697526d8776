#include "s3/probe.h"

#include <algorithm>
#include <utility>

#include "s3/probe_check.h"
#include "s3/s3_xml.h"

namespace cofre::s3 {
namespace {

using Table = std::span<const ProbeCheck>;

/// For what was made, after a stop.
constexpr std::chrono::seconds kCleanUpTime{30};

std::vector<Table> tables_of(ProbeSuite suite) {
    switch (suite) {
        case ProbeSuite::kPermissions: return {permission_checks()};
        case ProbeSuite::kCapabilities: break;
    }
    return {connection_checks(), object_checks(),    key_checks(),   integrity_checks(),
            listing_checks(),    multipart_checks(), bucket_checks()};
}

void run_tables(ProbeSession& session, const std::vector<Table>& tables, const ProbeOptions& options,
                ProbeReport& report) {
    std::size_t count = 0;
    for (const auto& table : tables)
        count += table.size();
    for (const auto& table : tables) {
        for (const auto& check : table) {
            if (session.ctx().stop.stop_requested()) {
                report.ended_by = Error(ErrorCode::kCancelled, "stop was requested");
                return;
            }
            if (options.on_check) options.on_check(check.name, report.findings.size(), count);
            ProbeAnswer answer = check.run(session);
            report.findings.push_back({.name = std::string(check.name),
                                       .verdict = answer.verdict,
                                       .observed = std::move(answer.observed),
                                       .meaning = std::string(check.matters_for)});
        }
        if (session.hopeless) {
            report.ended_by = session.hopeless;
            return;
        }
    }
}

}  // namespace

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::kYes: return "yes";
        case Verdict::kNo: return "no";
        case Verdict::kUnclear: return "unclear";
    }
    return "unclear";
}

const ProbeFinding* ProbeReport::find(std::string_view name) const {
    const auto found = std::find_if(findings.begin(), findings.end(), [&](const auto& f) { return f.name == name; });
    return found == findings.end() ? nullptr : &*found;
}

std::string observed(const S3Outcome& outcome) {
    const int status = outcome.response.status;
    if (status == 0) return outcome.error ? outcome.error->message() : "no answer";
    std::string text = "HTTP " + std::to_string(status);
    if (!outcome.code.empty()) text += " " + outcome.code;
    return text;
}

ProbeAnswer judge_plainly(const S3Outcome& outcome) {
    if (outcome.ok()) return {Verdict::kYes, observed(outcome)};
    const int status = outcome.response.status;
    // 5xx but "not implemented": the store has a bad day, or the network has.
    const bool says_nothing = status == 0 || status == 401 || status == 403 || (status >= 500 && status != 501);
    return {says_nothing ? Verdict::kUnclear : Verdict::kNo, observed(outcome)};
}

ProbeAnswer judge_refusal(const S3Outcome& outcome) {
    if (outcome.ok()) return {Verdict::kNo, "accepted: " + observed(outcome)};
    const int status = outcome.response.status;
    const bool says_nothing = status == 0 || outcome.error->code() == ErrorCode::kPermissionDenied || status >= 500;
    return {says_nothing ? Verdict::kUnclear : Verdict::kYes, "refused: " + observed(outcome)};
}

Result<ProbeReport> run_probe(const CallContext& ctx, S3Options store, std::unique_ptr<aws::CredentialProvider> signer,
                              const ProbeOptions& options, Clock& clock) {
    COFRE_ASSIGN(const auto session,
                 ProbeSession::create(ctx, std::move(store), std::move(signer), options.prefix, clock));
    ProbeReport report;
    report.closest_row = session->measured.name;
    run_tables(*session, tables_of(options.suite), options, report);
    // Its first answers may have told what an unknown store is.
    const auto* const recognized = find_provider(session->client().profile().name);
    if (report.closest_row == "unknown" && recognized != nullptr) report.closest_row = recognized->name;
    const auto* const row = find_provider(report.closest_row);
    report.measured = session->measured;
    report.measured.name = kMeasuredName;
    if (row != nullptr) {  // What no check can measure.
        report.measured.title = row->title;
        report.measured.default_region = row->default_region;
        report.measured.max_parts = row->max_parts;
    }
    report.clock_offset = session->clock_offset();
    report.left_behind = session->clean_up({.stop = {}, .deadline = clock.now() + kCleanUpTime});
    return report;
}

}  // namespace cofre::s3
