#include "config/expansion.h"

#include <string>

#include <gtest/gtest.h>

namespace cofre::config {
namespace {

Result<std::string> read_fake(const std::filesystem::path& path) {
    if (path == "/run/secrets/x") return std::string("from-file\n\n");
    if (path == "/h/me/inner") return std::string("${HOME}");
    if (path == "/etc/cofre/beside") return std::string("beside");
    return Error(ErrorCode::kNotFound, "open " + path.string() + ": No such file or directory");
}

const PathBase kBase{"/etc/cofre", "/h/me"};

class Expansion : public ::testing::Test {
protected:
    Result<Expanded> expand(std::string_view text) { return Expander(variables_, kBase, read_fake).expand(text); }
    const Variables variables_{Environment{{"NAME", "value"}, {"EMPTY", ""}, {"NESTED", "${NAME}"}, {"HOME", "/h/me"}}};
};

TEST_F(Expansion, ReplacesWhatItUnderstands) {
    const std::pair<const char*, const char*> cases[] = {
        {"plain", "plain"},
        {"", ""},
        {"${NAME}", "value"},
        {"a-${NAME}-${NAME}-b", "a-value-value-b"},
        {"${MISSING:-else}", "else"},
        {"${EMPTY:-else}", "else"},
        {"${NAME:-else}", "value"},
        {"${MISSING:-}", ""},
        {"${MISSING:-http://h:1}", "http://h:1"},
        {"$NAME $5 5$ $", "$NAME $5 5$ $"},
        {"$${NAME}", "${NAME}"},
        {"$$", "$$"},
        {"${file:/run/secrets/x}", "from-file"},
        {"${file:beside}", "beside"},
        // Not looked at again: what comes in cannot multiply or read on.
        {"${NESTED}", "${NAME}"},
        {"${file:~/inner}", "${HOME}"},
    };
    for (const auto& [text, expected] : cases) {
        const auto result = expand(text);
        ASSERT_TRUE(result) << text << ": " << result.error().message();
        EXPECT_EQ(result->text, expected) << text;
    }
}

TEST_F(Expansion, RemembersThatTextIsForeign) {
    EXPECT_FALSE(expand("plain $${NAME}")->has_foreign_text);
    EXPECT_TRUE(expand("${NAME}")->has_foreign_text);
    EXPECT_TRUE(expand("a${file:/run/secrets/x}")->has_foreign_text);
}

TEST_F(Expansion, RefusesTheRestAndNamesIt) {
    const std::pair<const char*, const char*> cases[] = {
        {"${MISSING}", "${MISSING}: MISSING is not set"},
        {"${EMPTY}", "${EMPTY}: EMPTY is not set"},
        {"${NAME", "${ without }"},
        {"${}", "${}: not the name of a variable"},
        {"${1A}", "${1A}: not the name of a variable"},
        {"${A B}", "${A B}: not the name of a variable"},
        {"${NAME:?message}", "${NAME:?message}: only ${NAME}, ${NAME:-default} and ${file:/path} are understood"},
        {"${file:/none}", "${file:/none}: open /none: No such file or directory"},
        {"${file:}", "the path is empty"},
    };
    for (const auto& [text, message] : cases) {
        const auto result = expand(text);
        ASSERT_FALSE(result) << text;
        EXPECT_EQ(result.error().code(), ErrorCode::kInvalidArgument);
        EXPECT_EQ(result.error().message(), message);
    }
}

TEST(ExpansionBounds, ManyReplacementsCannotFillTheMemory) {
    const Variables variables(Environment{{"A", std::string(100'000, 'x')}});
    Expander expander(variables, kBase, read_fake);
    std::string text;
    for (int i = 0; i < 50; ++i)
        text += "${A}";
    EXPECT_FALSE(expander.expand(text));
}

TEST(AbsolutePath, FollowsTildeAndFolder) {
    const std::pair<const char*, const char*> cases[] = {
        {"/a/b", "/a/b"},
        {"/a/b/", "/a/b"},
        {"/", "/"},
        {"a", "/etc/cofre/a"},
        {"./a/./b/", "/etc/cofre/a/b"},
        {".", "/etc/cofre"},
        {"../a", "/etc/cofre/../a"},
        {"~", "/h/me"},
        {"~/a", "/h/me/a"},
        {"~/", "/h/me"},
        {"a~", "/etc/cofre/a~"},
        {"./~a", "/etc/cofre/~a"},
        {"//a//b", "/a/b"},
    };
    for (const auto& [text, expected] : cases) {
        const auto path = absolute_path(text, kBase);
        ASSERT_TRUE(path) << text;
        EXPECT_EQ(path->string(), expected) << text;
    }
}

TEST(AbsolutePath, RefusesWhatItCannotResolve) {
    EXPECT_FALSE(absolute_path("", kBase));
    EXPECT_FALSE(absolute_path("~root/a", kBase));
    EXPECT_FALSE(absolute_path(std::string_view("a\0b", 3), kBase));
    EXPECT_FALSE(absolute_path("~/a", {"/etc", ""}));
}

}  // namespace
}  // namespace cofre::config
