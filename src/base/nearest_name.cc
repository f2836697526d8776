#include "base/nearest_name.h"

#include <algorithm>

namespace cofre {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({last[j] + 1, current[j - 1] + 1, substituted});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) current[j] = std::min(current[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(current);
    }
    return last[b.size()];
}

std::optional<std::string> nearest_name(std::string_view name, const std::vector<std::string>& known) {
    constexpr std::size_t kLongest = 64;  // No key is; the table above grows with the square.
    if (name.size() > kLongest) return std::nullopt;
    std::optional<std::string> nearest;
    std::size_t least = name.size() / 2 + 1;
    for (const auto& candidate : known) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance >= least) continue;
        least = distance;
        nearest = candidate;
    }
    return nearest;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& known) {
    const auto nearest = nearest_name(name, known);
    return nearest ? "; did you mean \"" + *nearest + "\"?" : "";
}

}  // namespace cofre
