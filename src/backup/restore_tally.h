#pragma once

/// @file
/// What a restore of trees has done so far.

#include <string>
#include <string_view>

#include "backup/progress.h"
#include "backup/tree_restore.h"
#include "base/guarded.h"

namespace cofre::backup {

/// A failure that would meet every file, so that the restore ends: a stop, a
/// full disk, a store that does not let us in.
bool ends_restore(const Error& error);

/// Thread-safe. `progress` and `observer` must outlive it.
class RestoreTally {
public:
    RestoreTally(Progress& progress, const RestoreObserver& observer) : progress_(progress), observer_(observer) {}

    /// Turns a failure into a problem of `path`, unless it ends the restore.
    Status settle(std::string_view path, const Status& status);
    void add_problem(std::string_view path, const std::string& message);
    void add_warning(std::string message);
    void add_warnings(std::string_view path, const std::vector<Error>& warnings);

    /// `change` gets the outcome, alone.
    template <typename F>
    void count(F&& change) {
        outcome_.with(std::forward<F>(change));
    }
    void observe(RestoreAction action, const std::string& path, std::uint64_t size);
    Progress& progress() { return progress_; }
    std::uint64_t problem_count() const {
        return outcome_.with([](const TreeRestoreOutcome& out) { return out.problem_count; });
    }
    TreeRestoreOutcome take() {
        return outcome_.with([](TreeRestoreOutcome& out) { return std::move(out); });
    }

private:
    Progress& progress_;
    const RestoreObserver& observer_;
    Guarded<TreeRestoreOutcome> outcome_;
    Guarded<int> observing_;
};

}  // namespace cofre::backup
