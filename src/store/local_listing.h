#pragma once

/// @file
/// The tree as an ordered list of keys. Private to store.

#include <string>

#include "base/call_context.h"
#include "base/result.h"
#include "store/listing_fold.h"
#include "store/object_store.h"

namespace cofre::store {

/// One listing. Holds the names of the folders on the way to the current one,
/// and a descriptor for each.
class LocalListing {
public:
    LocalListing(int root, const CallContext& ctx, const ListOptions& options, const ObjectStore::Visitor& visit)
        : root_(root), ctx_(ctx), fold_(options), visit_(visit) {}

    Status run() { return walk("", ""); }

private:
    Status walk(const std::string& folder, const std::string& key_prefix);
    Status show_file(int folder, const std::string& name, const std::string& key_text);

    int root_;
    const CallContext& ctx_;
    ListingFold fold_;
    const ObjectStore::Visitor& visit_;
};

}  // namespace cofre::store
