// `cofre debug cron`, and the clock of the whole program.

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "testing/cli_runner.h"

namespace cofre::testing {
namespace {

using Strings = std::vector<std::string>;

class CronCommand : public ::testing::Test {
protected:
    Strings next(const Strings& options) {
        Strings command = {"debug", "cron"};
        command.insert(command.end(), options.begin(), options.end());
        const auto result = cofre_.run(command);
        EXPECT_EQ(result.exit_code, 0) << result.err;
        const auto document = json_of(result);
        return document.is_object() ? document.value("next", Strings{}) : Strings{};
    }

    CliRunner cofre_;
};

TEST_F(CronCommand, F29_ShowsGapsAndRepetitionsOfTheClock) {
    EXPECT_EQ(next({"--expr", "0 0 * * *", "--tz", "America/Sao_Paulo", "--from", "2018-11-03T00:00:00-03:00",
                    "--count", "2"}),
              (Strings{"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00"}));
    EXPECT_EQ(next({"--expr", "30 1 * * *", "--tz", "Europe/Lisbon", "--from", "2026-10-25T00:00:00Z", "--count", "2"}),
              (Strings{"2026-10-25T01:30:00+01:00", "2026-10-26T01:30:00+00:00"}));
    EXPECT_EQ(next({"--expr", "0 0 29 2 *", "--from", "2026-01-01T00:00:00Z"}), Strings{"2028-02-29T00:00:00+00:00"});
}

TEST_F(CronCommand, LooksFromNowUnlessToldOtherwise) {
    cofre_.set("COFRE_NOW", "2026-12-31T23:59:59Z");
    EXPECT_EQ(next({"--expr", "@yearly"}), Strings{"2027-01-01T00:00:00+00:00"});
}

TEST_F(CronCommand, SaysWhatIsWrong) {
    struct Case {
        Strings options;
        std::string message;
    };
    const std::vector<Case> cases = {
        {{"--expr", "0 25 * * *"}, "hour, at character 3: 25 is out of range; allowed: 0-23"},
        {{"--expr", "0 0 31 2 *"}, "it is never due"},
        {{"--expr", "@daily", "--tz", "Europe/Atlantis"}, "there is no time zone \"Europe/Atlantis\""},
        {{"--expr", "@daily", "--from", "yesterday"}, "RFC 3339"},
        {{"--expr", "@daily", "--count", "0"}, "--count"},
        {{}, "--expr"},
    };
    for (const auto& c : cases) {
        Strings command = {"debug", "cron"};
        command.insert(command.end(), c.options.begin(), c.options.end());
        const auto result = cofre_.run(command);
        EXPECT_EQ(result.exit_code, 1) << c.message;
        EXPECT_EQ(result.out, "");
        EXPECT_NE(result.err.find(c.message), std::string::npos) << result.err;
    }
}

}  // namespace
}  // namespace cofre::testing
