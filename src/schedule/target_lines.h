#pragma once

/// @file
/// Who may begin next where only so many may run on one target at once.

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schedule/job_graph.h"
#include "schedule/time_zone.h"

namespace cofre::schedule {

/// The order of runs that wait: oldest due time first, then as configured.
using RunKey = std::pair<Instant, JobIndex>;

/// One line for each target. A run with several targets stands in all their
/// lines, and may begin when it is near enough to the head of each: nobody
/// overtakes it meanwhile, so a run that needs two busy targets does not
/// starve. No deadlock: the oldest of all is at the head of each of its lines.
/// Each step costs O(targets of the run * log(runs in line)).
class TargetLines {
public:
    using Targets = std::vector<std::string>;  ///< Without repetitions.

    explicit TargetLines(std::size_t runs_per_target) : limit_(runs_per_target) {}

    void join(const RunKey& key, const Targets& targets);
    void leave(const RunKey& key, const Targets& targets);
    void occupy(const Targets& targets);
    void release(const Targets& targets);

    /// Whether a run in line is among the first for which there is room.
    bool may_start(const RunKey& key, const Targets& targets) const;

    /// Those who stand where there is room in one of these lines; each has
    /// still to be asked may_start() for all of its own.
    std::set<RunKey> heads(const Targets& targets) const;

private:
    struct Line {
        std::set<RunKey> waiting;
        std::size_t busy = 0;
    };
    std::size_t room(const Line& line) const { return line.busy < limit_ ? limit_ - line.busy : 0; }
    void forget_if_idle(const std::string& target);

    std::size_t limit_;
    std::map<std::string, Line, std::less<>> lines_;
};

}  // namespace cofre::schedule
