#include "source/path_filter.h"

#include <algorithm>

#include "source/path_parts.h"
#include "source/rune.h"

namespace cofre::source {

Result<PathFilter> PathFilter::create(const FilterRules& rules) {
    PathFilter filter;
    bool includes_all = rules.include.empty();
    for (const std::string& text : rules.include) {
        if (text.starts_with('!')) {
            return Error(ErrorCode::kInvalidArgument, "parse include pattern \"" + text + "\": it begins with '!'")
                .with_hint("list what is not wanted under \"exclude\"; for a name that begins with '!' write '\\!'");
        }
        COFRE_ASSIGN(auto pattern, PathPattern::parse(text));
        filter.include_.push_back(std::move(pattern));
        includes_all = includes_all || text == "*";
    }
    if (includes_all) filter.include_.clear();
    COFRE_ASSIGN(filter.exclude_, parse_excludes(rules.exclude, /*ignore_case=*/false));
    COFRE_ASSIGN(filter.exclude_ignore_case_, parse_excludes(rules.exclude_ignore_case, /*ignore_case=*/true));
    filter.exclude_larger_than_ = rules.exclude_larger_than;
    return filter;
}

Result<PathFilter::ExcludeRules> PathFilter::parse_excludes(const std::vector<std::string>& texts, bool ignore_case) {
    ExcludeRules rules;
    for (const std::string& text : texts) {
        const bool is_negated = text.starts_with('!');
        COFRE_ASSIGN(auto pattern, PathPattern::parse(std::string_view(text).substr(is_negated ? 1 : 0), ignore_case));
        rules.push_back({std::move(pattern), is_negated});
    }
    return rules;
}

bool PathFilter::enters_folder(std::string_view path) const {
    return !excludes_folder(exclude_, path) &&
           (exclude_ignore_case_.empty() || !excludes_folder(exclude_ignore_case_, to_lower_case(path)));
}

bool PathFilter::accepts_file(std::string_view path, std::uint64_t size) const {
    if (exclude_larger_than_ && size > *exclude_larger_than_) return false;
    return includes_file(path) && !excludes_file(exclude_, path) &&
           (exclude_ignore_case_.empty() || !excludes_file(exclude_ignore_case_, to_lower_case(path)));
}

// The last rule that matches decides, so both functions look from the end.
bool PathFilter::excludes_file(const ExcludeRules& rules, std::string_view path) {
    if (rules.empty()) return false;
    const auto parts = split_path(path);
    const auto last = std::find_if(rules.rbegin(), rules.rend(), [&](const ExcludeRule& rule) {
        return rule.pattern.matches_parts(parts, /*path_is_absolute=*/true);
    });
    return last != rules.rend() && !last->negated;
}

bool PathFilter::excludes_folder(const ExcludeRules& rules, std::string_view path) {
    if (rules.empty()) return false;
    const auto parts = split_path(path);
    const auto last = std::find_if(rules.rbegin(), rules.rend(), [&](const ExcludeRule& rule) {
        return rule.negated ? rule.pattern.can_match_below(parts)
                            : rule.pattern.matches_parts(parts, /*path_is_absolute=*/true);
    });
    return last != rules.rend() && !last->negated;
}

bool PathFilter::includes_file(std::string_view path) const {
    if (include_.empty()) return true;
    const auto parts = split_path(path);
    const auto name = PathPattern::Parts(parts).last(1);
    return std::any_of(include_.begin(), include_.end(), [&](const PathPattern& pattern) {
        const bool is_for_names = pattern.text().find('/') == std::string::npos;
        return pattern.matches_parts(is_for_names ? name : PathPattern::Parts(parts), /*path_is_absolute=*/true);
    });
}

}  // namespace cofre::source
