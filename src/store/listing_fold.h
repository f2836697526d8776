#pragma once

/// @file
/// The part of a listing that every backend without folders of its own has to
/// do itself: prefix, start and delimiter. Private to store.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/object_store.h"

namespace cofre::store {

/// Sorts the keys it is shown, in ascending order, into objects and common
/// prefixes. `options` must outlive it.
class ListingFold {
public:
    explicit ListingFold(const ListOptions& options) : options_(options) {}

    /// Calls `visit_object` if `key` is listed as itself, and the options'
    /// on_common_prefix if it is the first of a common prefix.
    Status show(std::string_view key, const std::function<Status()>& visit_object);

    /// Can any key that starts with `key_prefix` still be listed?
    bool may_list(std::string_view key_prefix) const;

    /// The common prefix that was reported last; empty if there is none.
    const std::string& last_common_prefix() const { return last_common_prefix_; }

private:
    const ListOptions& options_;
    std::string last_common_prefix_;
};

}  // namespace cofre::store
