#pragma once

/// @file
/// One suite for the catalog on every database. A test file says
///
///     INSTANTIATE_TEST_SUITE_P(Sqlite, CatalogContract, ::testing::Values(CatalogPlace{...}), place_name);
///
/// and its binary links cofre::catalog_testing, where the tests are.

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "catalog/catalog.h"

namespace cofre::catalog::testing {

/// A database in which nothing is yet; each call gives another.
struct CatalogPlace {
    std::string name;
    std::function<db::SqlUrl()> fresh;
};

std::ostream& operator<<(std::ostream& out, const CatalogPlace& place);
std::string place_name(const ::testing::TestParamInfo<CatalogPlace>& info);

/// When the tests play.
inline constexpr WallTime kNoon{std::chrono::seconds(1'800'000'000)};

class CatalogContract : public ::testing::TestWithParam<CatalogPlace> {
protected:
    void SetUp() override { url_ = GetParam().fresh(); }

    /// Opens the test's catalog, once more each time; as a process of its own.
    std::unique_ptr<Catalog> open_one(const Owner& owner = Owner::self());

    static ClaimRequest request(const std::string& job, std::optional<WallTime> due = std::nullopt,
                                WallTime now = kNoon);

    /// Claims, starts and ends a run; returns its id.
    static std::string run_once(Catalog& catalog, const std::string& job, const RunEnd& end, WallTime claimed = kNoon);

    db::SqlUrl url_;
};

/// What a run has at its end, if nothing else matters.
RunEnd ended_as(RunState state, WallTime at = kNoon + std::chrono::minutes(1));

/// Runs `work` in another process; it is told where to write that it got on.
/// Never returns there.
int fork_and_run(const std::function<void(int progress)>& work, int& progress);

}  // namespace cofre::catalog::testing
