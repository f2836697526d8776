#pragma once

/// @file
/// Descriptors of files that several threads write to, not too many at once.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>

#include "base/file.h"
#include "base/guarded.h"
#include "base/result.h"

namespace cofre::backup {

/// Thread-safe. Of files that nobody uses just now those used last stay open.
class OpenFiles {
public:
    explicit OpenFiles(std::size_t capacity) : capacity_(capacity) {}

    /// Shared with whoever still writes when it is closed here.
    using Handle = std::shared_ptr<const UniqueFd>;

    /// The open file, else what `open` returns; never two of one file.
    Result<Handle> get(std::uint32_t file, const std::function<Result<UniqueFd>()>& open);

    void forget(std::uint32_t file);

private:
    struct Entry {
        Handle handle;
        std::list<std::uint32_t>::iterator age;
    };
    struct State {
        std::unordered_map<std::uint32_t, Entry> open;
        std::list<std::uint32_t> by_age;  ///< Used last: first.
    };
    Handle find(std::uint32_t file);

    static constexpr std::size_t kStripes = 64;
    std::size_t capacity_;
    Guarded<State> state_;
    std::array<Guarded<int>, kStripes> opening_;  // One at a time of a file.
};

}  // namespace cofre::backup
