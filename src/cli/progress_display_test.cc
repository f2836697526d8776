#include "cli/progress_display.h"

#include <gtest/gtest.h>

namespace cofre::cli {
namespace {

TEST(ProgressLine, ShowsShareRateAndTimeLeft) {
    const ProgressSample sample{.files_done = 12,
                                .files_found = 30,
                                .bytes_done = 50U << 20U,
                                .bytes_found = 100U << 20U,
                                .found_all = true,
                                .bytes_per_second = 10.0 * (1U << 20U)};
    const auto line = progress_line("backing up", sample, 200);
    for (const char* part : {"backing up", "50%", "12/30 files", "10 MiB/s", "left"}) {
        EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
    }
}

TEST(ProgressLine, AGrowingTotalIsMarkedAndGivesNoTime) {
    const auto line = progress_line("x", {.files_found = 3, .bytes_found = 9, .bytes_per_second = 5}, 200);
    EXPECT_NE(line.find("0/3+ files"), std::string::npos) << line;
    EXPECT_EQ(line.find("left"), std::string::npos);
}

TEST(ProgressLine, IsCutBetweenCharacters) {
    const auto line = progress_line("x", {}, 6);
    EXPECT_EQ(line, "x  ░░░");
}

TEST(ProgressLine, NothingFoundYetIsNotADivisionByZero) {
    EXPECT_NE(progress_line("x", {}, 100).find("0%"), std::string::npos);
}

}  // namespace
}  // namespace cofre::cli
