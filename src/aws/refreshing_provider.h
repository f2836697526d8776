#pragma once

/// @file
/// Keeps what a service hands out, and renews it before it expires.
/// The rules are those of botocore's RefreshableCredentials, with windows that
/// shrink with the life of a set, so that sessions of seconds work too.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "aws/credentials.h"
#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/log.h"

namespace cofre::aws {

/// Measured back from the end of a set that lived for `life` when it came.
struct RefreshWindows {
    std::chrono::milliseconds advisory;   ///< min(15 min, 25 %): one caller renews, the others go on.
    std::chrono::milliseconds mandatory;  ///< min(10 min, 15 %): everybody waits for the one who renews.
    /// min(30 s, 10 %): an attempt that brought nothing better is not repeated
    /// sooner. 30 s where no life is known.
    std::chrono::milliseconds floor;
};
RefreshWindows refresh_windows(std::chrono::nanoseconds life);

/// What happens when the service has nothing better than an expired set.
enum class WhenExpired : std::uint8_t {
    kFail,
    /// Go on with the expired set for 15 minutes and 2 to 10 more, and warn: the
    /// "static stability" of IMDS, whose keys outlive a fault of its own.
    kExtend,
};

/// Thread-safe. One fetch at a time, whoever asks. A set is given out until it
/// expires by the wall clock, which is read anew at each resolve(), so that the
/// time of a suspended host counts. A fetch that fails, or brings the same set
/// or an expired one, leaves the old set in use with a warning as long as it
/// lives; then its error is the answer, and is repeated without a new fetch
/// until the floor has passed (by the monotonic clock).
class RefreshingProvider final : public CredentialProvider {
public:
    /// Called on the thread of some caller, never twice at once. A stop or
    /// deadline of that caller ends the fetch and counts as no attempt.
    using Fetch = std::function<Result<Credentials>(const CallContext&)>;

    /// `clock` must outlive the provider. `source` is what name() says and what
    /// sets are marked with; `label` says in messages whose credentials they are.
    RefreshingProvider(std::string source, std::string label, Fetch fetch, Clock& clock,
                       WhenExpired when_expired = WhenExpired::kFail);

    std::string name() const override { return source_; }

    /// Errors of the fetch as they are; with a retry_after() if there was a set
    /// before. kUnauthenticated also: the service gave a set that has expired
    /// already.
    Result<Credentials> resolve(const CallContext& ctx) override;

    /// If it is the current set: the next resolve() fetches, floor permitting. A
    /// store that refuses one fresh set after another brings the floor into force.
    void invalidate(const Credentials& rejected) override;

private:
    using Monotonic = std::chrono::steady_clock::time_point;

    struct State {
        std::optional<Credentials> current;
        std::chrono::nanoseconds life{0};  // Of `current`, when it came.
        Monotonic came;
        bool is_rejected = false;
        int quick_rejections = 0;               // Sets in a row that were refused as soon as they came.
        std::optional<Monotonic> idle_attempt;  // The last attempt, if it brought nothing better.
        std::optional<Error> error;             // What came of it.
    };
    enum class Step : std::uint8_t { kUse, kMayFetch, kMustFetch, kFail };
    struct Flight;
    /// What is logged once no lock is held.
    struct Report {
        LogLevel level = LogLevel::kInfo;
        std::string text;
    };

    Step next_step(const State& state) const;
    static Result<Credentials> answer(const State& state, Step step);
    Result<Credentials> fetch_once(const CallContext& ctx);
    void settle(Result<Credentials> fetched);
    Report take(State& state, Credentials fetched) const;
    Report note_same_set(State& state) const;
    Report note_failure(State& state, Error error, std::optional<Credentials> expired) const;
    Error refuse_expired(const Credentials& fetched) const;
    bool extend(State& state, std::optional<Credentials> fetched) const;

    const std::string source_;
    const std::string label_;
    const Fetch fetch_;
    Clock& clock_;
    const WhenExpired when_expired_;
    Guarded<State> state_;
    struct Permit {};
    BoundedQueue<Permit> permit_{1};  // Holds one while nobody fetches.
};

}  // namespace cofre::aws
