#include "store/listing_fold.h"

namespace cofre::store {

Status ListingFold::show(std::string_view key, const std::function<Status()>& visit_object) {
    if (!key.starts_with(options_.prefix) || key <= options_.start_after) return {};
    if (!options_.delimiter) return visit_object();
    const std::size_t at = key.find(*options_.delimiter, options_.prefix.size());
    if (at == std::string_view::npos) return visit_object();
    const std::string_view common = key.substr(0, at + 1);
    if (common == last_common_prefix_) return {};
    last_common_prefix_ = common;
    return options_.on_common_prefix ? options_.on_common_prefix(last_common_prefix_) : Status();
}

bool ListingFold::may_list(std::string_view key_prefix) const {
    const std::string_view wanted = options_.prefix;
    if (!key_prefix.starts_with(wanted) && !wanted.starts_with(key_prefix)) return false;
    // Past the start, unless the start itself lies among these keys.
    const std::string_view start = options_.start_after;
    if (start > key_prefix && !start.starts_with(key_prefix)) return false;
    return last_common_prefix_.empty() || !key_prefix.starts_with(last_common_prefix_);
}

}  // namespace cofre::store
