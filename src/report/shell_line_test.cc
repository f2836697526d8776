#include "report/shell_line.h"

#include <vector>

#include <gtest/gtest.h>

namespace cofre::report {
namespace {

TEST(ShellQuote, LeavesPlainWordsAndQuotesTheRest) {
    EXPECT_EQ(shell_quote("s3:https://host/bucket/prefix"), "s3:https://host/bucket/prefix");
    EXPECT_EQ(shell_quote("a b"), "'a b'");
    EXPECT_EQ(shell_quote("$HOME"), "'$HOME'");
    EXPECT_EQ(shell_quote("it's"), "'it'\\''s'");
    EXPECT_EQ(shell_quote(""), "''");
    EXPECT_EQ(shell_quote("ção"), "'ção'");
}

TEST(ShellCommand, BreaksBetweenWordsOnly) {
    const std::vector<std::string> words = {"restic", "restore", "latest", "--target", "\"$HOME/restored\""};
    EXPECT_EQ(shell_command(words, 88), "restic restore latest --target \"$HOME/restored\"");
    EXPECT_EQ(shell_command(words, 26), "restic restore latest \\\n  --target \\\n  \"$HOME/restored\"");
}

TEST(ShellExport, ALongValueComesInPartsThatFit) {
    EXPECT_EQ(shell_export("A", "v", 40), "export A='v'");
    EXPECT_EQ(shell_export("A", "", 40), "export A=''");
    const std::string value(30, 'x');
    const auto text = shell_export("A", value, 24);
    EXPECT_EQ(text, "export A='" + std::string(13, 'x') + "'\nA=$A'" + std::string(17, 'x') + "'");
}

TEST(ShellExport, CutsNoCharacter) {
    const auto text = shell_export("A", "ééééééééé", 16);
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        const bool begins_inside = (static_cast<unsigned char>(text[at + 1]) & 0xC0U) == 0x80U;
        EXPECT_FALSE(text[at] == '\'' && begins_inside) << text;
    }
}

}  // namespace
}  // namespace cofre::report
