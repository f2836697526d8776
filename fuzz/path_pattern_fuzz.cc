// The first lines of the input are exclude rules, the last is a path. Any rules
// are understood or refused, and then: a pattern that matches a path matches
// what is below it, in whatever case if told so; and nothing that a backup
// wants lies in a folder that it does not enter.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "source/path_filter.h"
#include "source/rune.h"

namespace {

using namespace cofre::source;  // NOLINT(google-build-using-namespace): a program of one file

void check_pattern(std::string_view text, const std::string& path) {
    const auto exact = PathPattern::parse(text);
    if (!exact) return;
    if (exact->matches(path)) COFRE_CHECK(exact->matches(path + "/below"));
    const auto blind = PathPattern::parse(text, /*ignore_case=*/true);
    COFRE_CHECK(blind);  // Case is no matter of syntax.
    COFRE_CHECK(blind->matches(path) == blind->matches(to_lower_case(path)));
}

void check_filter(const FilterRules& rules, const std::string& path) {
    const auto filter = PathFilter::create(rules);
    if (!filter || filter->enters_folder(path)) return;
    COFRE_CHECK(!filter->enters_folder(path + "/below"));
    COFRE_CHECK(!filter->accepts_file(path + "/below", 0));
    COFRE_CHECK(!filter->accepts_file(path, 0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    std::vector<std::string> lines;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        lines.emplace_back(rest.substr(0, end));
        rest.remove_prefix(end + 1);
    }
    const std::string path(rest);
    for (const auto& line : lines)
        check_pattern(line, path);
    check_filter({.exclude = lines}, path);
    check_filter({.exclude_ignore_case = lines}, path);
    check_filter({.include = lines, .exclude = lines}, path);
    return 0;
}
