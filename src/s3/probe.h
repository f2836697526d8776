#pragma once

/// @file
/// Finding out, on a scratch prefix, what a store can do and what its keys
/// allow. Talks to the real store: some 80 small requests and 25 MiB for all
/// capabilities, a dozen for the permissions.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/credentials.h"
#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "s3/provider_profile.h"
#include "s3/s3_store.h"

namespace cofre::s3 {

/// A table of checks (probe_check.h).
enum class ProbeSuite : std::uint8_t {
    kCapabilities,  ///< What the store can do; sets `measured`.
    kPermissions,   ///< What the keys may do: one row for each IAM action that cofre uses.
};

enum class Verdict : std::uint8_t {
    kYes,
    kNo,
    kUnclear,  ///< Not allowed, not reached, or an answer that says nothing either way.
};
std::string_view to_string(Verdict verdict);  ///< "yes", "no", "unclear".

struct ProbeFinding {
    std::string name;  ///< "conditional put"; of kPermissions the action: "s3:PutObject".
    Verdict verdict = Verdict::kUnclear;
    std::string observed;  ///< What the store answered.
    std::string meaning;   ///< What follows for a backup.
};

struct ProbeReport {
    std::vector<ProbeFinding> findings;  ///< In the order of the table.
    std::string closest_row;             ///< What the store was taken for at first.
    ProviderProfile measured;            ///< Of kCapabilities: its name is kMeasuredName.
    /// The store's clock minus ours, if an answer had a Date.
    std::optional<std::chrono::milliseconds> clock_offset;
    std::vector<std::string> left_behind;  ///< Keys and uploads that could not be removed, and why.
    std::optional<Error> ended_by;         ///< It is incomplete: stopped, or nothing works at all.

    const ProbeFinding* find(std::string_view name) const;
};

struct ProbeOptions {
    ProbeSuite suite = ProbeSuite::kCapabilities;
    std::string prefix;  ///< Below it, all keys have a random scratch prefix of their own.
    /// Told before each check, on the caller's thread.
    std::function<void(std::string_view name, std::size_t index, std::size_t count)> on_check;
};

/// Runs the checks one after the other and removes what they wrote, also after
/// a stop (then within half a minute, whatever `ctx` says). An Error: nothing
/// was sent, because `options` contradict each other.
Result<ProbeReport> run_probe(const CallContext& ctx, S3Options store, std::unique_ptr<aws::CredentialProvider> signer,
                              const ProbeOptions& options, Clock& clock = system_clock());

}  // namespace cofre::s3
