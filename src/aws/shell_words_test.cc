#include "aws/shell_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cofre::aws {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

// Each expectation is what Python 3.11's shlex.split() answers.
TEST(ShellWords, SplitsAsAShellDoes) {
    EXPECT_THAT(split_shell_words("  one two\tthree "), Optional(ElementsAre("one", "two", "three")));
    EXPECT_THAT(split_shell_words("/opt/my\\ tool 'a b' \"c d\"e"),
                Optional(ElementsAre("/opt/my tool", "a b", "c de")));
    EXPECT_THAT(split_shell_words("'' \"\""), Optional(ElementsAre("", "")));
    EXPECT_THAT(split_shell_words("\"a\\\"b\\\\c\\d\" '\\'"), Optional(ElementsAre("a\"b\\c\\d", "\\")));
    EXPECT_THAT(split_shell_words(" \n"), Optional(IsEmpty()));
}

TEST(ShellWords, RefusesWhatIsNotClosed) {
    EXPECT_EQ(split_shell_words("one 'two"), std::nullopt);
    EXPECT_EQ(split_shell_words("one \"two"), std::nullopt);
    EXPECT_EQ(split_shell_words("one two\\"), std::nullopt);
}

}  // namespace
}  // namespace cofre::aws
