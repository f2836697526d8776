#pragma once

/// @file
/// Which job waits for which.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cofre::schedule {

using JobIndex = std::size_t;

/// A node as it is handed in: a name, and the names that come before it.
struct GraphJob {
    std::string_view name;
    const std::vector<std::string>* after;
};

/// Immutable once made.
class JobGraph {
public:
    /// kInvalidArgument: a name twice or empty, an `after` that no job has, or a
    /// cycle, which the message tells from job to job.
    static Result<JobGraph> create(const std::vector<GraphJob>& jobs);

    /// npos: no such job.
    static constexpr JobIndex kNone = static_cast<JobIndex>(-1);
    JobIndex find(std::string_view name) const;

    const std::vector<JobIndex>& needs(JobIndex job) const { return needs_[job]; }
    const std::vector<JobIndex>& dependents(JobIndex job) const { return dependents_[job]; }

    /// A place in an order in which every job stands after its needs.
    std::size_t rank(JobIndex job) const { return rank_[job]; }

private:
    Status connect(const std::vector<GraphJob>& jobs);
    Status order(const std::vector<GraphJob>& jobs);

    std::map<std::string, JobIndex, std::less<>> index_;
    std::vector<std::vector<JobIndex>> needs_;
    std::vector<std::vector<JobIndex>> dependents_;
    std::vector<std::size_t> rank_;
};

}  // namespace cofre::schedule
