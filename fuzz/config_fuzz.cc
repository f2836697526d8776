// Any bytes are a configuration or are refused with a reason; what is shown of
// one loads again to the same values; and no message repeats what came from a
// variable or another file. Input: YAML, a NUL, then the text of `.env`.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "config/load.h"
#include "config/show.h"

namespace {

constexpr std::string_view kCanary = "canary-7f3a";

cofre::config::LoadOptions made_up_options() {
    cofre::config::LoadOptions options;
    options.environment = {{"HOME", "/h/me"}, {"CANARY", std::string(kCanary)}, {"N", "5"}, {"EMPTY", ""}};
    options.current_dir = "/current";
    options.read_file = [](const std::filesystem::path&) -> cofre::Result<std::string> {
        return std::string(kCanary) + "\n";
    };
    return options;
}

std::string values(const cofre::config::Config& config) {
    std::string text;
    for (const auto& setting : config.settings) {
        for (const auto& part : setting.path)
            text += part + "/";
        text += setting.json + "\n";
    }
    return text;
}

void check_refusal(const cofre::Error& error, std::string_view input) {
    COFRE_CHECK(!error.message().empty());
    if (input.find(kCanary) != std::string_view::npos) return;  // Then it is the file's own text.
    COFRE_CHECK(error.message().find(kCanary) == std::string::npos);
    COFRE_CHECK(error.hint().find(kCanary) == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto end = input.find('\0');
    const auto dot_env = end == std::string_view::npos ? std::string_view() : input.substr(end + 1);
    const auto options = made_up_options();
    const auto config = cofre::config::parse_config(input.substr(0, end), "/etc/cofre/c.yaml", dot_env, options);
    if (!config) {
        check_refusal(config.error(), input);
        return 0;
    }
    cofre::config::show_json(*config);
    const auto again = cofre::config::parse_config(cofre::config::show_yaml(*config), config->path, "", options);
    COFRE_CHECK(again.has_value());
    COFRE_CHECK(values(*again) == values(*config));
    return 0;
}
