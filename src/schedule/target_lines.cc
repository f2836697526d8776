#include "schedule/target_lines.h"

#include <algorithm>

namespace cofre::schedule {

void TargetLines::join(const RunKey& key, const Targets& targets) {
    for (const auto& target : targets)
        lines_[target].waiting.insert(key);
}

void TargetLines::leave(const RunKey& key, const Targets& targets) {
    for (const auto& target : targets) {
        lines_[target].waiting.erase(key);
        forget_if_idle(target);
    }
}

void TargetLines::occupy(const Targets& targets) {
    for (const auto& target : targets)
        ++lines_[target].busy;
}

void TargetLines::release(const Targets& targets) {
    for (const auto& target : targets) {
        --lines_[target].busy;
        forget_if_idle(target);
    }
}

bool TargetLines::may_start(const RunKey& key, const Targets& targets) const {
    return std::all_of(targets.begin(), targets.end(), [&](const std::string& target) {
        const auto line = lines_.find(target);
        if (line == lines_.end()) return true;
        auto left = room(line->second);
        for (auto at = line->second.waiting.begin(); left > 0 && at != line->second.waiting.end(); ++at, --left) {
            if (*at == key) return true;
        }
        return false;
    });
}

std::set<RunKey> TargetLines::heads(const Targets& targets) const {
    std::set<RunKey> found;
    for (const auto& target : targets) {
        const auto line = lines_.find(target);
        if (line == lines_.end()) continue;
        auto left = room(line->second);
        for (auto at = line->second.waiting.begin(); left > 0 && at != line->second.waiting.end(); ++at, --left)
            found.insert(*at);
    }
    return found;
}

void TargetLines::forget_if_idle(const std::string& target) {
    const auto line = lines_.find(target);
    if (line != lines_.end() && line->second.busy == 0 && line->second.waiting.empty()) lines_.erase(line);
}

}  // namespace cofre::schedule
