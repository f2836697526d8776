#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "aws/sts_client.h"
#include "base/units.h"
#include "cli/app.h"
#include "cli/diagnosis.h"
#include "cli/doctor_checks.h"
#include "config/load.h"

namespace cofre::cli {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Whose key it is, is a courtesy: nobody should wait long for it.
constexpr seconds kIdentityPatience{8};
/// Less than this, and no refresh happens any more.
constexpr std::chrono::minutes kShortRest{5};
constexpr std::array<std::string_view, 7> kLinks = {"environment", "assume-role", "web-identity", "profile",
                                                    "process",     "container",   "imds"};

/// What was found out about who signs.
struct CredentialFacts {
    std::vector<aws::SkippedProvider> skipped;
    std::optional<aws::Credentials> credentials;
    std::optional<Error> error;
    std::string asked_at;  ///< The endpoint of STS.
    std::optional<aws::CallerIdentity> identity;
    std::optional<Error> identity_error;
};

/// A target's, or what would sign without one.
Result<config::TargetConfig> subject_of(const App& app, const TargetOptions& options) {
    if (!options.target.empty()) {
        COFRE_ASSIGN(auto target, resolve_target(app, options, ""));
        if (target.kind != config::TargetKind::kS3) {
            return Error(ErrorCode::kInvalidArgument, "target " + target.url + " is a folder: nobody signs for it");
        }
        return target;
    }
    COFRE_TRY(configure_default_log(app));
    // For the endpoint and region that the environment names.
    COFRE_ASSIGN(auto target, config::target_from_url("s3://any", config::process_load_options(app.globals.config)));
    if (!options.profile.empty()) target.profile = options.profile;
    return target;
}

void ask_identity(const App& app, const config::TargetConfig& target, CredentialFacts& facts) {
    CallContext ctx = app.ctx;
    ctx.deadline = std::min(ctx.deadline, app.clock.now() + kIdentityPatience);
    const auto identity = [&]() -> Result<aws::CallerIdentity> {
        COFRE_ASSIGN(auto endpoint, daemon::sts_endpoint_for(target));
        facts.asked_at = endpoint.url;
        COFRE_ASSIGN(const auto sts, aws::StsClient::create(std::move(endpoint), app.clock));
        return sts->get_caller_identity(ctx, *facts.credentials);
    }();
    if (identity) {
        facts.identity = *identity;
    } else {
        facts.identity_error = identity.error();
    }
}

Result<CredentialFacts> find_out(const App& app, const config::TargetConfig& target) {
    CredentialFacts facts;
    COFRE_ASSIGN(const auto provider, daemon::credentials_for(target));
    auto credentials = provider->explain(app.ctx, facts.skipped);
    if (!credentials) {
        if (credentials.error().code() == ErrorCode::kCancelled) return std::move(credentials).error();
        facts.error = std::move(credentials).error();
        return facts;
    }
    facts.credentials = *std::move(credentials);
    ask_identity(app, target, facts);
    return facts;
}

Finding expiry_finding(const App& app, const aws::Credentials& credentials) {
    if (!credentials.expires_at) {
        const bool is_temporary = !credentials.session_token.empty();
        return {.subject = "expires",
                .health = is_temporary ? Health::kWarning : Health::kGood,
                .text = is_temporary ? "at a time nobody tells: the keys have a session token, but no expiry"
                                     : "never: these are long-lived keys"};
    }
    const auto left = std::chrono::duration_cast<milliseconds>(*credentials.expires_at - app.clock.wall_now());
    const bool is_renewed =
        credentials.source != "environment" && credentials.source != "profile" && credentials.source != "configuration";
    std::string text = format_rfc3339(*credentials.expires_at) + ", in " +
                       format_duration(std::max(left, milliseconds(0))) +
                       (is_renewed ? ", renewed before that" : ", and nothing here renews them");
    const Health health = left <= milliseconds(0)            ? Health::kBad
                          : !is_renewed && left < kShortRest ? Health::kWarning
                                                             : Health::kGood;
    return {.subject = "expires", .health = health, .text = std::move(text)};
}

Finding identity_finding(const CredentialFacts& facts) {
    if (facts.identity) {
        return {.subject = "identity",
                .text = facts.identity->arn +
                        (facts.identity->account.empty() ? "" : " (account " + facts.identity->account + ")")};
    }
    const Error& error = *facts.identity_error;
    if (error.code() == ErrorCode::kUnauthenticated) {
        return {.subject = "identity", .health = Health::kBad, .text = error.message(), .hint = error.hint()};
    }
    // Many stores have keys, but no STS that would say whose they are.
    return {.subject = "identity",
            .health = Health::kWarning,
            .text = "not known: " + error.message(),
            .hint = "this alone does not keep a backup from working"};
}

Diagnosis findings_of(const App& app, const CredentialFacts& facts) {
    Diagnosis diagnosis{.check = "credentials", .findings = {}};
    auto& findings = diagnosis.findings;
    if (facts.credentials) {
        findings.push_back({.subject = "answered by", .text = facts.credentials->source});
        findings.push_back({.subject = "access key id", .text = facts.credentials->access_key_id});
        findings.push_back(identity_finding(facts));
        findings.push_back(expiry_finding(app, *facts.credentials));
    } else {
        // The reason of each link stands in a line of its own below.
        const bool was_nobody = facts.skipped.size() == kLinks.size();
        findings.push_back({.subject = "answered by",
                            .health = Health::kBad,
                            .text = was_nobody ? "nobody: no link has credentials" : facts.error->message(),
                            .hint = facts.error->hint()});
    }
    for (const auto& link : facts.skipped)
        findings.push_back({.subject = link.name, .health = Health::kPassed, .text = link.reason});
    if (!facts.credentials) return diagnosis;
    for (const auto link : kLinks) {
        const bool was_asked =
            link == facts.credentials->source || std::any_of(facts.skipped.begin(), facts.skipped.end(),
                                                             [&](const auto& skipped) { return skipped.name == link; });
        if (was_asked) continue;
        findings.push_back({.subject = std::string(link),
                            .health = Health::kPassed,
                            .text = "not asked: " + facts.credentials->source + " answered before"});
    }
    return diagnosis;
}

Json facts_json(const App& app, const CredentialFacts& facts, const Diagnosis& diagnosis) {
    Json out = to_json(diagnosis);
    for (const char* const key : {"source", "access_key_id", "expires_at", "seconds_left", "account", "arn", "user_id"})
        out[key] = nullptr;
    if (facts.credentials) {
        out["source"] = facts.credentials->source;
        out["access_key_id"] = facts.credentials->access_key_id;
        if (const auto expiry = facts.credentials->expires_at) {
            out["expires_at"] = format_rfc3339(*expiry);
            out["seconds_left"] = std::chrono::floor<seconds>(*expiry - app.clock.wall_now()).count();
        }
    }
    if (facts.identity) {
        out["account"] = facts.identity->account;
        out["arn"] = facts.identity->arn;
        out["user_id"] = facts.identity->user_id;
    }
    out["sts_endpoint"] = facts.asked_at;
    out["skipped"] = Json::array();
    for (const auto& link : facts.skipped)
        out["skipped"].push_back({{"source", link.name}, {"reason", link.reason}});
    return out;
}

}  // namespace

Result<Diagnosis> diagnose_credentials(const App& app, const config::TargetConfig& target) {
    COFRE_ASSIGN(const auto facts, find_out(app, target));
    Diagnosis diagnosis = findings_of(app, facts);
    // Who was not asked matters only where nobody answered.
    if (diagnosis.is_healthy())
        std::erase_if(diagnosis.findings, [](const auto& f) { return f.health == Health::kPassed; });
    return diagnosis;
}

int run_command(const App& app, const DoctorCredentialsOptions& options) {
    const auto target = subject_of(app, options.target);
    if (!target) return fail(app, target.error());
    const auto facts = find_out(app, *target);
    if (!facts) return fail(app, facts.error());
    const Diagnosis diagnosis = findings_of(app, *facts);
    if (app.console.json()) {
        const Json document = facts_json(app, *facts, diagnosis);
        app.console.print_json(document.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
        show(app.console, diagnosis);
    }
    return diagnosis.is_healthy() ? kExitDone : kExitFatal;
}

}  // namespace cofre::cli
