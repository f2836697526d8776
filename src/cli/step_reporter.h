#pragma once

/// @file
/// Progress of the library's long steps on the console.

#include <memory>
#include <string>

#include "base/guarded.h"
#include "cli/app.h"
#include "cli/step_display.h"
#include "repo/step_progress.h"

namespace cofre::cli {

/// One StepDisplay after another, as the library names its steps. `app` must
/// outlive it, and it the calls of on_step(). Thread-safe.
class StepReporter {
public:
    explicit StepReporter(const App& app) : app_(app) {}
    repo::OnStep on_step();
    /// Ends the line that is shown, before something else is printed.
    void finish();

private:
    struct Shown {
        std::string step;
        std::unique_ptr<StepDisplay> display;
    };
    const App& app_;
    Guarded<Shown> shown_;
};

}  // namespace cofre::cli
