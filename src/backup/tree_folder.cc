#include "backup/tree_folder.h"

#include <utility>

namespace cofre::backup {

std::size_t TreeFolder::add_place() {
    return state_.with([](State& state) {
        state.waiting.emplace_back();
        return state.first + state.waiting.size() - 1;
    });
}

Result<std::optional<std::string>> TreeFolder::advance(State& state) const {
    while (!state.waiting.empty() && state.waiting.front().is_settled) {
        if (const auto& node = state.waiting.front().node) COFRE_TRY(state.encoder.add(*node));
        state.waiting.pop_front();
        ++state.first;
    }
    if (!state.is_closed || !state.waiting.empty()) return std::optional<std::string>();
    return std::optional(state.encoder.finish());
}

Status TreeFolder::settle(std::size_t place, std::optional<repo::Node> node) {
    COFRE_ASSIGN(auto text, state_.with([&](State& state) {
        auto& waiting = state.waiting[place - state.first];
        waiting.is_settled = true;
        waiting.node = std::move(node);
        return advance(state);
    }));
    return finish(std::move(text));
}

Status TreeFolder::close() {
    COFRE_ASSIGN(auto text, state_.with([&](State& state) {
        state.is_closed = true;
        return advance(state);
    }));
    return finish(std::move(text));
}

// Goes up by recursion, one frame for each folder that waited for this one only.
Status TreeFolder::finish(std::optional<std::string> text) {
    if (!text) return {};
    COFRE_ASSIGN(const auto id, save_(*this, *text));
    if (above_ == nullptr) {
        state_.with([&id](State& state) { state.root_id = id; });
        return {};
    }
    node_.subtree = id;
    return above_->settle(place_, std::move(node_));
}

std::optional<repo::Id> TreeFolder::root_id() const {
    return state_.with([](const State& state) { return state.root_id; });
}

}  // namespace cofre::backup
