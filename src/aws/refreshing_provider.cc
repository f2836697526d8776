#include "aws/refreshing_provider.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "crypto/random.h"

namespace cofre::aws {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr seconds kFloor{30};
/// A set refused at this age was never accepted; after so many of them in a row
/// the fault is not in the sets.
constexpr seconds kFresh{2};
constexpr int kMaxQuickRejections = 3;

milliseconds share(nanoseconds life, int percent) {
    return std::chrono::duration_cast<milliseconds>(life / 100 * percent);
}

/// 15 minutes and a random 2 to 10: a thousand hosts must not come back at once.
seconds extension() {
    constexpr int kSpread = 8 * 60 + 1;
    return minutes(15 + 2) + seconds(static_cast<int>(crypto::random_fraction() * kSpread));
}

bool is_callers_own(ErrorCode code) {
    return code == ErrorCode::kCancelled || code == ErrorCode::kDeadlineExceeded;
}

}  // namespace

RefreshWindows refresh_windows(nanoseconds life) {
    if (life <= nanoseconds(0)) return {milliseconds(0), milliseconds(0), kFloor};
    return {.advisory = std::min<milliseconds>(minutes(15), share(life, 25)),
            .mandatory = std::min<milliseconds>(minutes(10), share(life, 15)),
            .floor = std::min<milliseconds>(kFloor, share(life, 10))};
}

/// The right to fetch; gives it back at the end.
struct RefreshingProvider::Flight {
    explicit Flight(BoundedQueue<Permit>& permits) : permits_(permits) {}
    Flight(const Flight&) = delete;
    Flight& operator=(const Flight&) = delete;
    // Never blocks: this was the only permit, and no stop is asked for.
    ~Flight() { static_cast<void>(permits_.push(Permit{}, {})); }

private:
    BoundedQueue<Permit>& permits_;
};

RefreshingProvider::RefreshingProvider(std::string source, std::string label, Fetch fetch, Clock& clock,
                                       WhenExpired when_expired)
    : source_(std::move(source)),
      label_(std::move(label)),
      fetch_(std::move(fetch)),
      clock_(clock),
      when_expired_(when_expired) {
    static_cast<void>(permit_.push(Permit{}, {}));  // There is room.
}

Result<Credentials> RefreshingProvider::resolve(const CallContext& ctx) {
    const auto look = [this](const State& state) { return std::pair(next_step(state), state); };
    auto [step, state] = state_.with(look);
    if (step == Step::kMayFetch) {
        if (!permit_.try_pop()) return answer(state, Step::kUse);
    } else if (step == Step::kMustFetch) {
        COFRE_ASSIGN([[maybe_unused]] const auto permit, permit_.pop(ctx.stop));
    } else {
        return answer(state, step);
    }
    const Flight flight(permit_);
    // Whoever flew before us may have brought what we were waiting for.
    std::tie(step, state) = state_.with(look);
    if (step == Step::kUse || step == Step::kFail) return answer(state, step);
    return fetch_once(ctx);
}

RefreshingProvider::Step RefreshingProvider::next_step(const State& state) const {
    const RefreshWindows windows = refresh_windows(state.life);
    const bool may_try = !state.idle_attempt || clock_.now() - *state.idle_attempt >= windows.floor;
    if (!state.current) return may_try ? Step::kMustFetch : Step::kFail;
    if (state.current->expires_at) {
        const auto left = *state.current->expires_at - clock_.wall_now();
        if (left <= nanoseconds(0)) return may_try ? Step::kMustFetch : Step::kFail;
        if (may_try && left <= windows.mandatory) return Step::kMustFetch;
        if (may_try && left <= windows.advisory && !state.is_rejected) return Step::kMayFetch;
    }
    return may_try && state.is_rejected ? Step::kMustFetch : Step::kUse;
}

Result<Credentials> RefreshingProvider::answer(const State& state, Step step) {
    if (step != Step::kFail) return *state.current;
    if (!state.error) return Error(ErrorCode::kInternal, "no credentials and no reason");
    // Who had a set before is in the middle of something, and may well wait.
    if (state.current) return Error(*state.error).with_retry_after(refresh_windows(state.life).floor);
    return *state.error;
}

Result<Credentials> RefreshingProvider::fetch_once(const CallContext& ctx) {
    auto fetched = fetch_(ctx);
    // The caller gave up, not the service: the next one in line tries.
    if (!fetched && is_callers_own(fetched.error().code())) return std::move(fetched).error();
    settle(std::move(fetched));
    return state_.with([this](const State& state) -> Result<Credentials> {
        const bool is_usable =
            state.current && (!state.current->expires_at || *state.current->expires_at > clock_.wall_now());
        return answer(state, is_usable ? Step::kUse : Step::kFail);
    });
}

void RefreshingProvider::settle(Result<Credentials> fetched) {
    std::optional<Credentials> expired;
    if (fetched && fetched->expires_at && *fetched->expires_at <= clock_.wall_now()) {
        expired = *fetched;
        fetched = refuse_expired(*fetched);
    }
    const Report report = state_.with([&](State& state) {
        if (!fetched) return note_failure(state, std::move(fetched).error(), std::move(expired));
        const bool is_known =
            state.current && is_same_set(*state.current, *fetched) && state.current->expires_at >= fetched->expires_at;
        return is_known ? note_same_set(state) : take(state, *std::move(fetched));
    });
    if (!report.text.empty()) log(report.level, "aws", "credentials of " + label_ + " " + report.text);
}

RefreshingProvider::Report RefreshingProvider::take(State& state, Credentials fetched) const {
    Report report{LogLevel::kInfo, state.current ? "renewed" : "received"};
    report.text += ": key " + fetched.access_key_id;
    state = State{.came = clock_.now(), .quick_rejections = state.quick_rejections};
    if (fetched.expires_at) {
        state.life = *fetched.expires_at - clock_.wall_now();
        report.text += ", until " + format_rfc3339(*fetched.expires_at);
    }
    state.current = std::move(fetched);
    state.current->source = source_;
    return report;
}

/// Before its end a service may give the same set again: no reason to warn,
/// unless the store has refused it.
RefreshingProvider::Report RefreshingProvider::note_same_set(State& state) const {
    state.idle_attempt = clock_.now();
    state.error = Error(ErrorCode::kUnauthenticated, label_ + ": there is no newer set than the one refused");
    return {LogLevel::kWarning, state.is_rejected ? "were refused by the store, and there are no newer ones" : ""};
}

RefreshingProvider::Report RefreshingProvider::note_failure(State& state, Error error,
                                                            std::optional<Credentials> expired) const {
    state.idle_attempt = clock_.now();
    state.error = std::move(error);
    const bool is_over =
        !state.current || (state.current->expires_at && *state.current->expires_at <= clock_.wall_now());
    if (is_over && extend(state, std::move(expired))) {
        return {LogLevel::kWarning, "cannot be renewed: " + state.error->message() + "; using the last set until " +
                                        format_rfc3339(*state.current->expires_at)};
    }
    if (!state.current) return {};  // The error itself is what the caller gets.
    std::string text = "cannot be renewed: " + state.error->message();
    if (state.current->expires_at) {
        text += (is_over ? "; the last ones expired at " : "; going on with those that expire at ") +
                format_rfc3339(*state.current->expires_at);
    }
    return {LogLevel::kWarning, std::move(text)};
}

bool RefreshingProvider::extend(State& state, std::optional<Credentials> fetched) const {
    if (when_expired_ != WhenExpired::kExtend) return false;
    if (fetched) state.current = std::move(fetched);
    if (!state.current || !state.current->expires_at) return false;
    state.life = extension();
    state.current->expires_at = clock_.wall_now() + state.life;
    state.current->source = source_;
    return true;
}

Error RefreshingProvider::refuse_expired(const Credentials& fetched) const {
    return Error(ErrorCode::kUnauthenticated, label_ + ": the credentials just received expired at " +
                                                  format_rfc3339(*fetched.expires_at) + ", and now it is " +
                                                  format_rfc3339(clock_.wall_now()))
        .with_hint("check this machine's clock, and the service that issues them");
}

void RefreshingProvider::invalidate(const Credentials& rejected) {
    state_.with([&](State& state) {
        if (!state.current || !is_same_set(*state.current, rejected) || state.is_rejected) return;
        state.is_rejected = true;
        state.quick_rejections = clock_.now() - state.came < kFresh ? state.quick_rejections + 1 : 0;
        if (state.quick_rejections > kMaxQuickRejections && !state.idle_attempt) state.idle_attempt = state.came;
    });
}

}  // namespace cofre::aws
