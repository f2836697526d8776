// Any bytes are let through to the client or refused, by the same rule however
// they are cut into pieces; and what was let through is let through again,
// unchanged: nothing in it changes its meaning on the way.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "dump/mysql_filter.h"

namespace {

std::optional<std::string> filtered(std::string_view script, std::size_t step, std::size_t join_bytes) {
    cofre::dump::MysqlFilterOptions options;
    options.names_databases = true;
    options.target = [](const std::string& name) { return std::optional<std::string>(name); };
    options.join_bytes = join_bytes;
    cofre::dump::MysqlFilter filter(std::move(options));
    std::string out;
    for (std::size_t at = 0; at < script.size(); at += step) {
        if (!filter.feed(script.substr(at, step), out)) return std::nullopt;
    }
    if (!filter.finish(out)) return std::nullopt;
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view script(reinterpret_cast<const char*>(data), size);
    const auto whole = filtered(script, size + 1, 0);
    const auto pieces = filtered(script, 3, 0);
    COFRE_CHECK(whole == pieces);
    if (whole) COFRE_CHECK(filtered(*whole, 4096, 0) == whole);
    [[maybe_unused]] const auto joined = filtered(script, 17, 64);
    return 0;
}
