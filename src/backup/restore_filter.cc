#include "backup/restore_filter.h"

#include <algorithm>
#include <utility>

namespace cofre::backup {

Result<RestoreFilter> RestoreFilter::create(const RestoreRules& rules) {
    RestoreFilter filter;
    const auto add = [&filter](const std::vector<std::string>& texts, bool ignore_case) -> Status {
        for (const std::string& text : texts) {
            const bool negated = text.starts_with('!');
            const auto pattern = std::string_view(text).substr(negated ? 1 : 0);
            COFRE_ASSIGN(auto parsed, source::PathPattern::parse(pattern, ignore_case));
            filter.include_.push_back({.pattern = std::move(parsed), .negated = negated});
        }
        return {};
    };
    COFRE_TRY(add(rules.include, /*ignore_case=*/false));
    COFRE_TRY(add(rules.include_ignore_case, /*ignore_case=*/true));
    if (!rules.exclude.empty() || !rules.exclude_ignore_case.empty()) {
        source::FilterRules excludes;
        excludes.exclude = rules.exclude;
        excludes.exclude_ignore_case = rules.exclude_ignore_case;
        COFRE_ASSIGN(filter.exclude_, source::PathFilter::create(excludes));
    }
    return filter;
}

RestoreFilter::Choice RestoreFilter::choose(std::string_view path, bool is_folder) const {
    Choice choice = choose_included(path, is_folder);
    if (exclude_) {
        const auto relative = path.substr(path.starts_with('/') ? 1 : 0);
        choice.wanted = choice.wanted && exclude_->accepts_file(relative, 0);
        choice.below = choice.below && exclude_->enters_folder(relative);
    }
    return choice;
}

RestoreFilter::Choice RestoreFilter::choose_included(std::string_view path, bool is_folder) const {
    if (include_.empty()) return {};
    const auto last =
        std::find_if(include_.rbegin(), include_.rend(), [&](const Rule& rule) { return rule.pattern.matches(path); });
    Choice choice;
    choice.wanted = last != include_.rend() && !last->negated;
    choice.below = is_folder && (choice.wanted || std::any_of(include_.begin(), include_.end(), [&](const Rule& rule) {
                                     return !rule.negated && rule.pattern.may_match_below(path);
                                 }));
    return choice;
}

}  // namespace cofre::backup
