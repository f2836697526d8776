#pragma once

/// @file
/// Which blobs some trees need: the marking phase of check, prune and copy.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/call_context.h"
#include "base/result.h"
#include "repo/repository.h"
#include "repo/step_progress.h"

namespace cofre::repo {

/// One bit for each ordinal of a BlobIndex. Not thread-safe.
class BlobMarks {
public:
    explicit BlobMarks(std::size_t size) : words_((size + 63) / 64) {}
    bool test(std::uint32_t ordinal) const { return (words_[ordinal / 64] >> (ordinal % 64) & 1U) != 0; }
    /// True if it was not marked before.
    bool set(std::uint32_t ordinal) {
        const std::uint64_t bit = std::uint64_t{1} << (ordinal % 64);
        const bool is_new = (words_[ordinal / 64] & bit) == 0;
        words_[ordinal / 64] |= bit;
        return is_new;
    }

private:
    std::vector<std::uint64_t> words_;
};

/// Something that a tree needs and that is not there, or a tree that cannot be
/// read.
struct MarkProblem {
    BlobType type = BlobType::kData;
    Id id;             ///< What is missing; the tree itself if it cannot be read.
    Id tree;           ///< Where it was asked for; zero: by a snapshot.
    std::string name;  ///< The entry in that tree, bytes.
    Error error;
};

struct MarkOptions {
    /// Told of each problem, one at a time; what it returns stops. Absent: the
    /// first problem ends the marking and is returned.
    std::function<Status(const MarkProblem&)> on_problem;
    /// A blob that was not marked before, one at a time.
    std::function<void(std::uint32_t ordinal)> on_new;
    OnStep on_step;  ///< Trees read.
};

/// Marks every blob that `roots` need, the roots included, by the ordinal of
/// the index, which must not change meanwhile. A tree marked before is not read
/// again. Trees are read in waves, in order of packs, by as many threads as the
/// repository has connections.
///
/// Memory: 4 bytes for each tree that waits; for each thread one group of
/// boxes (8 MiB) and one tree decoded. Failures of the store are returned.
Status mark_used_blobs(const CallContext& ctx, Repository& repository, std::span<const Id> roots, BlobMarks& marks,
                       const MarkOptions& options);

}  // namespace cofre::repo
