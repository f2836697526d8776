// Any bytes are a shared AWS file or are refused with a line; what is read of a
// credentials file, written out plainly, reads back as the same.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "aws/shared_config.h"
#include "base/check.h"

namespace {

/// A value's further lines are indented, as the format continues them.
std::string indented(const std::string& value) {
    std::string text;
    for (const char c : value)
        text += c == '\n' ? std::string("\n  ") : std::string(1, c);
    return text;
}

/// False for keys that only a nested block, or a line that looks like half a
/// heading, can produce: they have no plain form.
bool has_plain_form(const std::string& key) {
    return key.find_first_of("=:") == std::string::npos && !key.starts_with('[');
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (const auto refused = cofre::aws::parse_aws_file(input, cofre::aws::AwsFileKind::kConfig); !refused) {
        COFRE_CHECK(refused.error().message().starts_with("line ") || size > 1000);
    }
    const auto profiles = cofre::aws::parse_aws_file(input, cofre::aws::AwsFileKind::kCredentials);
    if (!profiles) return 0;
    std::string plain;
    for (const auto& [name, profile] : *profiles) {
        plain += "[" + name + "]\n";
        for (const auto& [key, value] : profile) {
            COFRE_CHECK(std::none_of(key.begin(), key.end(), [](char c) { return c >= 'A' && c <= 'Z'; }));
            if (!has_plain_form(key)) return 0;
            plain += key + " = " + indented(value) + "\n";
        }
    }
    const auto again = cofre::aws::parse_aws_file(plain, cofre::aws::AwsFileKind::kCredentials);
    COFRE_CHECK(again.has_value());
    COFRE_CHECK(*again == *profiles);
    return 0;
}
