#include "schedule/job_graph.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cofre::schedule {
namespace {

struct NamedNode {
    std::string name;
    std::vector<std::string> after;
};

Result<JobGraph> graph_of(const std::vector<NamedNode>& nodes) {
    std::vector<GraphJob> jobs;
    for (const auto& node : nodes)
        jobs.push_back({node.name, &node.after});
    return JobGraph::create(jobs);
}

TEST(JobGraph, NeedsComeFirst) {
    const auto graph = graph_of({{"c", {"b", "a", "b"}}, {"b", {"a"}}, {"a", {}}, {"d", {}}});
    ASSERT_TRUE(graph);
    EXPECT_EQ(graph->needs(0), (std::vector<JobIndex>{1, 2}));
    EXPECT_EQ(graph->dependents(2), (std::vector<JobIndex>{0, 1}));
    EXPECT_LT(graph->rank(2), graph->rank(1));
    EXPECT_LT(graph->rank(1), graph->rank(0));
    EXPECT_EQ(graph->find("d"), 3U);
    EXPECT_EQ(graph->find("e"), JobGraph::kNone);
}

TEST(JobGraph, NamesTheCycle) {
    const auto graph = graph_of({{"free", {}}, {"x", {"a"}}, {"a", {"free", "b"}}, {"b", {"c"}}, {"c", {"a"}}});
    ASSERT_FALSE(graph);
    EXPECT_EQ(graph.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(graph.error().message(), "jobs wait for each other: a after b after c after a");
    EXPECT_EQ(graph_of({{"a", {"a"}}}).error().message(), "jobs wait for each other: a after a");
}

TEST(JobGraph, RefusesNamesThatMeanNothing) {
    EXPECT_EQ(graph_of({{"a", {"b"}}}).error().message(), "job \"a\": it comes after \"b\", which is not a job");
    EXPECT_EQ(graph_of({{"a", {}}, {"a", {}}}).error().message(), "two jobs are named \"a\"");
    EXPECT_FALSE(graph_of({{"", {}}}));
    EXPECT_TRUE(graph_of({}));
}

}  // namespace
}  // namespace cofre::schedule
