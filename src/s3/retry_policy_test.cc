#include "s3/retry_policy.h"

#include <gtest/gtest.h>

namespace cofre::s3 {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

struct BackoffCase {
    const char* name;
    int retry;
    double jitter;
    std::optional<milliseconds> retry_after;
    milliseconds expected;
};
class Backoff : public ::testing::TestWithParam<BackoffCase> {};

TEST_P(Backoff, IsAsPublished) {
    EXPECT_EQ(backoff(GetParam().retry, GetParam().jitter, GetParam().retry_after), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Table, Backoff,
                         ::testing::Values(BackoffCase{"First", 0, 1.0, {}, milliseconds(1000)},
                                           BackoffCase{"Second", 1, 1.0, {}, milliseconds(2000)},
                                           BackoffCase{"HalfJitter", 2, 0.5, {}, milliseconds(2000)},
                                           BackoffCase{"Capped", 5, 1.0, {}, milliseconds(20'000)},
                                           BackoffCase{"FarBeyond", 1000, 1.0, {}, milliseconds(20'000)},
                                           BackoffCase{"ServerWins", 0, 0.0, milliseconds(7000), milliseconds(7000)},
                                           BackoffCase{"ServerAsksLess", 1, 1.0, milliseconds(10), milliseconds(2000)}),
                         [](const auto& test) { return std::string(test.param.name); });

class RetrySessionTest : public ::testing::Test {
protected:
    RetryBudget budget_;
    const steady_clock::time_point now_{};
};

TEST_F(RetrySessionTest, AllowsTwoRetries) {
    RetrySession session({}, budget_, now_);
    EXPECT_TRUE(session.next_wait(FaultKind::kPassing, now_, {}));
    EXPECT_TRUE(session.next_wait(FaultKind::kPassing, now_, {}));
    EXPECT_EQ(session.attempts(), 3);
    EXPECT_FALSE(session.next_wait(FaultKind::kPassing, now_, {}));
}

TEST_F(RetrySessionTest, DoesNotCountThrottlesAsAttempts) {
    RetrySession session({}, budget_, now_);
    for (int i = 0; i < 50; ++i)
        EXPECT_TRUE(session.next_wait(FaultKind::kThrottle, now_, {}));
    EXPECT_TRUE(session.next_wait(FaultKind::kPassing, now_, {}));
}

TEST_F(RetrySessionTest, BeginsNoAttemptAfterThePartDeadline) {
    RetrySession session({.part_deadline = seconds(60)}, budget_, now_);
    EXPECT_FALSE(session.next_wait(FaultKind::kThrottle, now_ + seconds(61), {}));
    EXPECT_FALSE(session.next_wait(FaultKind::kThrottle, now_, seconds(61)));
}

TEST_F(RetrySessionTest, TimeoutsUseUpTheBudgetTwiceAsFast) {
    int retries = 0;
    for (;; ++retries) {
        RetrySession session({}, budget_, now_);
        if (!session.next_wait(FaultKind::kTimeout, now_, {})) break;
    }
    EXPECT_EQ(retries, RetryBudget::kCapacity / RetryBudget::kTimeoutCost);
}

TEST_F(RetrySessionTest, ASuccessGivesBackWhatItsRetryTook) {
    while (budget_.take(RetryBudget::kRetryCost)) {
    }
    budget_.give_back(RetryBudget::kRetryCost);
    RetrySession session({}, budget_, now_);
    EXPECT_TRUE(session.next_wait(FaultKind::kPassing, now_, {}));
    EXPECT_FALSE(session.next_wait(FaultKind::kPassing, now_, {}));
    session.succeeded();
    EXPECT_TRUE(budget_.take(RetryBudget::kRetryCost));
}

TEST_F(RetrySessionTest, SuccessesWithoutRetriesFillTheBudgetSlowly) {
    while (budget_.take(1)) {
    }
    for (int i = 0; i < RetryBudget::kRetryCost; ++i) {
        EXPECT_FALSE(budget_.take(RetryBudget::kRetryCost));
        budget_.give_back(0);
    }
    EXPECT_TRUE(budget_.take(RetryBudget::kRetryCost));
}

}  // namespace
}  // namespace cofre::s3
