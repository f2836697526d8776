#include "cli/completion.h"

#include <gtest/gtest.h>

#include "base/byte_source.h"
#include "base/encoding.h"
#include "base/subprocess.h"

namespace cofre::cli {
namespace {

TEST(CompletionScript, BashCompletesCommandsAndTheirOptions) {
    std::string out;
    const std::string script = completion_script("bash") + R"(
COMP_WORDS=(cofre s3 p); COMP_CWORD=2; _cofre; echo "${COMPREPLY[@]}"
COMP_WORDS=(cofre backup --del); COMP_CWORD=2; _cofre; echo "${COMPREPLY[@]}"
)";
    const SpanSource input(script);
    const auto result = run_command({}, {.argv = {"bash"}},
                                    {.input = &input, .on_output = [&](std::span<const std::byte> bytes) -> Status {
                                         out += to_text(bytes);
                                         return {};
                                     }});
    ASSERT_TRUE(result) << result.error().message();
    EXPECT_EQ(out, "probe presign\n--delete-after-upload\n") << result->error_output;
}

TEST(CompletionScript, OtherShellsNameEveryCommand) {
    for (const char* shell : {"zsh", "fish"}) {
        const auto script = completion_script(shell);
        for (const char* word : {"backup", "restore", "presign"}) {
            EXPECT_NE(script.find(word), std::string::npos) << shell;
        }
    }
}

}  // namespace
}  // namespace cofre::cli
