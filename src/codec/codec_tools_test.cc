// Against the programs that others will use on what we wrote.

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/subprocess.h"
#include "codec/codec.h"

namespace cofre::codec {
namespace {

struct ToolCase {
    const char* program;
    Format format;
};

class CodecTool : public ::testing::TestWithParam<ToolCase> {
protected:
    // The tool's output; skips the test if it is not installed.
    std::string run(std::vector<std::string> options, const std::string& input) {
        options.insert(options.begin(), GetParam().program);
        const SpanSource source{std::string_view(input)};
        std::string output;
        const auto result = run_command(
            {}, {.argv = options}, {.input = &source, .on_output = [&](std::span<const std::byte> bytes) -> Status {
                                        output += to_text(bytes);
                                        return {};
                                    }});
        if (!result) {
            is_missing_ = result.error().code() == ErrorCode::kNotFound;
            if (!is_missing_) ADD_FAILURE() << result.error().message();
        } else if (!result->status.ok()) {
            ADD_FAILURE() << result->status.describe() << ": " << result->error_output;
        }
        return output;
    }

    static std::string pass(StreamTransform& transform, const std::string& input) {
        std::string seen;
        const ByteSink sink = [&](std::span<const std::byte> bytes) -> Status {
            seen += to_text(bytes);
            return {};
        };
        EXPECT_TRUE(transform.write(as_bytes(input), sink));
        EXPECT_TRUE(transform.finish(sink));
        return seen;
    }

    bool is_missing_ = false;
    const std::string plain_ = [] {
        std::string text;
        for (int i = 0; i < 200'000; ++i)
            text += std::to_string(i * 31);
        return text;
    }();
};

TEST_P(CodecTool, ReadsOurStreams) {
    const std::string twice =
        pass(*make_encoder(GetParam().format), plain_) + pass(*make_encoder(GetParam().format, 9), "tail");
    const std::string decoded = run({"-dc"}, twice);
    if (is_missing_) GTEST_SKIP() << GetParam().program << " is not installed";
    EXPECT_TRUE(decoded == plain_ + "tail");
}

TEST_P(CodecTool, WritesStreamsThatWeRead) {
    const std::string encoded = run({"-c"}, plain_) + run({"-c", "-9"}, "tail");
    if (is_missing_) GTEST_SKIP() << GetParam().program << " is not installed";
    EXPECT_TRUE(pass(*make_decoder(GetParam().format), encoded) == plain_ + "tail");
}

INSTANTIATE_TEST_SUITE_P(Programs, CodecTool,
                         ::testing::Values(ToolCase{"zstd", Format::kZstd}, ToolCase{"gzip", Format::kGzip}),
                         [](const auto& param) { return std::string(param.param.program); });

}  // namespace
}  // namespace cofre::codec
