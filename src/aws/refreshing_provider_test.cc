#include "aws/refreshing_provider.h"

#include <atomic>
#include <memory>
#include <semaphore>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/testing/aws_test.h"
#include "base/task_group.h"

namespace cofre::aws {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct WindowCase {
    const char* name;
    std::chrono::nanoseconds life;
    milliseconds advisory;
    milliseconds mandatory;
    milliseconds floor;
};
class Windows : public ::testing::TestWithParam<WindowCase> {};

TEST_P(Windows, ShrinkWithTheLife) {
    const auto windows = refresh_windows(GetParam().life);
    EXPECT_EQ(windows.advisory, GetParam().advisory);
    EXPECT_EQ(windows.mandatory, GetParam().mandatory);
    EXPECT_EQ(windows.floor, GetParam().floor);
}

INSTANTIATE_TEST_SUITE_P(Table, Windows,
                         ::testing::Values(WindowCase{"SixHours", hours(6), minutes(15), minutes(10), seconds(30)},
                                           WindowCase{"OneHour", hours(1), minutes(15), minutes(9), seconds(30)},
                                           WindowCase{"Quarter", minutes(15), seconds(225), seconds(135), seconds(30)},
                                           WindowCase{"Seconds", seconds(3), milliseconds(750), milliseconds(450),
                                                      milliseconds(300)},
                                           WindowCase{"Unknown", seconds(0), seconds(0), seconds(0), seconds(30)}),
                         [](const auto& param) { return std::string(param.param.name); });

/// A service of which tests say what it does next.
class RefreshingTest : public testing::AwsTest {
protected:
    void make(WhenExpired when_expired = WhenExpired::kFail) {
        provider_ = std::make_unique<RefreshingProvider>(
            "fake", "the fake", [this](const CallContext&) { return fetch(); }, clock_, when_expired);
    }
    Result<Credentials> fetch() {
        ++fetches_;
        if (error_) return *error_;
        if (!same_) ++set_;
        auto set = keys("set-" + std::to_string(set_), "s", "t");
        if (has_expiry_) set.expires_at = clock_.wall_now() + life_;
        if (same_ && last_expiry_) set.expires_at = last_expiry_;
        last_expiry_ = set.expires_at;
        return set;
    }
    std::string id() {
        const auto credentials = provider_->resolve(ctx_);
        return credentials ? credentials->access_key_id : credentials.error().message();
    }

    std::unique_ptr<RefreshingProvider> provider_;
    std::atomic<int> fetches_{0};
    int set_ = 0;
    bool same_ = false;
    bool has_expiry_ = true;
    std::optional<WallTime> last_expiry_;
    milliseconds life_ = hours(1);
    std::optional<Error> error_;
};

TEST_F(RefreshingTest, KeepsASetUntilItsAdvisoryWindow) {
    make();
    EXPECT_EQ(id(), "set-1");
    clock_.advance(minutes(44));
    EXPECT_EQ(id(), "set-1");
    EXPECT_EQ(fetches_, 1);
    clock_.advance(minutes(1));
    EXPECT_EQ(id(), "set-2");
    EXPECT_EQ(provider_->resolve(ctx_)->source, "fake");
}

TEST_F(RefreshingTest, ASetWithoutAnExpiryIsKeptForEver) {
    has_expiry_ = false;
    make();
    EXPECT_EQ(id(), "set-1");
    clock_.advance(hours(1000));
    EXPECT_EQ(id(), "set-1");
}

TEST_F(RefreshingTest, AFailureLeavesTheOldSetInUseUntilItExpires) {
    make();
    EXPECT_EQ(id(), "set-1");
    error_ = Error(ErrorCode::kUnavailable, "down");
    clock_.advance(minutes(46));  // Advisory.
    EXPECT_EQ(id(), "set-1");
    clock_.advance(minutes(8));  // Mandatory.
    EXPECT_EQ(id(), "set-1");
    EXPECT_EQ(fetches_, 3);
    clock_.advance(minutes(7));  // Over.
    EXPECT_EQ(id(), "down");
    EXPECT_EQ(provider_->resolve(ctx_).error().retry_after(), seconds(30));
    error_.reset();
    clock_.advance(seconds(30));
    EXPECT_EQ(id(), "set-2");
}

TEST_F(RefreshingTest, AFruitlessAttemptIsNotRepeatedWithin30Seconds) {
    make();
    EXPECT_EQ(id(), "set-1");
    error_ = Error(ErrorCode::kUnavailable, "down");
    clock_.advance(minutes(46));
    for (int second = 0; second < 60; ++second) {
        EXPECT_EQ(id(), "set-1");
        clock_.advance(seconds(1));
    }
    EXPECT_EQ(fetches_, 1 + 2);
}

TEST_F(RefreshingTest, AServiceThatNeverAnsweredIsNotWorthWaitingFor) {
    make();
    error_ = Error(ErrorCode::kUnavailable, "down");
    EXPECT_EQ(provider_->resolve(ctx_).error().retry_after(), std::nullopt);
}

TEST_F(RefreshingTest, TheSameSetAgainIsNotHammeredFor) {
    make();
    EXPECT_EQ(id(), "set-1");
    same_ = true;
    clock_.advance(minutes(46));
    for (int second = 0; second < 60; ++second) {
        EXPECT_EQ(id(), "set-1");
        clock_.advance(seconds(1));
    }
    EXPECT_EQ(fetches_, 1 + 2);
}

TEST_F(RefreshingTest, F24SetsThatHaveExpiredAlreadyAreAClearErrorAndNoLoop) {
    life_ = -minutes(1);
    make();
    for (int call = 0; call < 100; ++call) {
        const auto credentials = provider_->resolve(ctx_);
        ASSERT_FALSE(credentials);
        EXPECT_EQ(credentials.error().code(), ErrorCode::kUnauthenticated);
        EXPECT_THAT(credentials.error().message(), ::testing::HasSubstr("the credentials just received expired at"));
        EXPECT_THAT(credentials.error().hint(), ::testing::HasSubstr("clock"));
    }
    EXPECT_EQ(fetches_, 1);
    clock_.advance(seconds(30));
    EXPECT_FALSE(provider_->resolve(ctx_));
    EXPECT_EQ(fetches_, 2);
    life_ = hours(1);
    clock_.advance(seconds(30));
    EXPECT_TRUE(provider_->resolve(ctx_));
}

TEST_F(RefreshingTest, ASuspendedHostFindsOutByTheWallClock) {
    make();
    EXPECT_EQ(id(), "set-1");
    clock_.advance(hours(9));
    EXPECT_EQ(id(), "set-2");
}

TEST_F(RefreshingTest, SessionsOfSecondsWork) {
    life_ = seconds(3);
    make();
    for (int step = 0; step < 300; ++step) {
        const auto credentials = provider_->resolve(ctx_);
        ASSERT_TRUE(credentials);
        EXPECT_GT(*credentials->expires_at, clock_.wall_now());
        clock_.advance(milliseconds(100));
    }
    EXPECT_LE(fetches_, 15);
}

TEST_F(RefreshingTest, ARejectedSetIsReplacedAtOnce) {
    make();
    const auto first = provider_->resolve(ctx_);
    clock_.advance(minutes(1));
    provider_->invalidate(*first);
    EXPECT_EQ(id(), "set-2");
    provider_->invalidate(*first);  // Another thread's late complaint.
    EXPECT_EQ(id(), "set-2");
}

TEST_F(RefreshingTest, AStoreThatRefusesEverythingDoesNotFloodTheService) {
    make();
    for (int call = 0; call < 100; ++call) {
        const auto credentials = provider_->resolve(ctx_);
        ASSERT_TRUE(credentials);
        provider_->invalidate(*credentials);
    }
    EXPECT_LE(fetches_, 5);
    clock_.advance(seconds(30));
    const int before = fetches_;
    EXPECT_TRUE(provider_->resolve(ctx_));
    EXPECT_EQ(fetches_, before + 1);
}

TEST_F(RefreshingTest, StaticStabilityGoesOnWithExpiredSets) {
    life_ = hours(6);
    make(WhenExpired::kExtend);
    EXPECT_EQ(id(), "set-1");
    clock_.advance(hours(6) - minutes(1));
    error_ = Error(ErrorCode::kUnavailable, "down");
    EXPECT_EQ(id(), "set-1");
    clock_.advance(minutes(2));
    const auto extended = provider_->resolve(ctx_);
    ASSERT_TRUE(extended);
    EXPECT_EQ(extended->access_key_id, "set-1");
    EXPECT_GE(*extended->expires_at, clock_.wall_now() + minutes(17));
    EXPECT_LE(*extended->expires_at, clock_.wall_now() + minutes(25));
    const int before = fetches_;
    clock_.advance(minutes(5));
    EXPECT_EQ(id(), "set-1");
    EXPECT_EQ(fetches_, before);
    error_.reset();
    clock_.advance(minutes(30));
    EXPECT_EQ(id(), "set-2");
}

TEST_F(RefreshingTest, StaticStabilityTakesAnExpiredSetAtTheStartToo) {
    life_ = -minutes(5);
    make(WhenExpired::kExtend);
    EXPECT_EQ(id(), "set-1");
    EXPECT_EQ(id(), "set-1");
    EXPECT_EQ(fetches_, 1);
}

TEST_F(RefreshingTest, ACallersStopIsNoAttempt) {
    make();
    error_ = Error(ErrorCode::kCancelled, "stopped");
    EXPECT_EQ(provider_->resolve(ctx_).error().code(), ErrorCode::kCancelled);
    error_.reset();
    EXPECT_EQ(id(), "set-1");
}

/// The fetch stands still until the test lets it go on.
class SingleFlight : public testing::AwsTest {
protected:
    SingleFlight()
        : provider_(
              "fake", "the fake",
              [this](const CallContext&) -> Result<Credentials> {
                  const int number = ++fetches_;
                  if (number > 1) {
                      inside_.release();
                      go_on_.acquire();
                  }
                  auto set = keys("set-" + std::to_string(number), "s", "t");
                  set.expires_at = clock_.wall_now() + hours(1);
                  return set;
              },
              clock_) {}
    std::atomic<int> fetches_{0};
    std::counting_semaphore<16> inside_{0};
    std::counting_semaphore<16> go_on_{0};
    RefreshingProvider provider_;
};

TEST_F(SingleFlight, InTheAdvisoryWindowOthersGoOnWithTheOldSet) {
    ASSERT_TRUE(provider_.resolve(ctx_));
    clock_.advance(minutes(46));
    TaskGroup group;
    group.spawn([&](const std::stop_token&) -> Status {
        COFRE_ASSIGN(const auto credentials, provider_.resolve({}));
        EXPECT_EQ(credentials.access_key_id, "set-2");
        return {};
    });
    inside_.acquire();
    EXPECT_EQ(provider_.resolve(ctx_)->access_key_id, "set-1");
    go_on_.release();
    EXPECT_TRUE(group.wait());
    EXPECT_EQ(provider_.resolve(ctx_)->access_key_id, "set-2");
    EXPECT_EQ(fetches_, 2);
}

TEST_F(SingleFlight, InTheMandatoryWindowAllWaitForOneFetch) {
    ASSERT_TRUE(provider_.resolve(ctx_));
    clock_.advance(minutes(55));
    TaskGroup group;
    for (int i = 0; i < 8; ++i) {
        group.spawn([&](const std::stop_token&) -> Status {
            COFRE_ASSIGN(const auto credentials, provider_.resolve({}));
            EXPECT_EQ(credentials.access_key_id, "set-2");
            return {};
        });
    }
    inside_.acquire();
    go_on_.release();
    EXPECT_TRUE(group.wait());
    EXPECT_EQ(fetches_, 2);
}

TEST_F(SingleFlight, AStopEndsTheWait) {
    ASSERT_TRUE(provider_.resolve(ctx_));
    clock_.advance(minutes(55));
    TaskGroup group;
    group.spawn([&](const std::stop_token&) -> Status {
        EXPECT_TRUE(provider_.resolve({}));
        return {};
    });
    inside_.acquire();
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(provider_.resolve({.stop = stop.get_token()}).error().code(), ErrorCode::kCancelled);
    go_on_.release();
    EXPECT_TRUE(group.wait());
}

}  // namespace
}  // namespace cofre::aws
