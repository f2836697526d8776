#include "schedule/job_graph.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace cofre::schedule {
namespace {

Error bad_graph(std::string why) {
    return Error(ErrorCode::kInvalidArgument, std::move(why));
}

/// Walks along needs that are not yet ordered; such a walk has to meet itself.
std::string describe_cycle(const std::vector<GraphJob>& jobs, const std::vector<std::vector<JobIndex>>& needs,
                           const std::vector<std::size_t>& open_needs) {
    const auto is_open = [&](JobIndex job) { return open_needs[job] != 0; };
    JobIndex job = 0;
    while (!is_open(job))
        ++job;
    std::vector<JobIndex> path;
    while (std::find(path.begin(), path.end(), job) == path.end()) {
        path.push_back(job);
        job = *std::find_if(needs[job].begin(), needs[job].end(), is_open);
    }
    std::string text;
    for (auto at = std::find(path.begin(), path.end(), job); at != path.end(); ++at)
        text += fmt::format("{} after ", jobs[*at].name);
    return text + std::string(jobs[job].name);
}

}  // namespace

Result<JobGraph> JobGraph::create(const std::vector<GraphJob>& jobs) {
    JobGraph graph;
    for (JobIndex i = 0; i < jobs.size(); ++i) {
        if (jobs[i].name.empty()) return bad_graph("a job has no name");
        if (!graph.index_.emplace(jobs[i].name, i).second) {
            return bad_graph(fmt::format("two jobs are named \"{}\"", jobs[i].name));
        }
    }
    COFRE_TRY(graph.connect(jobs));
    COFRE_TRY(graph.order(jobs));
    return graph;
}

JobIndex JobGraph::find(std::string_view name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? kNone : found->second;
}

Status JobGraph::connect(const std::vector<GraphJob>& jobs) {
    needs_.resize(jobs.size());
    dependents_.resize(jobs.size());
    for (JobIndex i = 0; i < jobs.size(); ++i) {
        for (const auto& name : *jobs[i].after) {
            const JobIndex need = find(name);
            if (need == kNone) {
                return bad_graph(
                    fmt::format("job \"{}\": it comes after \"{}\", which is not a job", jobs[i].name, name));
            }
            if (std::find(needs_[i].begin(), needs_[i].end(), need) != needs_[i].end()) continue;
            needs_[i].push_back(need);
            dependents_[need].push_back(i);
        }
    }
    return {};
}

/// Kahn's algorithm.
Status JobGraph::order(const std::vector<GraphJob>& jobs) {
    rank_.resize(jobs.size());
    std::vector<std::size_t> open_needs(jobs.size());
    std::vector<JobIndex> ordered;
    for (JobIndex i = 0; i < jobs.size(); ++i) {
        open_needs[i] = needs_[i].size();
        if (open_needs[i] == 0) ordered.push_back(i);
    }
    for (std::size_t at = 0; at < ordered.size(); ++at) {
        rank_[ordered[at]] = at;
        for (const JobIndex dependent : dependents_[ordered[at]]) {
            if (--open_needs[dependent] == 0) ordered.push_back(dependent);
        }
    }
    if (ordered.size() == jobs.size()) return {};
    return bad_graph("jobs wait for each other: " + describe_cycle(jobs, needs_, open_needs))
        .with_hint("remove one of these from `after`");
}

}  // namespace cofre::schedule
