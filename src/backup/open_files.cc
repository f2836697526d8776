#include "backup/open_files.h"

#include <utility>

namespace cofre::backup {

OpenFiles::Handle OpenFiles::find(std::uint32_t file) {
    return state_.with([&](State& state) -> Handle {
        const auto found = state.open.find(file);
        if (found == state.open.end()) return nullptr;
        state.by_age.splice(state.by_age.begin(), state.by_age, found->second.age);
        return found->second.handle;
    });
}

Result<OpenFiles::Handle> OpenFiles::get(std::uint32_t file, const std::function<Result<UniqueFd>()>& open) {
    if (auto handle = find(file)) return handle;
    return opening_[file % kStripes].with([&](int&) -> Result<Handle> {
        if (auto handle = find(file)) return handle;
        COFRE_ASSIGN(auto fd, open());
        auto handle = std::make_shared<const UniqueFd>(std::move(fd));
        Handle evicted;  // Closed after the lock.
        state_.with([&](State& state) {
            if (state.open.size() >= capacity_) {
                const auto oldest = state.open.find(state.by_age.back());
                evicted = std::move(oldest->second.handle);
                state.open.erase(oldest);
                state.by_age.pop_back();
            }
            state.by_age.push_front(file);
            state.open[file] = {handle, state.by_age.begin()};
        });
        return Handle(handle);
    });
}

void OpenFiles::forget(std::uint32_t file) {
    Handle handle;
    state_.with([&](State& state) {
        const auto found = state.open.find(file);
        if (found == state.open.end()) return;
        handle = std::move(found->second.handle);
        state.by_age.erase(found->second.age);
        state.open.erase(found);
    });
}

}  // namespace cofre::backup
