#pragma once

/// @file
/// Looking at the store to see whether it holds what was sent.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/clock.h"
#include "base/result.h"
#include "objects/manifest.h"
#include "store/object_store.h"

namespace cofre::backup {

/// What an object should be.
struct ExpectedObject {
    store::ObjectKey key;
    std::uint64_t size = 0;
    std::string etag;  ///< As the store gave it at upload; empty: not compared.
};

/// Proof::kSize for many objects: lists the range of keys they lie in, in one
/// request for a thousand of them where they lie close together, and asks by
/// HEAD, eight at a time, for those that a listing does not show at once. An
/// object that does not appear is asked for again for about five seconds, as a
/// store may be slow to show what it took.
///
/// Returns one Status for each of `expected`, in its order: kNotFound: the
/// store does not have it; kCorruption: it has another size; kConflict:
/// somebody else replaced it. An Error of the whole: the store cannot be asked.
/// Memory: a few hundred bytes for each of `expected`.
Result<std::vector<Status>> prove_listed(const CallContext& ctx, store::ObjectStore& store, Clock& clock,
                                         std::span<const ExpectedObject> expected);

enum class ReadBack { kNever, kUnlessChecksum };

/// Compares one object with what was sent: HEAD, and the store's own SHA-256 if
/// it keeps one, or else, with kUnlessChecksum, the bytes read again. Returns
/// the proof that was reached (kSize, kChecksum or kReadBack). kCorruption: the
/// bytes differ. kNotFound, kConflict as above.
Result<objects::Proof> prove_object(const CallContext& ctx, store::ObjectStore& store, Clock& clock,
                                    const objects::StoredObject& stored, ReadBack read_back);

}  // namespace cofre::backup
