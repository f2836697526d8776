#pragma once

/// @file
/// Writing an object whose length is not known when it begins.

#include <cstddef>
#include <span>

#include "base/call_context.h"
#include "base/result.h"

namespace cofre::store {

struct PutReceipt;

/// One object being written. Appears whole at commit(), or not at all.
///
/// Not thread-safe. Destroying it without commit() aborts: what was stored so
/// far is freed, and a failure to free it is logged with what remains.
/// After an error of append() only destruction is useful.
class ObjectWriter {
public:
    ObjectWriter() = default;
    ObjectWriter(const ObjectWriter&) = delete;
    ObjectWriter& operator=(const ObjectWriter&) = delete;
    virtual ~ObjectWriter() = default;  // Aborts. Never commits, never throws.

    /// Takes a copy of `data`. May block while a full part is sent.
    virtual Status append(const CallContext& ctx, std::span<const std::byte> data) = 0;

    /// Makes the object visible. Call at most once, last. On error nothing is
    /// visible, except after kUnavailable or kDeadlineExceeded, when it may
    /// be: check with head().
    virtual Result<PutReceipt> commit(const CallContext& ctx) = 0;
};

}  // namespace cofre::store
