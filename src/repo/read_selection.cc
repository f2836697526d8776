#include <cmath>

#include "base/number.h"
#include "base/units.h"
#include "repo/repo_check.h"

namespace cofre::repo {
namespace {

constexpr std::uint32_t kMostParts = 256;  // As restic: a part is chosen by an id's first byte.

Error bad_selection(std::string_view text) {
    return Error(ErrorCode::kInvalidArgument, "\"" + std::string(text) + "\" is no part of the data")
        .with_hint("write n/t with 1 <= n <= t <= 256, a share such as 2.5%, or a size such as 10G");
}

}  // namespace

Result<ReadSelection> parse_read_selection(std::string_view text) {
    ReadSelection selection;
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        const auto part = parse_number<std::uint32_t>(text.substr(0, slash));
        const auto parts = parse_number<std::uint32_t>(text.substr(slash + 1));
        if (!part || !parts || *part == 0 || *part > *parts || *parts > kMostParts) return bad_selection(text);
        selection.part = part;
        selection.parts = *parts;
        return selection;
    }
    if (text.ends_with('%')) {
        const auto percent = parse_number<double>(text.substr(0, text.size() - 1));
        if (!percent || !std::isfinite(*percent) || *percent <= 0 || *percent > 100) return bad_selection(text);
        selection.percent = percent;
        return selection;
    }
    const auto bytes = parse_size(text);
    if (!bytes || *bytes == 0) return bad_selection(text);
    selection.bytes = *bytes;
    return selection;
}

}  // namespace cofre::repo
